"""Developers > Events: what was told, to whom, and telling it again."""

import json

from starlette.responses import Response

from stripe_simulator.dashboard.overview import event_rows
from stripe_simulator.dashboard.shell import Shell, Visit, find, go, moment

SHOWN = 100  # rows
SUCCESS = 2  # the class of the answers that end a delivery


class EventPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def listing(self, visit: Visit) -> Response:
        rows = event_rows(self.shell.post, visit.mode, visit.lang, SHOWN)
        return self.shell.page(visit, "events", here="events", rows=rows)

    async def show(self, visit: Visit) -> Response:
        event = find(visit.mode, "event", visit.request.path_params["event"])
        if event is None:
            return self.shell.missing(visit, "events")
        attempts = [attempt for attempt in self.shell.post.attempts if attempt.event == event["id"]]
        return self.shell.page(
            visit,
            "event",
            here="events",
            event=event,
            time=moment(event["created"]),
            body=json.dumps(event, indent=2, ensure_ascii=False),
            attempts=[
                {
                    "endpoint": attempt.endpoint,
                    "url": attempt.url,
                    "number": visit.words["by_hand"] if attempt.manual else str(attempt.attempt),
                    "good": attempt.status is not None and attempt.status // 100 == SUCCESS,
                    "type": attempt.type,
                    "time": moment(attempt.time),
                    "outcome": str(attempt.status or attempt.error or visit.words["under_way"]),
                }
                for attempt in reversed(attempts)
            ],
        )

    async def resend(self, visit: Visit) -> Response:
        event = find(visit.mode, "event", visit.request.path_params["event"])
        if event is None:
            return self.shell.missing(visit, "events")
        await self.shell.post.resend(visit.mode, event)
        return go(visit, f"/events/{event['id']}")

"""Every object of a mode: how many of each type, all of one type, one of them with its events and moves."""

import json
from collections import Counter
from itertools import islice

from starlette.responses import Response

from stripe_simulator.dashboard import moving
from stripe_simulator.dashboard.overview import event_rows, row
from stripe_simulator.dashboard.shell import Shell, Visit, fields, go
from stripe_simulator.types import Json

SHOWN = 100  # rows
EVENTS = {"event", "v2.core.event"}  # they have pages of their own
OWN_LISTS = {"dispute": "disputes", "payout": "payouts"}  # in the menu, by their name there


class ObjectPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def listing(self, visit: Visit) -> Response:
        """All types with their number, and the newest objects of one (`?kind=`) or of all but events."""
        return self._list(visit, visit.request.query_params.get("kind", ""))

    async def disputes(self, visit: Visit) -> Response:
        return self._list(visit, "dispute")

    async def payouts(self, visit: Visit) -> Response:
        return self._list(visit, "payout")

    def _list(self, visit: Visit, kind: str) -> Response:
        mode = visit.mode
        counts = Counter(thing["object"] for thing in mode.objects.values() if not thing.get("deleted"))
        newest = mode.all(kind) if kind else reversed(mode.objects.values())
        things = (thing for thing in newest if kind or thing["object"] not in EVENTS)
        name = OWN_LISTS.get(kind, "objects")
        return self.shell.page(
            visit,
            "objects",
            here=name,
            place=name,
            kind=kind,
            counts=sorted(counts.items()),
            rows=[row(thing, visit.lang) for thing in islice(things, SHOWN)],
        )

    async def show(self, visit: Visit, error: str | None = None, why: str = "") -> Response:
        thing = visit.mode.objects.get(visit.request.path_params["object"])
        if thing is None:
            return self.shell.missing(visit, "objects")
        return self.shell.page(
            visit,
            "object",
            here=OWN_LISTS.get(thing["object"], "objects"),
            status=400 if error else 200,
            error=error,
            why=why,
            thing=row(thing, visit.lang),
            page=_page(thing),
            moves=moving.offered(visit, thing),
            related=_related(visit, thing),
            body=json.dumps(thing, indent=2, ensure_ascii=False),
            rows=event_rows(self.shell.post, visit.mode, visit.lang, SHOWN, about=thing["id"]),
        )

    async def move(self, visit: Visit) -> Response:
        thing = visit.mode.objects.get(visit.request.path_params["object"])
        if thing is None:
            return self.shell.missing(visit, "objects")
        hindered = moving.do(visit, thing, await fields(visit))
        return await self.show(visit, *hindered) if hindered else go(visit, f"/objects/{thing['id']}")


def _page(thing: Json) -> str | None:
    """The page of the dashboard that is made for this type."""
    pages = {"payment_intent": "payments", "event": "events", "webhook_endpoint": "webhooks"}
    place = pages.get(thing["object"])
    return f"/{place}/{thing['id']}" if place else None


def _related(visit: Visit, thing: Json) -> list[tuple[str, str]]:
    """Other objects that its fields name: the word of the field, and the id."""
    known = visit.mode.objects
    return [
        (name, value) for name, value in thing.items() if name != "id" and isinstance(value, str) and value in known
    ]

"""Developers > Webhooks: endpoints, made by hand as a host does, with their secrets told once."""

import re

from starlette.responses import Response

from stripe_simulator.control.endpoints import make, told
from stripe_simulator.dashboard.shell import Shell, Visit, fields, go, moment
from stripe_simulator.errors import StripeError
from stripe_simulator.webhooks import endpoints, signature

SHOWN = 50  # attempts
SUCCESS = 2  # the class of the answers that end a delivery
UNREAD = "unread"  # the secret has not been shown yet
OVERLAPS = {"0": 0.0, "1": 3600.0, "24": 86400.0}  # hours that a former secret goes on signing


class WebhookPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def listing(self, visit: Visit) -> Response:
        rows = [told(visit.mode, endpoint) for endpoint in endpoints.everyone(visit.mode)]
        return self.shell.page(visit, "webhooks", here="webhooks", rows=rows)

    async def create(self, visit: Visit) -> Response:
        return self._form(visit, {"payload": "snapshot", "which": "all"}, None)

    def _form(self, visit: Visit, sent: dict[str, str], error: str | None) -> Response:
        known = self.shell.world.known
        return self.shell.page(
            visit,
            "webhook_create",
            here="webhooks",
            status=400 if error else 200,
            sent=sent,
            error=error,
            versions=sorted(known.versions, reverse=True),
            pinned=known.version,
        )

    async def make(self, visit: Visit) -> Response:
        sent = await fields(visit)
        is_thin = sent.get("payload") == "thin"
        chosen = sent.get("api_version") or None
        version = None if is_thin or chosen == self.shell.world.version else chosen
        try:
            endpoint, _ = make(
                visit.mode,
                sent.get("url", ""),
                _events(sent, thin=is_thin),
                payload="thin" if is_thin else "snapshot",
                version=version,
                description=sent.get("description"),
            )
        except StripeError as error:
            return self._form(visit, sent, _sentence(visit, error))
        visit.mode.facts(endpoint["id"])[UNREAD] = True
        return go(visit, f"/webhooks/{endpoint['id']}")

    async def show(self, visit: Visit) -> Response:
        endpoint = endpoints.find(visit.mode, visit.request.path_params["endpoint"])
        if endpoint is None:
            return self.shell.missing(visit, "webhooks")
        unread = visit.mode.facts(endpoint["id"]).pop(UNREAD, False)
        if unread:
            self.shell.world.changed = True
        secret = signature.living(visit.mode, endpoint["id"])[0] if unread else None
        found = [a for a in self.shell.post.attempts if a.endpoint == endpoint["id"]]
        return self.shell.page(
            visit,
            "webhook",
            here="webhooks",
            endpoint=told(visit.mode, endpoint),
            pinned=self.shell.world.version,
            secret=secret,
            overlaps=list(OVERLAPS),
            attempts=[
                {
                    "event": a.event,
                    "type": a.type,
                    "url": a.url,
                    "number": visit.words["by_hand"] if a.manual else str(a.attempt),
                    "good": a.status is not None and a.status // 100 == SUCCESS,
                    "time": moment(a.time),
                    "outcome": str(a.status or a.error or visit.words["under_way"]),
                }
                for a in reversed(found[-SHOWN:])
            ],
        )

    async def change(self, visit: Visit) -> Response:
        """Disable, enable, delete, or roll the secret."""
        endpoint = endpoints.find(visit.mode, visit.request.path_params["endpoint"])
        if endpoint is None:
            return self.shell.missing(visit, "webhooks")
        sent = await fields(visit)
        do = sent.get("do")
        if do == "delete":
            visit.mode.forget(endpoint)
            return go(visit, "/webhooks")
        if do in {"disable", "enable"}:
            endpoint["status"] = "disabled" if do == "disable" else "enabled"
        elif do == "roll":
            signature.roll(visit.mode, endpoint["id"], OVERLAPS.get(sent.get("overlap", "0"), 0.0))
            visit.mode.facts(endpoint["id"])[UNREAD] = True
        return go(visit, f"/webhooks/{endpoint['id']}")


def _events(sent: dict[str, str], *, thin: bool) -> list[str]:
    """All of them, or the names that were typed; a thin one may be typed by the name of its snapshot."""
    if sent.get("which") != "some":
        return [endpoints.EVERY]
    names = re.split(r"[\s,;]+", sent.get("events", "").strip())
    lead = endpoints.THIN_PREFIX if thin else ""
    return [name if name.startswith(("v1.", "v2.", "*")) or not name else lead + name for name in names if name]


def _sentence(visit: Visit, error: StripeError) -> str:
    """What to do, in the language of the page."""
    words = visit.words
    if error.code == "url_invalid":
        return words["bad_url"]
    if error.param == "enabled_events":
        _, colon, name = error.message.rpartition(": ")
        return words["unknown_event"].replace("{name}", name) if colon else words["no_events"]
    return words["bad_version"] if error.param == "snapshot_api_version" else words["too_many"]

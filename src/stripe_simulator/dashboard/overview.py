"""The page at `/`: the newest objects of both modes, the events, how each was delivered."""

from itertools import islice

from starlette.responses import Response

from stripe_simulator.dashboard.shell import ROOTS, Shell, Visit, moment
from stripe_simulator.dashboard.texts import TEXTS
from stripe_simulator.hosted.texts import money
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import Attempt, PostOffice
from stripe_simulator.world import Mode

SHOWN = 40  # rows of each list
KINDS = ("checkout.session", "payment_intent", "charge", "refund", "customer", "webhook_endpoint")


class Overview:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def show(self, visit: Visit) -> Response:
        world = self.shell.world
        modes = [self._mode(mode, visit.lang) for mode in (world.test, world.live) if mode.objects]
        return self.shell.page(visit, "overview", here="overview", modes=modes)

    def _mode(self, mode: Mode, lang: str) -> Json:
        things = [thing for kind in KINDS for thing in islice(mode.all(kind), SHOWN) if not thing.get("deleted")]
        things.sort(key=lambda thing: -thing["created"])
        return {
            "name": TEXTS[lang][mode.name],
            "root": ROOTS[mode.name],
            "things": [row(thing, lang) for thing in things[:SHOWN]],
            "events": event_rows(self.shell.post, mode, lang, SHOWN),
        }


def event_rows(post: PostOffice, mode: Mode, lang: str, count: int, about: str | None = None) -> list[Json]:
    """The newest events (`about`: of one object, by id) with what became of their deliveries."""
    attempts: dict[str, list[Attempt]] = {}
    for attempt in post.attempts:
        attempts.setdefault(attempt.event, []).append(attempt)
    found = (event for event in mode.all("event") if about is None or _tells_of(event, about))
    return [_event(event, attempts.get(event["id"], []), lang) for event in islice(found, count)]


def _tells_of(event: Json, identifier: str) -> bool:
    """Whether its object is this one, or names it in a field."""
    return identifier in (value for value in event["data"]["object"].values() if isinstance(value, str))


def row(thing: Json, lang: str) -> Json:
    """A line of a list. What an object has no field for stays empty."""
    amount, currency = thing.get("amount_total", thing.get("amount")), thing.get("currency")
    state = str(thing.get("status") or "")
    if thing["object"] == "checkout.session":
        state = f"{state}, {thing['payment_status']}"
    return {
        "id": thing["id"],
        "kind": thing["object"],
        "state": state,
        "deleted": bool(thing.get("deleted")),
        "amount": money(amount, currency, lang) if isinstance(amount, int) and isinstance(currency, str) else "",
        "time": _time(thing.get("created")),
    }


def _time(created: object) -> str:
    if isinstance(created, int | float):
        return moment(created)
    return str(created or "").replace("T", " ")[:19]  # /v2 writes times as text


def _event(event: Json, attempts: list[Attempt], lang: str) -> Json:
    words = TEXTS[lang]
    return {
        "id": event["id"],
        "type": event["type"],
        "about": event["data"]["object"]["id"],
        "time": moment(event["created"]),
        "deliveries": [str(attempt.status or words["no_answer"]) for attempt in attempts] or [words["undelivered"]],
    }

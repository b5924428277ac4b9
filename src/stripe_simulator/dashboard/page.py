"""The page at `/`."""

from datetime import UTC, datetime
from itertools import islice

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from stripe_simulator.control.door import Door, Refused
from stripe_simulator.dashboard.texts import TEXTS
from stripe_simulator.hosted.texts import language, money
from stripe_simulator.hosted.views import HEADERS, PAGES, STYLE
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import Attempt, PostOffice
from stripe_simulator.world import Mode, World

SHOWN = 40  # rows of each list
KINDS = ("checkout.session", "payment_intent", "charge", "refund", "customer", "webhook_endpoint")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


class Dashboard:
    def __init__(self, world: World, post: PostOffice, door: Door) -> None:
        self.world, self.post, self.door = world, post, door

    async def show(self, request: Request) -> Response:
        try:
            self.door.admit(request)
        except Refused as refused:
            return PlainTextResponse(refused.sentence, refused.status)
        lang = language(None, request.headers.get("accept-language", ""))
        words = TEXTS[lang]
        clock = self.world.clock
        html = PAGES.get_template("dashboard.html").render(
            lang=lang,
            t=words,
            style=STYLE,
            shop=self.world.settings.account_name,
            account=self.world.settings.account_id,
            now=_time(clock.now()),
            frozen=clock.stopped_at is not None,
            modes=[self._mode(mode, lang) for mode in (self.world.test, self.world.live) if mode.objects],
        )
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": POLICY})

    def _mode(self, mode: Mode, lang: str) -> Json:
        things = [thing for kind in KINDS for thing in islice(mode.all(kind), SHOWN) if not thing.get("deleted")]
        things.sort(key=lambda thing: -thing["created"])
        attempts: dict[str, list[Attempt]] = {}
        for attempt in self.post.attempts:
            attempts.setdefault(attempt.event, []).append(attempt)
        return {
            "name": TEXTS[lang][mode.name],
            "things": [_row(thing, lang) for thing in things[:SHOWN]],
            "events": [
                _event(event, attempts.get(event["id"], []), lang) for event in islice(mode.all("event"), SHOWN)
            ],
        }


def _row(thing: Json, lang: str) -> Json:
    amount = thing.get("amount_total", thing.get("amount"))
    state = thing.get("status") or ""
    if thing["object"] == "checkout.session":
        state = f"{state}, {thing['payment_status']}"
    return {
        "id": thing["id"],
        "kind": thing["object"],
        "state": state,
        "amount": "" if amount is None else money(amount, thing["currency"], lang),
        "time": _time(thing["created"]),
    }


def _event(event: Json, attempts: list[Attempt], lang: str) -> Json:
    words = TEXTS[lang]
    return {
        "id": event["id"],
        "type": event["type"],
        "about": event["data"]["object"]["id"],
        "time": _time(event["created"]),
        "deliveries": [str(attempt.status or words["no_answer"]) for attempt in attempts] or [words["undelivered"]],
    }


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")

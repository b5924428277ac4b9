"""What every page of the dashboard shares: who may look, in which mode and language, and how a page is drawn."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from stripe_simulator import form
from stripe_simulator.control.door import Door, Refused
from stripe_simulator.dashboard.texts import TEXTS
from stripe_simulator.errors import StripeError
from stripe_simulator.hosted.texts import language
from stripe_simulator.hosted.views import HEADERS, PAGES, STYLE
from stripe_simulator.payments.money import digits
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import Mode, World

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# with "no-referrer" a browser would send these forms with an Origin of "null", which the door refuses
POLICIES = {**HEADERS, "Referrer-Policy": "same-origin", "Content-Security-Policy": POLICY}
ROOTS = {"test": "/test", "live": ""}  # as in Stripe's own dashboard
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
QUERY = "=&%+:/?@!$'()*,;~-._"  # what stands in a query as it is
LONGEST = 4000  # characters of any field


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to the dashboard."""

    request: Request
    mode: Mode
    lang: str

    @property
    def words(self) -> dict[str, str]:
        return TEXTS[self.lang]

    @property
    def root(self) -> str:
        return ROOTS[self.mode.name]


Handler = Callable[[Visit], Awaitable[Response]]


class Shell:
    def __init__(self, world: World, post: PostOffice, door: Door) -> None:
        self.world, self.post, self.door = world, post, door

    def routes(self, method: str, path: str, handler: Handler) -> list[Route]:
        """The page in both modes: /test/apikeys and /apikeys."""
        return [Route(root + path, self.guarded(handler, name), methods=[method]) for name, root in ROOTS.items()]

    def guarded(self, handler: Handler, mode: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                self.door.admit(request)
            except Refused as refused:
                return PlainTextResponse(refused.sentence, refused.status)
            lang = language(None, request.headers.get("accept-language", ""))
            return await handler(Visit(request, self.world.mode(mode), lang))

        return endpoint

    def page(self, visit: Visit, name: str, *, here: str, status: int = 200, **more: object) -> Response:
        """`here` names the entry of the navigation that the page belongs to."""
        clock = self.world.clock
        html = PAGES.get_template(f"dashboard/{name}.html").render(
            lang=visit.lang,
            t=visit.words,
            style=STYLE,
            shop=self.world.settings.account_name,
            account=self.world.settings.account_id,
            now=moment(clock.now()),
            frozen=clock.stopped_at is not None,
            root=visit.root,
            mode=visit.mode.name,
            here=here,
            self_path=_path(visit.request),
            **more,
        )
        return HTMLResponse(html, status, headers=POLICIES)

    def refused(self, visit: Visit, sentence: str, back: str) -> Response:
        return self.page(visit, "refused", here="", status=400, sentence=sentence, back=back)

    def missing(self, visit: Visit, here: str) -> Response:
        return self.page(visit, "missing", here=here, status=404)


def _path(request: Request) -> str:
    """Where the clock's forms lead back to; the answer to another form has no page of its own."""
    if request.method != "GET":
        return "/"
    path: str = quote(request.scope["path"])
    query: bytes = request.scope["query_string"]  # not `request.url`, which fails on bytes that are no characters
    return path + (f"?{quote(query, safe=QUERY)}" if query else "")


def go(visit: Visit, path: str) -> Response:
    return RedirectResponse(visit.root + path, 303, POLICIES)


async def fields(visit: Visit) -> dict[str, str]:
    """The texts of a sent form; what is no text is left out."""
    try:
        sent = form.decode(await visit.request.body())
    except StripeError:
        return {}
    return {name: value.strip()[:LONGEST] for name, value in sent.items() if isinstance(value, str)}


def minor(text: str, currency: str) -> int | None:
    """What a person typed, "12,50" or "12.50", as minor units; None when it is no amount."""
    typed = re.sub(r"\s", "", text).replace(",", ".")
    if not AMOUNT.fullmatch(typed):
        return None
    scaled = Decimal(typed).scaleb(digits(currency))
    return int(scaled) if scaled == int(scaled) else None


def plain(amount: int, currency: str, lang: str) -> str:
    """Minor units as a field is filled in: 12,50."""
    figure = f"{Decimal(amount).scaleb(-digits(currency)):.{digits(currency)}f}"
    return figure.replace(".", ",") if lang == "fr" else figure


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def find(mode: Mode, kind: str, identifier: str) -> Json | None:
    thing = mode.get(kind, identifier)
    return None if thing is None or thing.get("deleted") else thing

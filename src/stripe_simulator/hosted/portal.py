"""The customer portal: what is saved can be seen, added to, made the default and removed."""

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator import form
from stripe_simulator.emit import emit
from stripe_simulator.errors import StripeError
from stripe_simulator.hosted import entry as entries, views
from stripe_simulator.hosted.entry import Entry
from stripe_simulator.hosted.pay import by_page
from stripe_simulator.hosted.texts import TEXTS, language, refusal
from stripe_simulator.payments.setup import set_up
from stripe_simulator.resources import payment_methods, portal_sessions
from stripe_simulator.resources.setup_intents import new_setup
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World

FEATURE = "payment_method_update"


class PortalPage:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        found = self._find(request)
        if found is None:
            return self._gone(request)
        return self._page(*found, _language(found[1], request), Entry({}), _outcome(found, request))

    async def submit(self, request: Request) -> Response:
        raw = await request.body()
        found = self._find(request)
        if found is None:
            return self._gone(request)
        mode, session = found
        try:
            sent = form.decode(raw)
        except StripeError:
            sent = {}
        if not _may_update(mode, session):
            return views.go(session["url"])
        with mode.caused_by(by_page()):
            if sent.get("do") == "add":
                return self._add(mode, session, _language(session, request), entries.read({**sent, "method": "card"}))
            _change(mode, session, sent)
        return views.go(f"{session['url']}?done=1")

    def _add(self, mode: Mode, session: Json, lang: str, entry: Entry) -> Response:
        customer = mode.objects[session["customer"]]
        told = {"payment_method_types": ["card"], "customer_details": {"email": customer["email"] or "no@example.com"}}
        entries.check(entry, told, self.world.clock.now())
        if entry.wrong:
            return self._page(mode, session, lang, entry, (TEXTS[lang]["wrong_fields"], "bad"))
        intent = new_setup(mode, {"customer": customer["id"], "usage": "off_session"}, kinds=["card"], used=None)
        method = entries.method(mode, entry, {"customer_details": {"email": customer["email"]}})
        set_up(mode, intent, method, return_url=session["url"])
        if intent["status"] == "requires_action":
            return views.go(f"/c/step/{intent['id']}/{mode.facts(intent['id'])['step']}")
        if intent["status"] != "succeeded":
            return self._page(mode, session, lang, entry, (refusal(intent["last_setup_error"], lang), "bad"))
        return views.go(_after(session) or f"{session['url']}?done=1")

    def _find(self, request: Request) -> tuple[Mode, Json] | None:
        name, _, secret = request.path_params["address"].partition("_")
        mode = {"test": self.world.test, "live": self.world.live}.get(name)
        session = portal_sessions.of_address(mode, secret) if mode is not None else None
        if mode is None or session is None or mode.get("customer", session["customer"]) is None:
            return None
        return mode, session

    def _gone(self, request: Request) -> Response:
        lang = language(None, request.headers.get("accept-language", ""))
        words = TEXTS[lang]
        return views.page(
            "note.html",
            lang,
            self.world.test,
            status=404,
            title=words["portal_gone_title"],
            text=words["portal_gone_text"],
            link=None,
            link_text="",
        )

    @staticmethod
    def _page(mode: Mode, session: Json, lang: str, entry: Entry, outcome: tuple[str, str] | None) -> Response:
        customer, words = mode.objects[session["customer"]], TEXTS[lang]
        kept = [row for row in mode.all("payment_method") if row["customer"] == customer["id"]]
        return views.page(
            "portal.html",
            lang,
            mode,
            leaving=(session["return_url"], _after(session)),
            outcome=outcome,
            methods=[views.told(row, words) for row in kept],
            default=customer["invoice_settings"]["default_payment_method"],
            update=_may_update(mode, session),
            wrong={name: words[key] for name, key in entry.wrong.items()},
            fields=entry.shown(),
            back=session["return_url"],
        )


def _language(session: Json, request: Request) -> str:
    return language(session["locale"], request.headers.get("accept-language", ""))


def _outcome(found: tuple[Mode, Json], request: Request) -> tuple[str, str] | None:
    """What a return from the bank's page, or a change, has brought."""
    words, query = TEXTS[_language(found[1], request)], request.query_params
    if query.get("redirect_status") == "failed":
        return words["setup_intent_authentication_failure"], "bad"
    if query.get("redirect_status") == "succeeded":
        return words["portal_added"], "good"
    return (words["portal_changed"], "good") if "done" in query else None


def _may_update(mode: Mode, session: Json) -> bool:
    configuration = mode.objects[session["configuration"]]
    return bool(configuration["features"][FEATURE]["enabled"])


def _after(session: Json) -> str | None:
    """Where a flow leads once it is done."""
    end = (session["flow"] or {}).get("after_completion") or {}
    redirect = end.get("redirect") or {}
    url: str | None = redirect.get("return_url")
    return url


def _change(mode: Mode, session: Json, sent: Json) -> None:
    customer = mode.objects[session["customer"]]
    method = mode.get("payment_method", str(sent.get("payment_method", "")))
    if method is None or method["customer"] != customer["id"]:
        return  # removed meanwhile, or somebody else's
    if sent.get("do") == "remove":
        payment_methods.detach(mode, method)
    elif sent.get("do") == "default":
        before = dict(customer["invoice_settings"])
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        emit(mode, "customer.updated", customer, {"invoice_settings": before})

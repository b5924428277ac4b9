"""The payment page of a Checkout Session."""

import uuid

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator import form, ids
from stripe_simulator.errors import StripeError
from stripe_simulator.hosted import entry as entries, views
from stripe_simulator.hosted.entry import Entry
from stripe_simulator.hosted.texts import TEXTS, language, refusal
from stripe_simulator.payments import checkout, saved
from stripe_simulator.resources.payment_methods import billing, detach
from stripe_simulator.types import Json
from stripe_simulator.world import Cause, Mode, World


def by_page() -> Cause:
    """The page's own request to Stripe, with the key that Stripe's page would draw."""
    return Cause(ids.make("req"), str(uuid.uuid4()))


class PayPage:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        found = self._find(request)
        if found is None:
            return missing(self.world, request)
        mode, session = found
        lang = language(session["locale"], request.headers.get("accept-language", ""))
        if session["status"] != "open":
            return closed(mode, session, lang)
        failure = checkout.failure_of(mode, session) if "failed" in request.query_params else None
        return self._page(mode, session, lang, Entry({}), refusal(failure, lang) if failure else None)

    async def submit(self, request: Request) -> Response:
        raw = await request.body()  # from here on nothing waits: a second submit finds what the first one did
        found = self._find(request)
        if found is None:
            return missing(self.world, request)
        mode, session = found
        lang = language(session["locale"], request.headers.get("accept-language", ""))
        if session["status"] == "complete":
            return views.go(views.success_url(session))
        if session["status"] != "open":
            return closed(mode, session, lang)
        try:
            entry = entries.read(form.decode(raw))
        except StripeError:
            entry = Entry({})
        return self._entered(mode, session, lang, entry)

    def _entered(self, mode: Mode, session: Json, lang: str, entry: Entry) -> Response:
        again = {method["id"]: method for method in saved.shown_again(mode, session)}
        if "remove" in entry.fields:
            return _remove(mode, session, again.get(entry.fields["remove"]))
        if _is_free(session) or entry.kind in again:
            entries.check_email(entry, session)
        else:
            entries.check(entry, session, self.world.clock.now())
        if entry.wrong:
            return self._page(mode, session, lang, entry, TEXTS[lang]["wrong_fields"])
        mode.facts(session["id"])["email"] = entry.fields.get("email", "")  # whoever comes back need not type it again
        with mode.caused_by(by_page()):
            if _is_free(session):
                checkout.accept(mode, session, billing(email=entries.email(entry, session)))
                return views.go(views.success_url(session))
            method = again.get(entry.kind) or entries.method(mode, entry, session)
            keep = saved.may_keep(session) and entry.kind == "card" and "save" in entry.fields
            return self._pay(mode, session, lang, entry, checkout.submit(mode, session, method, keep=keep))

    def _pay(self, mode: Mode, session: Json, lang: str, entry: Entry, intent: Json) -> Response:
        """Where the attempt leads."""
        if intent["status"] == "requires_action":
            return views.go(f"/c/step/{intent['id']}/{mode.facts(intent['id'])['step']}")
        if session["status"] == "complete":
            return views.go(views.success_url(session))
        return self._page(mode, session, lang, entry, refusal(checkout.failure_of(mode, session) or {}, lang))

    def _find(self, request: Request) -> tuple[Mode, Json] | None:
        found = self.world.locate(request.path_params["session"])
        if found is None or found[1]["object"] != "checkout.session":
            return None
        mode, session = found
        if session["expires_at"] <= self.world.clock.now():
            checkout.expire(mode, session)  # the agenda may come a breath later than this request
        return found

    @staticmethod
    def _page(mode: Mode, session: Json, lang: str, entry: Entry, error: str | None) -> Response:
        words = TEXTS[lang]
        lines = [
            {"name": line["description"], "quantity": line["quantity"], "total": views.amount(line, lang)}
            for line in mode.facts(session["id"])["lines"]
        ]
        details = session["customer_details"] or {}
        kinds = session["payment_method_types"]
        return views.page(
            "pay.html",
            lang,
            mode,
            leaving=(session["success_url"], session["cancel_url"]),
            error=error,
            wrong={name: words[key] for name, key in entry.wrong.items()},
            fields={
                "email": mode.facts(session["id"]).get("email", ""),
                "name_card": details.get("name") or "",
                **entry.shown(),
            },
            chosen=entry.kind or next((method["id"] for method in saved.shown_again(mode, session)), kinds[0]),
            kinds=[] if _is_free(session) else kinds,
            again=[views.told(method, words) for method in saved.shown_again(mode, session)],
            keeping=saved.may_keep(session),
            removing=saved.may_remove(session),
            free=_is_free(session),
            lines=lines,
            saving=session["mode"] == "setup",
            total="" if session["mode"] == "setup" else views.amount(session, lang),
            email=details.get("email"),
            back=session["cancel_url"],
        )


def _is_free(session: Json) -> bool:
    """Whether nothing is left to pay: a coupon took all of it off."""
    return bool(session["mode"] == "payment" and session["amount_total"] == 0)


def _remove(mode: Mode, session: Json, method: Json | None) -> Response:
    if method is not None and saved.may_remove(session):
        with mode.caused_by(by_page()):
            detach(mode, method)
    return views.go(f"/c/pay/{session['id']}")


def missing(world: World, request: Request) -> Response:
    lang = language(None, request.headers.get("accept-language", ""))
    words = TEXTS[lang]
    return views.page(
        "note.html",
        lang,
        world.test,
        status=404,
        title=words["missing_title"],
        text=words["missing_text"],
        link=None,
        link_text="",
    )


def closed(mode: Mode, session: Json, lang: str) -> Response:
    """A session that takes no payment any more: paid, or expired."""
    words = TEXTS[lang]
    shop = mode.world.settings.account_name
    done = session["status"] == "complete"
    key = "done" if done else "expired"
    return views.page(
        "note.html",
        lang,
        mode,
        status=200 if done else 410,
        title=words[f"{key}_title"],
        text=words[f"{key}_text"].replace("{shop}", shop),
        link=views.success_url(session) if done else session["cancel_url"],
        link_text=words["done_link" if done else "back"].replace("{shop}", shop),
    )

"""The bank's pages: a 3-D Secure challenge, or the redirect of a method such as Bancontact."""

import hmac
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator import form
from stripe_simulator.errors import StripeError
from stripe_simulator.hosted import views
from stripe_simulator.hosted.pay import by_page, closed, missing
from stripe_simulator.hosted.texts import TEXTS, language
from stripe_simulator.payments import checkout
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World

PASSED = ("succeeded", "requires_capture")
KINDS = {"payment_intent": "last_payment_error", "setup_intent": "last_setup_error"}


class StepPage:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        found = self.world.locate(request.path_params["intent"])
        if found is None or found[1]["object"] not in KINDS:
            return missing(self.world, request)
        mode, intent = found
        session = self._session(mode, intent)
        lang = language(session["locale"] if session else None, request.headers.get("accept-language", ""))
        if session is not None and session["status"] != "open":
            return closed(mode, session, lang)
        if not self._current(mode, intent, request):
            return views.go(self._away(mode, intent, session)) if session else missing(self.world, request)
        kind = mode.facts(intent["id"])["page"]
        return views.page(
            "step.html",
            lang,
            mode,
            leaving=self._leaving(mode, intent, session),
            kind=kind,
            method=TEXTS[lang][mode.objects[intent["payment_method"]]["type"]],
            amount=views.amount(intent, lang) if intent["object"] == "payment_intent" else None,
            back=f"/c/pay/{session['id']}" if session else None,
        )

    async def submit(self, request: Request) -> Response:
        raw = await request.body()
        found = self.world.locate(request.path_params["intent"])
        if found is None or found[1]["object"] not in KINDS:
            return missing(self.world, request)
        mode, intent = found
        session = self._session(mode, intent)
        if session is not None and session["status"] == "expired":
            lang = language(session["locale"], request.headers.get("accept-language", ""))
            return closed(mode, session, lang)
        if self._current(mode, intent, request):  # pressed twice: the first press counts
            with mode.caused_by(by_page()):
                checkout.step(mode, intent, passed=_passed(raw))
        return views.go(self._away(mode, intent, session))

    def _current(self, mode: Mode, intent: Json, request: Request) -> bool:
        expected = mode.facts(intent["id"]).get("step")
        given = request.path_params["secret"]
        same = expected is not None and hmac.compare_digest(expected.encode(), given.encode())
        return same and intent["status"] == "requires_action"

    def _session(self, mode: Mode, intent: Json) -> Json | None:
        identifier = mode.facts(intent["id"]).get("session")
        session = mode.get("checkout.session", identifier) if identifier else None
        if session is not None and session["expires_at"] <= self.world.clock.now():
            checkout.expire(mode, session)
        return session

    @staticmethod
    def _leaving(mode: Mode, intent: Json, session: Json | None) -> tuple[str | None, ...]:
        if session is not None:
            return session["success_url"], session["cancel_url"]
        return (mode.facts(intent["id"]).get("return_url"),)

    @staticmethod
    def _away(mode: Mode, intent: Json, session: Json | None) -> str:
        """Where the customer goes next."""
        if session is not None:
            if session["status"] == "complete":
                return views.success_url(session)
            return f"/c/pay/{session['id']}" + ("?failed=1" if intent[KINDS[intent["object"]]] else "")
        target: str | None = mode.facts(intent["id"]).get("return_url")
        if not target:
            return "/c/closed"
        query = {
            intent["object"]: intent["id"],
            f"{intent['object']}_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if intent["status"] in PASSED else "failed",
        }
        return target + ("&" if "?" in target else "?") + urlencode(query)

    async def closed(self, request: Request) -> Response:
        """The end of a step that had no address to return to."""
        lang = language(None, request.headers.get("accept-language", ""))
        words = TEXTS[lang]
        return views.page(
            "note.html",
            lang,
            self.world.test,
            title=words["done_title"],
            text=words["done_text"],
            link=None,
            link_text="",
        )


def _passed(raw: bytes) -> bool:
    try:
        return bool(form.decode(raw).get("do") == "pass")
    except StripeError:
        return False

"""Moves one object: settle, fail, expire."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused, only, text
from stripe_simulator.payments import checkout, refunding
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World

NOT_BUILT = {"dispute", "win", "lose", "warn"}
FAILURE = "generic_could_not_process"


class ObjectControl:
    def __init__(self, world: World) -> None:
        self.world = world

    async def move(self, request: Request, body: Json) -> Json:
        """`do`: settle or fail (an intent, its charge, its session or a refund), refund_fail (a refund), expire (a session).

        `code` says why it fails.
        """
        only(body, "do", "code")
        do = text(body, "do")
        identifier = request.path_params["id"]
        found = self.world.locate(identifier)
        if found is None:
            raise Refused(404, f"There is no object {identifier}.")
        mode, thing = found
        if do in NOT_BUILT:
            raise Refused(501, f"{do} is not built yet.")
        if do == "expire":
            return _expire(mode, thing)
        if thing["object"] == "refund" and do in {"settle", "fail", "refund_fail"}:
            return _refund(mode, thing, None if do == "settle" else text(body, "code", refunding.FAILURE))
        if do in {"settle", "fail"}:
            failure = text(body, "code", FAILURE) if do == "fail" else None
            return _settle(mode, thing, failure)
        if do == "refund_fail":
            raise Refused(409, "Only a refund fails so: give its id, re_...")
        raise Refused(400, f"Unknown: {do}. Known: settle, fail, refund_fail, expire.")

    async def show(self, request: Request, _body: Json) -> Json:
        found = self.world.locate(request.path_params["id"])
        if found is None:
            raise Refused(404, f"There is no object {request.path_params['id']}.")
        return found[1]


def _expire(mode: Mode, thing: Json) -> Json:
    if thing["object"] != "checkout.session":
        raise Refused(409, "Only a Checkout Session expires.")
    if thing["status"] != "open":
        raise Refused(409, f"This session is {thing['status']}, not open.")
    checkout.expire(mode, thing)
    return thing


def _refund(mode: Mode, refund: Json, failure: str | None) -> Json:
    if failure is None and refund["status"] != "pending":
        raise Refused(409, f"This refund is {refund['status']}: there is nothing to settle.")
    if refund["status"] not in {"pending", "succeeded"}:
        raise Refused(409, f"This refund is {refund['status']}: it cannot fail.")
    if failure is None:
        refunding.settle(mode, refund)
    else:
        refunding.fail(mode, refund, failure)
    return refund


def _settle(mode: Mode, thing: Json, failure: str | None) -> Json:
    intent = _intent(mode, thing)
    if intent["status"] == "processing":
        checkout.settle(mode, intent, failure=failure)
    elif intent["status"] == "requires_action":
        checkout.step(mode, intent, passed=failure is None)
    else:
        raise Refused(409, f"This payment is {intent['status']}: there is nothing to settle.")
    return intent


def _intent(mode: Mode, thing: Json) -> Json:
    kind = thing["object"]
    identifier = thing["id"] if kind == "payment_intent" else thing.get("payment_intent")
    intent = mode.get("payment_intent", identifier) if identifier else None
    if intent is None:
        raise Refused(409, f"This {kind} has no payment yet.")
    return intent

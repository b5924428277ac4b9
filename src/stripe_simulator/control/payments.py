"""Payments that others made: the account is used by more than one shop."""

import uuid

from starlette.requests import Request

from stripe_simulator import ids
from stripe_simulator.control.door import Refused, only, text, whole
from stripe_simulator.errors import StripeError
from stripe_simulator.payments import cards
from stripe_simulator.registry import Call
from stripe_simulator.resources import payment_intents
from stripe_simulator.types import Json
from stripe_simulator.world import Cause, Mode, World

LARGEST = 99_999_999  # minor units
CARD = "pm_card_visa"


class PaymentControl:
    def __init__(self, world: World) -> None:
        self.world = world

    async def make(self, _request: Request, body: Json) -> Json:
        """`amount` (minor units), `currency`; `description`, `card` (pm_card_...), `mode` may be left out.

        Answers with the PaymentIntent, which a declined card leaves unpaid.
        """
        only(body, "amount", "currency", "description", "card", "mode")
        mode, card = text(body, "mode", "test"), text(body, "card", CARD)
        if mode not in {"test", "live"}:
            raise Refused(400, "mode must be test or live.")
        if card not in cards.TOKENS:
            raise Refused(400, f"card must be one of {', '.join(cards.TOKENS)}.")
        if "amount" not in body:
            raise Refused(400, "amount must be given, in minor units.")
        try:
            return elsewhere(
                self.world.mode(mode),
                whole(body, "amount", 1, most=LARGEST),
                text(body, "currency", self.world.settings.currency),
                card=card,
                description=body.get("description") and text(body, "description"),
            )
        except StripeError as error:
            raise Refused(400, error.message) from None


def elsewhere(mode: Mode, amount: int, currency: str, *, card: str = CARD, description: str | None = None) -> Json:
    """A payment by a request of somebody else: no metadata, no session. Raises StripeError when it cannot be made."""
    params: Json = {
        "amount": amount,
        "currency": currency,
        "confirm": True,
        "payment_method": card,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    if description:
        params["description"] = description
    call = Call(mode.world, mode, {}, params, mode.world.version)
    with mode.caused_by(Cause(ids.make("req"), str(uuid.uuid4()))):
        try:
            return payment_intents.create(call)
        except StripeError as error:
            declined = error.more.get("payment_intent")
            if error.status != 402 or declined is None:  # noqa: PLR2004 - a card said no: the payment exists
                raise
            found: Json = mode.objects[declined["id"]]
            return found

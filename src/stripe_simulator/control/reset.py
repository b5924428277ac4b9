"""Back to the first moment; and the bank's day."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused, only, text
from stripe_simulator.gate import Gate
from stripe_simulator.payments import paying_out
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import World


class ResetControl:
    def __init__(self, world: World, gate: Gate, post: PostOffice) -> None:
        self.world, self.gate, self.post = world, gate, post

    async def reset(self, _request: Request, _body: Json) -> Json:
        """Objects, clock, rules and logs; the account's own keys stay as they are."""
        self.world.reset()
        self.gate.journal.clear()
        self.post.attempts.clear()
        return {"reset": True}

    async def payouts(self, _request: Request, body: Json) -> Json:
        """The day's automatic payouts: one a currency that has available money. `mode`, `currency` may be left out."""
        only(body, "mode", "currency")
        mode = text(body, "mode", "test")
        if mode not in {"test", "live"}:
            raise Refused(400, "mode must be test or live.")
        currency = text(body, "currency") if body.get("currency") is not None else None
        return {"payouts": paying_out.run(self.world.mode(mode), currency)}

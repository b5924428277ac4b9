"""Back to the first moment."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused
from stripe_simulator.gate import Gate
from stripe_simulator.types import Json
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import World


class ResetControl:
    def __init__(self, world: World, gate: Gate, post: PostOffice) -> None:
        self.world, self.gate, self.post = world, gate, post

    async def reset(self, _request: Request, _body: Json) -> Json:
        """Objects, clock, rules and logs; the account's own keys stay as they are."""
        self.world.reset()
        self.gate.faults.clear()
        self.gate.journal.clear()
        self.post.attempts.clear()
        self.post.rule.rule = "none"
        return {"reset": True}

    async def payouts(self, _request: Request, _body: Json) -> Json:
        raise Refused(501, "Payouts are not built yet.")

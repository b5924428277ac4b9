"""The clock: read, stop, set, advance."""

import time

from starlette.requests import Request

from stripe_simulator.control.door import Refused, number, only
from stripe_simulator.timeline import Timeline
from stripe_simulator.types import Json
from stripe_simulator.world import World

LARGEST_STEP = 100 * 366 * 86400.0  # seconds


class ClockControl:
    def __init__(self, world: World, timeline: Timeline) -> None:
        self.world, self.timeline = world, timeline

    async def read(self, _request: Request, _body: Json) -> Json:
        clock = self.world.clock
        now = clock.now()
        return {"now": now, "offset": _offset(now), "frozen": clock.stopped_at is not None}

    async def write(self, request: Request, body: Json) -> Json:
        """`advance` (seconds), `set` (Unix seconds), `frozen`; what falls due on the way runs before the answer."""
        only(body, "advance", "set", "frozen")
        if "advance" in body and "set" in body:
            raise Refused(400, "Give advance or set, not both.")
        if "frozen" in body and not isinstance(body["frozen"], bool):
            raise Refused(400, "frozen must be true or false.")
        if body.get("frozen"):
            self.timeline.freeze(frozen=True)
        if "advance" in body:
            await self.timeline.move_by(number(body, "advance", most=LARGEST_STEP))
        elif "set" in body:
            await self.timeline.move(number(body, "set"))
        if body.get("frozen") is False:
            self.timeline.freeze(frozen=False)
        return await self.read(request, body)


def _offset(now: float) -> float:
    return round(now - time.time(), 3) + 0.0  # never "minus nothing"

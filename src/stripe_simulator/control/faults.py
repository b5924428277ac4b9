"""Faults, latency, rate limits, and the log of requests."""

from dataclasses import asdict, fields, replace

from starlette.requests import Request

from stripe_simulator import faults
from stripe_simulator.control.door import Refused, number, only, text, whole
from stripe_simulator.faults import Rule
from stripe_simulator.gate import Gate
from stripe_simulator.limits import STRIPE
from stripe_simulator.types import Json
from stripe_simulator.world import Limits, World

SLOWEST = 600_000  # milliseconds
LONGEST = 18  # digits


class FaultControl:
    def __init__(self, world: World, gate: Gate) -> None:
        self.world, self.gate = world, gate

    async def show(self, _request: Request, _body: Json) -> Json:
        return {"faults": self.world.faults.entries()}

    async def add(self, request: Request, body: Json) -> Json:
        """`do`: status:429 (any), stored:500, stored_after:500, drop_before, drop_after, delay:MS, garbage."""
        only(body, "do", "method", "path", "nth", "times")
        do = text(body, "do")
        if not faults.FORM.fullmatch(do):
            raise Refused(
                400,
                "do must be status:CODE, stored:CODE, stored_after:CODE, drop_before, drop_after, delay:MS or garbage.",
            )
        rule = Rule(
            do, text(body, "method", "*"), text(body, "path", "*"), whole(body, "nth", 1), whole(body, "times", 1)
        )
        self.world.faults.add(rule)
        return await self.show(request, body)

    async def clear(self, request: Request, body: Json) -> Json:
        self.world.faults.clear()
        return await self.show(request, body)

    async def show_latency(self, _request: Request, _body: Json) -> Json:
        return {"ms": self.world.latency_ms}

    async def show_rate_limit(self, _request: Request, _body: Json) -> Json:
        return asdict(self.world.limits)

    async def latency(self, _request: Request, body: Json) -> Json:
        only(body, "ms")
        self.world.latency_ms = int(number(body, "ms", most=SLOWEST))
        return {"ms": self.world.latency_ms}

    async def rate_limit(self, _request: Request, body: Json) -> Json:
        """A figure sets a limit; null or nothing takes it away; `stripe` sets Stripe's own."""
        only(body, *(figure.name for figure in fields(Limits)), "stripe")
        wanted = dict(body)
        if not isinstance(own := wanted.pop("stripe", False), bool) or (own and wanted):
            raise Refused(400, "stripe must be true, and then stands alone.")
        figures = {name: whole(wanted, name, 1) for name in wanted if wanted[name] is not None}
        self.world.limits = replace(STRIPE) if own else Limits(**figures)
        return asdict(self.world.limits)

    async def requests(self, request: Request, _body: Json) -> Json:
        """Requests to /v1 in the order in which they came; `?after=N` leaves out the first N."""
        after = request.query_params.get("after", "0")
        if not after.isascii() or not after.isdigit() or len(after) > LONGEST:
            raise Refused(400, "after must be a whole number.")
        return {"last": self.gate.journal.count, "requests": self.gate.journal.after(int(after))}

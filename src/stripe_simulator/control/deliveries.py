"""Webhook deliveries: rules, attempts, sending again, rolling a secret."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused, number, only, text
from stripe_simulator.types import Json
from stripe_simulator.webhooks import endpoints, rules, schedule, signature, thin
from stripe_simulator.webhooks.post import PostOffice
from stripe_simulator.world import Mode, World

DAY = 86400.0  # seconds
LONGEST_OVERLAP = 24 * 3600.0  # seconds, as Stripe's dashboard allows


class DeliveryControl:
    def __init__(self, world: World, post: PostOffice) -> None:
        self.world, self.post = world, post

    async def show(self, _request: Request, _body: Json) -> Json:
        return {**self._terms(), "attempts": self.post.entries()}

    async def rule(self, _request: Request, body: Json) -> Json:
        """`rule`: what the network does; `schedule`: of the retries; `disable_after`: days of failures, or null."""
        only(body, "rule", "schedule", "disable_after")
        if not body:
            raise Refused(400, "Give rule, schedule or disable_after.")
        rule, name = (
            text(body, "rule", self.world.delivering.rule),
            text(body, "schedule", self.world.retrying.schedule),
        )
        if not rules.FORM.fullmatch(rule):
            raise Refused(400, "rule must be drop, duplicate, shuffle, delay:SECONDS or none.")
        if name not in schedule.NAMES:
            raise Refused(400, f"schedule must be one of: {', '.join(schedule.NAMES)}.")
        if "disable_after" in body:
            days = None if body["disable_after"] is None else number(body, "disable_after")
            self.world.retrying.disable_after = None if days is None else days * DAY
        self.world.delivering.rule, self.world.retrying.schedule = rule, name
        return self._terms()

    def _terms(self) -> Json:
        after = self.world.retrying.disable_after
        return {
            "rule": self.world.delivering.rule,
            "schedule": self.world.retrying.schedule,
            "disable_after": None if after is None else after / DAY,
        }

    async def resend(self, request: Request, _body: Json) -> Json:
        identifier = request.path_params["event"]
        found = self._event(identifier)
        if found is None:
            raise Refused(404, f"There is no event {identifier}.")
        return {"attempts": await self.post.resend(*found)}

    def _event(self, identifier: str) -> tuple[Mode, Json] | None:
        """An event by its own id or by that of its thin twin."""
        for mode in (self.world.test, self.world.live):
            event = mode.get("event", identifier) or thin.snapshot(mode, identifier) or mode.get(thin.KIND, identifier)
            if event is not None:
                return mode, event
        return None

    async def roll(self, request: Request, body: Json) -> Json:
        """A new secret; the old one signs too for `overlap` seconds."""
        only(body, "overlap")
        identifier = request.path_params["endpoint"]
        found = self.world.locate(identifier)
        if found is None or found[1]["object"] not in {endpoints.SNAPSHOT, endpoints.THIN}:
            raise Refused(404, f"There is no webhook endpoint {identifier}.")
        overlap = number(body, "overlap", most=LONGEST_OVERLAP) if "overlap" in body else 0.0
        return signature.roll(found[0], identifier, overlap)

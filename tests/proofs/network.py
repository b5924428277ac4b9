"""What comes between: deliveries go astray, calls get no answer, processes die, work overtakes other work, time passes."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.proofs import clocks, settling, work
from tests.proofs.crash import BETWEEN, EVERY, Crashed
from tests.proofs.ground import LATE
from tests.proofs.post import MOODS as WAYS_OF_POST
from tests.proofs.spy import MOODS
from tests.proofs.steps import MOST, PICK, Slow, Steps, stripe

from comptoir.inbox import actions as inbox
from comptoir.kernel.words import said
from comptoir.modules import queries, registry
from comptoir.modules.api import Mode, OutcomeUnknownError, Subject
from comptoir.payments import byhand
from comptoir.payments.models import OPEN_DISPUTES, Dispute, Payment, Refund

CALLS = (
    ("POST", "/v1/checkout/sessions"),
    ("POST", "/v1/customers"),
    ("POST", "/v1/refunds*"),
    ("POST", "/v1/checkout/sessions/*"),
    ("POST", "/v1/disputes/*"),
    ("GET", "/v1/*"),
)
TROUBLE = (
    "status:500", "status:503", "status:429", "status:409", "drop_before", "drop_after", "garbage", "stored:500", "stored_after:500",
)  # fmt: skip
NAMES = tuple(point.name for point in EVERY)


class Network(Steps):
    """Rules."""

    @rule(rule=st.sampled_from(["drop", "shuffle", "delay:40", "delay:4000", LATE, LATE]))
    def change_the_network(self, rule: str) -> None:
        """What happens to deliveries from now on."""
        self.world.control("deliveries", rule=rule)

    @rule(times=st.integers(1, 4))
    def deliver_twice(self, times: int) -> None:
        """The next deliveries arrive twice."""
        self.world.wire.twice = times

    @rule(pick=PICK)
    def send_again(self, pick: int) -> None:
        """Somebody presses *resend* at an event, be it an old one."""
        listed = stripe(lambda: self.world.api("GET", "/v1/events", params={"limit": "30"}))
        events = listed["data"] if listed else []
        if events:
            self.world.control(f"deliveries/{events[pick % len(events)]['id']}/resend")

    @rule(call=st.sampled_from(CALLS), do=st.sampled_from(TROUBLE), times=st.integers(1, 3))
    def break_calls(self, call: tuple[str, str], do: str, times: int) -> None:
        """The next calls of a kind go wrong."""
        method, path = call
        self.world.control("faults", method=method, path=path, nth=1, times=times, do=do)

    @rule()
    def mend_calls(self) -> None:
        """Calls are answered again."""
        self.world.server.control.delete("faults")

    @rule(name=st.sampled_from(NAMES))
    def die_at(self, name: str) -> None:
        """The next process that comes by this point is killed there."""
        self.world.crashes.arm(name)

    @rule(name=st.sampled_from(BETWEEN), deed=st.sampled_from(["look", "work", "sweep", "pay", "back", "press"]))
    def comes_between(self, name: str, deed: str) -> None:
        """Whoever comes by this point next is overtaken there by somebody else."""
        self.world.crashes.arm(name, self.deeds[deed])

    @rule(how=st.sampled_from(["gone", "off", "other secret", "few types", "made anew", "made anew"]))
    def change_the_endpoint(self, how: str) -> None:
        """Our endpoint at Stripe is deleted, switched off, given another secret, or told of little; or it is made as it should be."""
        world = self.world
        listed = world.control_get("endpoints")["endpoints"]
        if how == "made anew":
            for each in listed:
                world.server.control.delete(f"endpoints/{each['id']}")
            world.connect("test")
        for each in listed if how != "made anew" else ():
            if how == "gone":
                world.server.control.delete(f"endpoints/{each['id']}")
            elif how == "other secret":
                world.control(f"secrets/{each['id']}/roll", overlap=0)
            else:
                data = {"disabled": "true"} if how == "off" else {"enabled_events[0]": "charge.succeeded"}
                stripe(partial(world.api, "POST", f"/v1/webhook_endpoints/{each['id']}", data=data))
        world.deaf = how != "made anew"

    @rule(mood=st.sampled_from(WAYS_OF_POST))
    def change_the_post(self, mood: str) -> None:
        """What becomes of the next mail."""
        self.world.post.moods.append(mood)

    @rule(mood=st.sampled_from(MOODS))
    def change_the_driver(self, mood: str) -> None:
        """How the next delivery goes."""
        self.world.spy.moods.append(mood)

    @rule(seconds=st.sampled_from([3, 60, 700]))
    def wall_time_passes(self, seconds: int) -> None:
        """Leases end, back-offs are over."""
        clocks.pass_wall(seconds)

    @rule(hours=st.sampled_from([0.02, 0.5, 2, 30, 24 * 10]))
    def business_time_passes(self, hours: float) -> None:
        """Pages expire, debits settle, retries of deliveries come, periods go by."""
        self.world.tick(hours * 3600)

    @rule(fortnights=st.sampled_from([1, 1, 1, 4]))
    def weeks_pass(self, fortnights: int) -> None:
        """Up to two months in which a worker does its work now and then: debits are taken back, the time to answer is over."""
        for _fortnight in range(fortnights):
            self.world.tick(14 * 24 * 3600)
            settling.catch_up(self.world)
            work.survive(settling.do_everything)

    # ------------------------------------------------------------------ the worker

    @rule(times=st.integers(1, 6))
    def work_for(self, times: int) -> None:
        """The worker answers wishes and does jobs, in turn."""
        for _time in range(times):
            work.survive(work.one_look)
            work.survive(work.one_job)

    @rule()
    def sweep(self) -> None:
        """The safety net."""
        work.survive(work.one_sweep)

    @rule()
    def bury(self) -> None:
        """The supervisor has seen a worker die."""
        work.buried()

    @rule(
        deed=st.sampled_from(["pay", "debit", "refund", "refund", ""]),
        seconds=st.sampled_from([130, 1]),
        at_once=st.booleans(),
    )
    def read_slowly(self, deed: str, seconds: int, *, at_once: bool) -> None:
        """A worker has read an object and is slow to store what it saw: others go on meanwhile, and its lease may end."""
        claimed = None
        with suppress(Crashed):
            claimed = inbox.claim(by="slow")
        if claimed is None:
            return
        account = queries.account(
            module=claimed.subject.module, account=claimed.subject.account, mode=claimed.subject.mode
        )
        try:
            seen = registry.gateway("stripe").look(account, claimed.subject)
        except OutcomeUnknownError as error:
            inbox.put_off(claimed, problem=said(error.cause))
            return
        self.slow.append(Slow(seen, claimed.read_at, claimed))
        self.deeds.get(deed, lambda: None)()
        clocks.pass_wall(seconds)
        work.survive(work.one_look)
        if at_once:
            self.slow.pop().store()

    @precondition(lambda self: bool(self.slow))
    @rule(pick=PICK)
    def store_late(self, pick: int) -> None:
        """It stores it now."""
        if self.slow:
            self.slow.pop(pick % len(self.slow)).store()

    @rule(pick=PICK, well=st.booleans(), at_once=st.sampled_from([True, True, False]))
    def look_slowly_by_hand(self, pick: int, *, well: bool, at_once: bool) -> None:
        """Somebody looks at a payment by hand; meanwhile something of it comes to its end, and a second person looks."""
        if not self._moving():
            self.deeds["buy by debit"]()
            self.work_for(4)
        moving = self._moving()
        if not moving:
            return
        payment, reference, ends = moving[pick % len(moving)]
        mode: Mode = "live" if payment.mode == "live" else "test"
        subject = Subject("stripe", payment.account, mode, "payment", payment.reference)
        account = queries.account(module=subject.module, account=subject.account, mode=subject.mode)
        with suppress(OutcomeUnknownError, Crashed):
            read_at = clocks.database()
            slow = Slow(registry.gateway("stripe").look(account, subject), read_at)
            stripe(lambda: self.world.server.control.move(reference, ends[not well]))
            byhand.look("stripe", payment.reference)
            self.slow.append(slow)
            if at_once:
                self.slow.pop().store()

    def _moving(self) -> list[tuple[Payment, str, tuple[str, str]]]:
        """Payments of which something is under way, with the id of that and how it can end, well or badly."""
        debits = Payment.objects.filter(state="in_progress").order_by("-pk")[:MOST]
        refunds = Refund.objects.filter(state="pending").exclude(reference="").select_related("payment")
        disputes = Dispute.objects.filter(state__in=OPEN_DISPUTES).select_related("payment")
        return [
            *((payment, payment.reference, ("settle", "fail")) for payment in debits),
            *(
                (row.payment, row.reference, ("settle", "refund_fail"))
                for row in refunds.order_by("-created_at")[:MOST]
            ),
            *((row.payment, row.reference, ("win", "lose")) for row in disputes.order_by("-pk")[:MOST]),
        ]

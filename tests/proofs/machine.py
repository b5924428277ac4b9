"""The state machine: customers, staff, Stripe and the network do at random what they can, and whenever it settles all must agree."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

from hypothesis import reject, strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.proofs import post, settling, spy, work
from tests.proofs.answering import Answering
from tests.proofs.customers import WAYS, Customers
from tests.proofs.ground import CURRENCIES, World
from tests.proofs.network import Network
from tests.proofs.oracle import rows
from tests.proofs.provider import WRONGS, Provider
from tests.proofs.staff import Staff
from tests.proofs.steps import Steps


@dataclass
class Tally:
    """What a run has done so far."""

    begun: int = 0
    runs: int = 0
    steps: int = 0
    settlings: int = 0
    moves: Counter[str] = field(default_factory=Counter)  # of every noun, from one state to another

    def __str__(self) -> str:
        return (
            f"{self.runs} runs, {self.steps} steps, {self.settlings} settlings, "
            f"{sum(self.moves.values())} moves of {len(self.moves)} kinds"
        )


class Found(BaseException):
    """A run has failed, and that is all that is asked: it is not repeated. No `Exception`, which hypothesis would keep."""


class Machine(Customers, Staff, Answering, Provider, Network, RuleBasedStateMachine):
    """One run: a fresh counter and a fresh Stripe, so many steps, and a settling at the end and now and then on the way."""

    ground: ClassVar[World]
    tally: ClassVar[Tally] = Tally()
    at_once: ClassVar[bool] = False  # the first failure ends everything

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        Steps.__init__(self, self.ground)
        self.deeds = {
            "look": lambda: work.survive(work.one_look),
            "work": lambda: work.survive(work.one_job),
            "sweep": lambda: work.survive(work.one_sweep),
            "pay": self.pay_newest,
            "back": self.visit_newest,
            "press": self.press_newest,
            "buy by debit": lambda: self.buy(0, 0, 1, "sepa", back=True),
            "debit": lambda: self.move_a_debit(0, "settle"),
            "refund": lambda: self.refund_in_the_dashboard(0, 2),
        }
        self.tally.begun += 1

    @initialize(
        currency=st.sampled_from(("EUR", "EUR", "EUR", *CURRENCIES)),
        exchanges=st.booleans(),
        modes=st.sampled_from([("test",), ("test",), ("test", "live")]),
        ways=st.lists(st.sampled_from(WAYS), min_size=2, max_size=3),
        driver=st.lists(st.sampled_from(spy.MOODS), max_size=4),
        mails=st.lists(st.sampled_from(post.MOODS), max_size=6),
        works=st.integers(0, 12),
        beside=st.lists(st.sampled_from(WRONGS), max_size=2),
        back=st.lists(st.sampled_from([2, 3]), max_size=2),
    )
    def begin(
        self,
        currency: str,
        ways: list[str],
        modes: tuple[str, ...],
        *,
        exchanges: bool,
        driver: list[str],
        mails: list[str],
        works: int,
        beside: list[str],
        back: list[int],
    ) -> None:
        """A counter in one currency, at which something was bought, paid once more, given back, and the worker has begun."""
        if self.tally.begun == 1:
            reject()  # hypothesis always begins with the simplest run of all, in which next to nothing happens
        self.tally.runs += 1
        self.world.begin(currency, modes=modes, exchanges=exchanges)
        for number, way in enumerate(ways):
            self.buy(number, number, 1, way, back=True)
        self.world.spy.moods.extend(driver)
        self.world.post.moods.extend(mails)
        self.world.tick(30)
        self.work_for(works)
        for wrong in beside:
            self.pay_beside(0, wrong, declined=False)
        for part in back:
            self.refund_in_the_dashboard(0, part)

    @rule(hours=st.sampled_from([0, 0, 0, 2, 30, 24 * 12]))
    def settle(self, hours: float) -> None:
        """Everything comes to rest, and all must agree."""
        self.tally.settlings += 1
        settling.settle(self.world, hours=hours)

    def check_invariants(self, *told: Any) -> None:
        """Called by hypothesis after each step: a second passes, in which deliveries arrive."""
        super().check_invariants(*told)
        self.tally.steps += 1
        self.world.tick()

    def teardown(self) -> None:
        """Every run ends settled, but for one that has failed before."""
        failure = sys.exc_info()[1]
        if failure is None:
            self._end()
        elif self.at_once and isinstance(failure, Exception) and not isinstance(failure, HypothesisException):
            raise Found(f"{type(failure).__name__}: {failure}")

    def _end(self) -> None:
        self.tally.settlings += 1
        try:
            settling.settle(self.world)
        except Exception as error:
            if self.at_once:
                raise Found(f"{type(error).__name__}: {error}") from error
            raise
        for noun, old, new in rows("SELECT noun, from_state, to_state FROM kernel_statechange"):
            self.tally.moves[f"{noun}: {old or '-'} -> {new}"] += 1

"""Regressions that somebody could make tomorrow, each one patch of one function: the machine must find every one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from tests.proofs.crash import replace

from comptoir.inbox.models import Wish
from comptoir.kernel.words import NOTHING
from comptoir.ledger.models import Entry
from comptoir.modules.api import Outcome, RefundStatus
from comptoir.payments.actions import placing, start, taken_back
from comptoir.payments.models import Payment
from comptoir.services import tasks

Function = Callable[..., Any]


@dataclass(frozen=True)
class Mutant:
    """`where`: module:function."""

    name: str
    where: str
    by: Callable[[Function], Function]

    @contextmanager
    def alive(self) -> Iterator[None]:
        """The product with this regression."""
        undo = replace(self.where, self.by)
        try:
            yield
        finally:
            undo()


def _older_read_counts(real: Function) -> Function:
    """The payment's row as if it had never been read: what was read before the last read is applied after it."""

    def payment(*args: Any, **kwargs: Any) -> Payment:
        row: Payment = real(*args, **kwargs)
        row.read_at = dt.datetime.min.replace(tzinfo=dt.UTC)
        return row

    return payment


def _held_pays(real: Function) -> Function:
    """What is held is allocated to its invoice like everything else."""

    def store_money(seen: Any, payment: Any, invoice: Any) -> None:
        real(seen, payment, invoice)
        for entry in Entry.objects.filter(payment=payment.reference, kind=Entry.Kind.PAYMENT, mode=payment.mode):
            if not placing.is_placed(entry) and entry.currency == invoice.currency:
                placing.place(entry, invoice, who=payment.module)

    return store_money


def _refunds_by_sum(real: Function) -> Function:
    """Refunds are followed by what they sum up to, not each by its id."""

    def record(seen: Any, refund: Any, payment: Any, invoice: Any) -> None:
        gone = -taken_back._sum(payment, taken_back.GONE)
        said = sum(each.amount.minor for each in seen.refunds if each.status is RefundStatus.SUCCEEDED)
        if said > gone:
            amount = type(refund.amount)(gone - said, refund.amount.currency)
            taken_back._enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND, amount=amount)

    del real
    return record


def _nobody_is_asked(real: Function) -> Function:
    """A delivery is carried out without asking the driver whether an earlier try has reached it."""

    def carry_out(operation: Any) -> Outcome:
        operation.asked = False
        answer: Outcome = real(operation)
        return answer

    return carry_out


def _wishes_are_forgotten(real: Function) -> Function:
    """A look answers whatever is wished for when it ends, not what was wished for when it began."""

    def finish(claimed: Any, **more: Any) -> bool:
        done: bool = real(claimed, **more)
        if done:
            Wish.objects.filter(pk=claimed.wish_id).update(done=F("wanted"))
        return done

    return finish


def _pages_stay_open(real: Function) -> Function:
    """A page that can still be paid is left open on a paid invoice."""
    del real
    return lambda invoice: None


def _sweep_looks_for_nothing(real: Function) -> Function:
    """An attempt whose call has no answer is ended without looking for what the call has made."""

    def resume(attempt: Any) -> None:
        if start.may_call(attempt):
            start.ended(attempt, why=NOTHING)

    del real
    return resume


OBSERVE = "comptoir.payments.actions.observe"
MUTANTS = (
    Mutant("an older read counts", f"{OBSERVE}:_payment", _older_read_counts),
    Mutant("what is held pays", f"{OBSERVE}:_store_money", _held_pays),
    Mutant("refunds by their sum", "comptoir.payments.actions.taken_back:_record", _refunds_by_sum),
    Mutant("the driver is not asked", f"{tasks.__name__}:_carry_out", _nobody_is_asked),
    Mutant("later wishes are forgotten", "comptoir.inbox.actions:finish", _wishes_are_forgotten),
    Mutant("pages stay open", "comptoir.payments.actions.settle:_end_others", _pages_stay_open),
    Mutant("the sweep looks for nothing", "comptoir.payments.sweep:resume", _sweep_looks_for_nothing),
)

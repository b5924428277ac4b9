"""OBSERVE, the way back: refunds and disputes that a read has shown become ledger rows and states, whoever made them and where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import gettext_noop

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import code, words
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Allocation, Entry
from comptoir.modules.api import PaymentSeen, RefundSeen, RefundStatus
from comptoir.payments.actions import dispute_services, disputed, holds, letters, placing, refund_rows, refund_words
from comptoir.payments.actions.settle import went_back
from comptoir.payments.models import OPEN_DISPUTES, PAYMENT_STATES, Dispute, Payment, Refund
from comptoir.services.steering import REFUNDED

FAILED = {RefundStatus.FAILED, RefundStatus.CANCELLED}
GONE = {Entry.Kind.REFUND, Entry.Kind.REFUND_FAILURE}
KEPT = {Entry.Kind.PAYMENT, *GONE}
TAKEN = {*GONE, Entry.Kind.DISPUTE, Entry.Kind.DISPUTE_REVERSAL}
PAID = {
    Payment.State.SUCCEEDED,
    Payment.State.PARTIALLY_REFUNDED,
    Payment.State.REFUNDED,
    Payment.State.DISPUTED,
}


@dataclass
class Back:
    """What a read has newly shown of the way back: refunds that have gone, disputes that came to another stage."""

    gone: list[Refund]
    moved: list[Dispute]


def book(seen: PaymentSeen, payment: Payment, invoice: Invoice | None) -> Back:
    """Within the transaction of `observe`, after the charges: add a row for each refund and dispute, once by its id.

    All money comes before `settle`: credit is locked before services.
    """
    gone = refund_rows.mirrored(seen, payment)
    for refund in seen.refunds:
        _record(seen, refund, payment, invoice)
    return Back(gone, disputed.mirrored(seen, payment, invoice))


def follow(back: Back, seen: PaymentSeen, payment: Payment, invoice: Invoice | None) -> None:
    """After `settle`: states, people and services follow what has gone back and come again.

    A payment that is held stays so until all of it has gone back, or nothing of it stands free: then nobody has anything to decide.
    """
    for refund in seen.refunds:
        _tell(refund, payment, invoice)
    move(payment, invoice, disputed=seen.disputed)
    if (back.gone or back.moved) and invoice is not None and _paid_by(payment, invoice):
        services = dispute_services.services_of(invoice)
        refund_rows.carry_policies(back.gone, services)
        dispute_services.by_rules(back.moved, services)
        if back.gone and invoice.state == Invoice.State.REFUNDED:
            why = words(REFUNDED, refund=code(back.gone[-1].reference))
            holds.drop(services=services, why=why, who=payment.module)
        holds.follow(services=services, invoice=invoice)


def move(payment: Payment, invoice: Invoice | None, *, disputed: bool = False) -> None:
    """Payment and invoice stand as the ledger and the disputes say; `disputed`: the provider says so without saying more."""
    if payment.state in PAID:
        _move_payment(payment, disputed=disputed)
    elif payment.state == Payment.State.HELD and _sum(payment, TAKEN) < 0:
        _let_go(payment, disputed=disputed)
        if payment.state == Payment.State.DISPUTED and invoice is not None:
            letters.taken_back(invoice, payment, Money(_lost(payment), payment.currency))
    if invoice is not None:
        went_back(invoice=invoice, who=payment.module)


def _let_go(payment: Payment, *, disputed: bool) -> None:
    """A held payment of which nothing is left to be decided about."""
    if _sum(payment, KEPT) == (lost := _lost(payment)):
        PAYMENT_STATES.move(payment, Payment.State.DISPUTED if lost else Payment.State.REFUNDED, who=payment.module)
    elif placing.is_decided(payment) and not placing.to_decide(payment):
        _move_payment(payment, disputed=disputed)
    if payment.state != Payment.State.HELD:
        close_alerts(f"held:{payment.pk}")


def _lost(payment: Payment) -> int:
    """What disputes have taken of it for good, in minor units."""
    return payment.disputes.aggregate(sum=Sum("lost_minor"))["sum"] or 0


def _record(seen: PaymentSeen, refund: RefundSeen, payment: Payment, invoice: Invoice | None) -> None:
    """What has gone back is a row; a refund that failed later is taken back by a row of its own.

    One that is under way to the bank counts from the moment that the provider has booked it: by then it has left the balance.
    """
    if refund.status is RefundStatus.SUCCEEDED or (
        refund.status is RefundStatus.PENDING and refund.settlement is not None
    ):
        _enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND, amount=-refund.amount)
    elif refund.status in FAILED and (refund.settlement is not None or _known(seen, refund, Entry.Kind.REFUND)):
        # What the provider booked both ways is two rows, also where nobody had seen it on its way.
        _enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND, amount=-refund.amount)
        _enter(seen, refund, payment, invoice, kind=Entry.Kind.REFUND_FAILURE, amount=refund.amount)


def _known(seen: PaymentSeen, refund: RefundSeen, kind: Entry.Kind) -> bool:
    """Whether the ledger has it as gone, or as come back."""
    subject = seen.subject
    return Entry.objects.filter(
        source=subject.module,
        account=subject.account,
        mode=subject.mode,
        kind=kind,
        reference=refund.id,
    ).exists()


def _tell(refund: RefundSeen, payment: Payment, invoice: Invoice | None) -> None:
    """Staff are told once of each step of a refund; of one that was asked for here only where it waits for money or has failed.

    The customer is written once the money has left, and again should it come back.
    """
    number = code(invoice.number or "") if invoice is not None else words(gettext_noop("unknown"))
    step, sentence = refund_words.step(refund, number)
    key = f"{payment.module}:{refund.id}"
    if refund.status is not RefundStatus.PENDING:
        close_alerts(f"refund-pending:{key}")
    expected = refund.status not in FAILED and refund.why not in refund_words.WAITS
    if not (expected and payment.refunds.filter(reference=refund.id, made_here=True).exists()):
        alert(f"{step}:{key}", sentence, again=False)
    if invoice is not None and refund.status is RefundStatus.SUCCEEDED:
        letters.refunded(invoice, refund, _entry_of(refund, payment))
    elif invoice is not None and refund.status in FAILED:
        letters.refund_failed(invoice, refund)


def _enter(
    seen: PaymentSeen, refund: RefundSeen, payment: Payment, invoice: Invoice | None, *, kind: Entry.Kind, amount: Money
) -> None:
    subject, fresh = seen.subject, not _known(seen, refund, kind)
    entry = ledger.record(
        source=subject.module,
        account=subject.account,
        mode=subject.mode,
        kind=kind,
        reference=refund.id,
        payment=seen.payment_id,
        amount=amount,
        occurred_at=refund.created,
    )
    booked = refund.settlement if kind == Entry.Kind.REFUND else refund.returned
    if booked is not None:
        ledger.settle_entry(entry, booked)
    if not fresh:
        return
    if kind == Entry.Kind.REFUND:
        placing.take_off(entry, payment, invoice)
    elif kind == Entry.Kind.REFUND_FAILURE:
        placing.put_back(entry, _refund_of(entry), payment, invoice)


def _refund_of(failure: Entry) -> Entry:
    """The row of the refund that has failed."""
    return Entry.objects.get(
        source=failure.source,
        account=failure.account,
        mode=failure.mode,
        kind=Entry.Kind.REFUND,
        reference=failure.reference,
    )


def _entry_of(refund: RefundSeen, payment: Payment) -> Entry | None:
    """The row of a refund that has gone."""
    return Entry.objects.filter(
        source=payment.module,
        account=payment.account,
        mode=payment.mode,
        kind=Entry.Kind.REFUND,
        reference=refund.id,
    ).first()


def _paid_by(payment: Payment, invoice: Invoice | None) -> bool:
    """Whether this payment's money stands on the invoice: then what goes back of it leaves the invoice."""
    return Allocation.objects.filter(
        invoice=invoice,
        entry__source=payment.module,
        entry__account=payment.account,
        entry__mode=payment.mode,
        entry__payment=payment.reference,
        entry__kind=Entry.Kind.PAYMENT,
    ).exists()


def _sum(payment: Payment, kinds: Collection[str] = Entry.Kind.values) -> int:
    """The ledger's rows of a payment, in minor units: what came positive, what went back negative."""
    rows = Entry.objects.filter(
        source=payment.module, account=payment.account, mode=payment.mode, payment=payment.reference, kind__in=kinds
    )
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _hold_again(payment: Payment, rest: Money) -> None:
    """What has come again stands free: it is held, for a person, whatever was decided about the rest."""
    if placing.is_decided(payment):
        payment.held_because = words(
            gettext_noop("%(amount)s of it has come back since somebody decided about the rest"), amount=rest
        )
        Payment.objects.filter(pk=payment.pk).update(held_because=payment.held_because)
    if PAYMENT_STATES.move(payment, Payment.State.HELD, who=payment.module, why=payment.held_because):
        placing.alert_held(payment, payment.held_because)


def by_books(payment: Payment, *, disputed: bool = False) -> Payment.State:
    """What a payment that is paid, and not held, is: by its rows in the ledger and its disputes, whoever decided about it.

    A dispute that is open, or has taken something, says more than a refund. `disputed`: the provider says so of one that is not known.
    """
    gone = -_sum(payment, GONE)
    state = Payment.State.SUCCEEDED
    if gone >= payment.amount_minor > 0:
        state = Payment.State.REFUNDED
    elif gone > 0:
        state = Payment.State.PARTIALLY_REFUNDED
    known = payment.disputes.exists()
    standing = payment.disputes.filter(state__in=OPEN_DISPUTES).exists() or _lost(payment) > 0 if known else disputed
    return Payment.State.DISPUTED if standing and state is not Payment.State.REFUNDED else state


def _move_payment(payment: Payment, *, disputed: bool) -> None:
    """As the books say; held again where money has come back of which nobody has said what it pays."""
    state = by_books(payment, disputed=disputed)
    came_again = Entry.Kind.REFUND_FAILURE, Entry.Kind.DISPUTE_REVERSAL
    if _sum(payment, came_again) and (rest := placing.to_decide(payment)):
        _hold_again(payment, rest)  # nobody had decided what it pays when it went, and it has not gone after all
        return
    moved = PAYMENT_STATES.move(payment, state, who=payment.module)
    if moved and state is Payment.State.DISPUTED and not payment.disputes.exists():
        alert(
            f"disputed:{payment.pk}",
            words(
                gettext_noop(
                    "The customer's bank disputes %(payment)s or has taken it back: see at the provider what can be answered."
                ),
                payment=code(payment.reference),
            ),
        )

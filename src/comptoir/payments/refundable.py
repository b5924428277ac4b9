"""What of a payment can be given back, and what must be known before: asked by the page and by the deed alike."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.db.models import Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger.models import Allocation, Entry
from comptoir.modules import registry
from comptoir.payments.models import LEAVING, OPEN_DISPUTES, OWED, Dispute, Payment, Refund
from comptoir.payments.queries import rules

GIVING = {
    Payment.State.SUCCEEDED,
    Payment.State.PARTIALLY_REFUNDED,
    Payment.State.DISPUTED,
    Payment.State.HELD,
}
# Debits that the payer's bank takes back on demand, by the word of the method: for how long without, and with, a reason.
# SEPA: 8 weeks, 13 months where the debit was not authorised (SEPA Direct Debit Core rulebook, 4.3.4 and 4.4).
RECALLED = {"sepa_debit": (relativedelta(weeks=8), relativedelta(months=13))}


TAKEN = _(
    "The customer’s bank has taken this payment back already: the customer has the money, and nothing is left to give back. "
    "Nothing was changed."
)
TAKEN_IN_PART = _(
    "The customer’s bank has taken a part of this payment back, and the payment service gives nothing more of it back. "
    "Nothing was changed; if you owe the customer the rest, pay it back in another way."
)
TO_ANSWER = _(
    "The customer’s bank disputes this payment: a refund now could give the money back twice. "
    "Nothing was changed; answer the dispute, or give it up."
)
NOT_DECIDED = _(
    "The customer’s bank disputes this payment and has not decided yet: a refund now could give the money back twice. "
    "Nothing was changed; wait for its decision."
)
ELSEWHERE = _(
    "The customer’s bank disputes this payment: a refund now could give the money back twice. "
    "Nothing was changed; see at the provider what can be done."
)


@dataclass(frozen=True, slots=True)
class Recall:
    """A debit that may be taken back yet. `freely`: without any reason; `until`: UTC."""

    until: dt.datetime
    freely: bool

    @property
    def day(self) -> dt.date:
        """The same as a day of the counter's zone."""
        return timezone.localdate(self.until)


def left(payment: Payment) -> Money:
    """What can still be given back: what came and was not taken by a dispute, less what goes back, waits for it or was given otherwise.

    Exact under the payment's lock only.
    """
    rows = Entry.objects.filter(
        source=payment.module,
        account=payment.account,
        mode=payment.mode,
        payment=payment.reference,
        currency=payment.currency,
    )
    back = {Entry.Kind.REFUND, Entry.Kind.REFUND_FAILURE}
    came = rows.exclude(kind__in=back).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    refunds = Refund.objects.filter(payment=payment)
    leaving = refunds.filter(state__in=LEAVING).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    # What went back before its own row was written counts as well.
    unknown = rows.filter(kind__in=back).exclude(reference__in=refunds.exclude(reference="").values("reference"))
    gone = leaving - (unknown.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    return Money(max(came - gone - otherwise(payment).minor, 0), payment.currency)


def ahead(payment: Payment) -> Money:
    """What is asked for or on its way and not booked yet: it is taken before whatever is asked for now."""
    booked = Entry.objects.filter(
        source=payment.module,
        account=payment.account,
        mode=payment.mode,
        payment=payment.reference,
        kind=Entry.Kind.REFUND,
    )
    rows = Refund.objects.filter(payment=payment, state__in=LEAVING).exclude(reference__in=booked.values("reference"))
    return Money(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0, payment.currency)


def otherwise(payment: Payment) -> Money:
    """What its customer has of a payment in another way: refunds that did not reach them, of which somebody has said so."""
    rows = Refund.objects.filter(payment=payment, state__in=OWED).exclude(put_aside_by="")
    return Money(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0, payment.currency)


def refusal(payment: Payment) -> Promise | None:
    """Why nothing of a payment can be given back now, for staff; None where it can."""
    if registry.refunds(payment.module) is None:
        return _("This way of paying gives no money back by itself. Nothing was changed; pay it back in another way.")
    if payment.state not in GIVING:
        return _("Of this payment there is nothing to give back: no money of it is here. Nothing was changed.")
    return _disputed(payment)


def _disputed(payment: Payment) -> Promise | None:
    """What of its disputes keeps it from being given back, with what a person can do about it by now."""
    disputes = list(Dispute.objects.filter(payment=payment))
    open_ones = [each for each in disputes if not each.refundable and each.state in OPEN_DISPUTES]
    if any(each.answerable and each.sent_at is None for each in open_ones):
        return TO_ANSWER
    if any(each.sent_at is not None or each.state == Dispute.State.UNDER_REVIEW for each in open_ones):
        return NOT_DECIDED
    if open_ones or (payment.state == Payment.State.DISPUTED and not disputes):
        return ELSEWHERE
    if any(not each.refundable and each.state == Dispute.State.LOST for each in disputes):
        return TAKEN_IN_PART if left(payment) else TAKEN
    return None


def may_be_offered(payment: Payment) -> bool:
    """Whether its page leads to giving it back: not where nothing of it is left, be it that its bank has taken it."""
    if payment.state in {Payment.State.SUCCEEDED, Payment.State.HELD}:
        return True
    return payment.state in GIVING and bool(left(payment)) and _disputed(payment) is not TAKEN_IN_PART


def needs_second(payment: Payment, amount: Money) -> bool:
    """Whether a refund of this amount waits for a second person: above the rule's amount, and in any other currency.

    What one person has given back of the same payment counts with it: a large refund is not made small by being cut.
    """
    rule = rules()
    if rule.approval_above_minor is None:
        return False
    alone = Refund.objects.filter(payment=payment, made_here=True, approved_by="", state__in=LEAVING)
    before = alone.exclude(state=Refund.State.WAITING).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return amount.currency != rule.currency or before + amount.minor > rule.approval_above_minor


def recall(payment: Payment) -> Recall | None:
    """Until when the payer's bank may take a debit back, so that a refund could pay it twice; None where it cannot (any more)."""
    freely, with_reason = RECALLED.get(payment.method_type, (None, None))
    if freely is None or with_reason is None:
        return None
    now = clock.now()
    if now < payment.created_at + freely:
        return Recall(payment.created_at + freely, freely=True)
    until = payment.created_at + with_reason
    return Recall(until, freely=False) if now < until else None


def paid_by(payment: Payment) -> bool:
    """Whether a payment's money stands on its invoice: its services depend on it, and on no duplicate of it."""
    return (
        payment.invoice_id is not None
        and Allocation.objects.filter(
            invoice=payment.invoice_id,
            entry__source=payment.module,
            entry__account=payment.account,
            entry__mode=payment.mode,
            entry__payment=payment.reference,
            entry__kind=Entry.Kind.PAYMENT,
        ).exists()
    )

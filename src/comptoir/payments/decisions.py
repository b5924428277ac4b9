"""What the provider's words make of our states: the tables by which a read is applied, and what follows from them for an invoice.

Attempts, payments, refunds, disputes and payouts are moved by their tables. An invoice is moved by the ledger (`settle`), so its tables
only say what comes of it; a test observes each pair and compares. A payment whose table says `odd` has changed nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from comptoir.invoices.models import INVOICE_STATES
from comptoir.kernel.states import Reads, reads
from comptoir.modules.api import DisputeStatus, PaymentStatus, RefundStatus
from comptoir.payments.models import (
    ATTEMPT_READS,
    DISPUTE_READS,
    OPEN_DISPUTES,
    PAYMENT_READS,
    PAYOUT_READS,
    REFUND_READS,
)

# A payment over what is owed, from this counter, of the attempt that the invoice waits for. Where nothing is owed any more it is another
# attempt's: its money is held as a second payment. On a draft nothing can be begun.
INVOICE_BY_PAYMENT = reads(
    INVOICE_STATES,
    PaymentStatus,
    # --------- draft open        in_progress paid partially_refunded refunded void
    open="        odd   open        open        paid partially_refunded refunded void",
    in_progress=" odd   in_progress in_progress paid partially_refunded refunded void",
    succeeded="   odd   paid        paid        paid partially_refunded refunded void",
    failed="      odd   open        open        paid partially_refunded refunded void",
    cancelled="   odd   open        open        paid partially_refunded refunded void",
)
# A refund of all that pays it; where it is refunded, the very refund that has made it so, read anew. On one that is not paid nothing
# stands of the payment that goes back.
INVOICE_BY_REFUND = reads(
    INVOICE_STATES,
    RefundStatus,
    # ------- draft open in_progress paid     partially_refunded refunded void
    pending="   odd   open in_progress paid     partially_refunded refunded void",
    succeeded=" odd   open in_progress refunded partially_refunded refunded void",
    failed="    odd   open in_progress paid     paid               paid     void",
    cancelled=" odd   open in_progress paid     paid               paid     void",
)


class BankWord(StrEnum):
    """How a dispute stands, as far as its money is concerned."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"
    APPEALED = "appealed"


def bank_word(status: DisputeStatus, *, appeal: bool) -> BankWord:
    """An appeal is fought over money that is away."""
    return BankWord.APPEALED if appeal and status.value in OPEN_DISPUTES else BankWord(status.value)


# A dispute over all that still stands paid on it. Only what is lost for good leaves it.
INVOICE_BY_DISPUTE = reads(
    INVOICE_STATES,
    BankWord,
    # ------------ draft open in_progress paid     partially_refunded refunded void
    needs_response=" odd   open in_progress paid     partially_refunded refunded void",
    under_review="   odd   open in_progress paid     partially_refunded refunded void",
    won="            odd   open in_progress paid     partially_refunded refunded void",
    lost="           odd   open in_progress refunded refunded           refunded void",
    closed="         odd   open in_progress paid     partially_refunded refunded void",
    appealed="       odd   open in_progress refunded refunded           refunded void",
)


@dataclass(frozen=True, slots=True)
class Decided:
    """A table of decisions as the documentation shows it. `told`: whose words it decides on."""

    noun: str
    told: tuple[str, ...]
    table: Reads
    note: str


DECISIONS = (
    Decided(
        "Attempt",
        ("payment", "page"),
        ATTEMPT_READS,
        "One that was ended here and is paid after all has succeeded: its money pays what is still owed, else it is held as a second "
        "payment. Another account's object says nothing of an attempt.",
    ),
    Decided(
        "Payment",
        ("payment",),
        PAYMENT_READS,
        "A `succeeded` that does not match what was asked for, or that nothing is owed for any more, is `held` instead, until a person "
        "decides. Refunds and disputes that the same read shows follow, by their own tables.",
    ),
    Decided(
        "Invoice",
        ("payment", "page"),
        INVOICE_BY_PAYMENT,
        "Of a payment over what is owed. A `paid`, refunded or `void` invoice stays so: the payment is held as a second one. One of an "
        "order that was cancelled ends as `void`, and a debit that comes all the same goes by the rule for late debits.",
    ),
    Decided(
        "Refund",
        ("refund",),
        REFUND_READS,
        "A refund that is seen for the first time is born in the state that is read.",
    ),
    Decided(
        "Invoice",
        ("refund",),
        INVOICE_BY_REFUND,
        "Of a refund of all that pays it; where it is refunded, of the very refund that has made it so. A pending one counts from the "
        "moment that the provider has booked it.",
    ),
    Decided(
        "Dispute", ("dispute",), DISPUTE_READS, "One that is seen for the first time is born in the state that is read."
    ),
    Decided(
        "Invoice",
        ("dispute",),
        INVOICE_BY_DISPUTE,
        "Of a dispute over all that stands paid on it, once the provider has booked it. What becomes of the services is the rules' to say.",
    ),
    Decided(
        "Payout", ("payout",), PAYOUT_READS, "One that is seen for the first time is born in the state that is read."
    ),
)
# States that no word of a provider's moves, and what does.
FOLLOWING: Mapping[str, str] = {
    "Order": "it is completed when its invoice is paid",
    "Service": "it is demanded when its invoice is paid; refunds and disputes reach it by the rules for services",
    "Operation": "a driver's answer moves it",
    "Mail": "the mail server's answer moves it",
}

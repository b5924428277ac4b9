"""What is stored of payments: ours going out, the provider's seen, money that goes back, payouts, and the house's rules."""

from __future__ import annotations

from comptoir.payments.models.attempts import (
    ATTEMPT_READS,
    ATTEMPT_STATES,
    PAYABLE,
    PAYMENT_READS,
    PAYMENT_STATES,
    Attempt,
    PageWord,
    Payment,
    PaymentReference,
    page_word,
)
from comptoir.payments.models.back import (
    DISPUTE_READS,
    DISPUTE_STATES,
    LEAVING,
    OPEN_DISPUTES,
    OWED,
    REFUND_READS,
    REFUND_STATES,
    Dispute,
    FraudWarning,
    Refund,
    ServicePolicy,
)
from comptoir.payments.models.books import PAYOUT_READS, PAYOUT_STATES, BookReading, Payout, PayoutRow
from comptoir.payments.models.foreign import Foreign, History
from comptoir.payments.models.reconciliation import Reconciliation, ReconciliationLine, ReconciliationSum
from comptoir.payments.models.rules import LateSuccess, Rules
from comptoir.payments.models.tally import Tally

__all__ = [
    "ATTEMPT_READS",
    "ATTEMPT_STATES",
    "DISPUTE_READS",
    "DISPUTE_STATES",
    "LEAVING",
    "OPEN_DISPUTES",
    "OWED",
    "PAYABLE",
    "PAYMENT_READS",
    "PAYMENT_STATES",
    "PAYOUT_READS",
    "PAYOUT_STATES",
    "REFUND_READS",
    "REFUND_STATES",
    "Attempt",
    "BookReading",
    "Dispute",
    "Foreign",
    "FraudWarning",
    "History",
    "LateSuccess",
    "PageWord",
    "Payment",
    "PaymentReference",
    "Payout",
    "PayoutRow",
    "Reconciliation",
    "ReconciliationLine",
    "ReconciliationSum",
    "Refund",
    "Rules",
    "ServicePolicy",
    "Tally",
    "page_word",
]

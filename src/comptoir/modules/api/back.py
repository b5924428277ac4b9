"""The contract of a payment gateway, the way back: refunds that we ask for, disputes, and warnings of fraud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from comptoir.kernel.money import Money
from comptoir.kernel.words import NOTHING, Words
from comptoir.modules.api.manifest import Account, Text
from comptoir.modules.api.seen import Settlement, Subject


class RefundStatus(StrEnum):
    """What the provider says of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the money has come back to the host's balance: it is not with the customer
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """Money that went back to the customer, or is on its way; `amount` is positive.

    `refund` is the house's own name of it, '' where others made it. `returned`: what the provider booked when it failed.
    `why` is the provider's code of a failure or of a wait, for staff; `because` says it in words where the module has some.
    `stoppable`: it is pending, and `cancel_refund` may stop it.
    """

    id: str
    charge: str
    amount: Money
    status: RefundStatus
    created: dt.datetime
    settlement: Settlement | None = None
    returned: Settlement | None = None
    refund: str = ""
    why: str = ""
    because: Words = NOTHING
    stoppable: bool = False


class DisputeStatus(StrEnum):
    """How a dispute stands."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"  # an inquiry that came to nothing, or a dispute that was prevented: no money is away


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """The customer's bank takes a payment back, or asks. `amount` is positive, in the currency that was paid.

    `inquiry`: only a question, no money has moved. `refundable`: whether the provider still lets the charge be refunded.
    `answerable`: evidence can be sent; `staged`: some lies with the provider; `sent`: it went to the bank. `due_by`: the last moment
    for it. `settlements`: what was booked for it, withdrawals negative, reinstatements positive, oldest first.
    """

    id: str
    charge: str
    amount: Money
    status: DisputeStatus
    reason: str
    created: dt.datetime
    inquiry: bool = False
    appeal: bool = False
    refundable: bool = False
    answerable: bool = False
    staged: bool = False
    sent: bool = False
    due_by: dt.datetime | None = None
    settlements: tuple[Settlement, ...] = ()


@dataclass(frozen=True, slots=True)
class WarningSeen:
    """The card's issuer believes that a payment is fraud. `actionable`: a refund in full may still avoid the dispute."""

    id: str
    charge: str
    kind: str
    actionable: bool
    created: dt.datetime


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to be given back. `key` makes the call safe to repeat; `refund` goes into the metadata.

    `payment` is the provider's id. `reason` is the provider's own word for it where there is one, else ''.
    """

    refund: str
    key: str
    payment: str
    amount: Money
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What we know of a disputed payment, in the house's words: `EVIDENCE_FIELDS`, each a text for a stranger to read.

    `emptied`: fields that were laid with the provider before and are empty now; nothing of what lies there may reach the bank.
    """

    dispute: Subject
    key: str
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    emptied: frozenset[str] = frozenset()


EVIDENCE_FIELDS = (
    "customer_name",
    "customer_email",
    "customer_address",
    "customer_address_ip",
    "product",
    "service_date",
    "activity",  # sign-ins and deliveries, one a line
    "letters",  # mails that the customer was sent, one a line
    "refund_policy",
    "more",
)


EVIDENCE_LONGEST = 9_500  # characters of one of these texts: what providers take of all of them together is more


@dataclass(frozen=True, slots=True)
class DisputeReason:
    """Why a customer's bank disputes: in words, and what helps to answer it."""

    title: Text
    advice: Text = ""


class Refunds(Protocol):
    """A gateway that gives money back. None of this is called inside a transaction."""

    def refund(self, account: Account, request: RefundRequest) -> RefundSeen:
        """Give money of a payment back.

        Raises:
            CallRefusedError: nothing goes back; the code says why (disputed, given back already, more than is left).
            OutcomeUnknownError: it may have begun; `find_refund` tells.
        """
        ...

    def find_refund(self, account: Account, request: RefundRequest) -> RefundSeen | None:
        """Find what an earlier `refund` of the same request has made, by listing. Raises as `look`."""
        ...

    def cancel_refund(self, account: Account, refund: str) -> RefundSeen:
        """Stop a refund that is pending. Raises CallRefusedError where it cannot be stopped, OutcomeUnknownError."""
        ...


class Disputes(Protocol):
    """A gateway whose payments the customer's bank may dispute. None of this is called inside a transaction."""

    def stage_evidence(self, account: Account, evidence: Evidence) -> DisputeSeen:
        """Lay evidence with the provider without sending it on. Raises CallRefusedError, OutcomeUnknownError."""
        ...

    def send_evidence(self, account: Account, evidence: Evidence) -> DisputeSeen:
        """Send evidence to the bank: once, for good. Raises CallRefusedError, OutcomeUnknownError: then look."""
        ...

    def accept_dispute(self, account: Account, dispute: Subject) -> DisputeSeen:
        """Give a dispute up: it is lost. Raises CallRefusedError, OutcomeUnknownError."""
        ...

    def reason(self, word: str) -> DisputeReason:
        """The provider's word for a bank's reason, in words for staff. No network."""
        ...

    def suspicion(self, word: str) -> Text:
        """The provider's word for what kind of fraud a card's bank believes in, for staff. No network."""
        ...

"""The contract of a payment gateway, what a read shows: ours in full, others' as much as is shown, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from comptoir.kernel.money import Money
from comptoir.kernel.words import Words
from comptoir.modules.api.back import DisputeSeen, RefundSeen, WarningSeen
from comptoir.modules.api.books import PayoutSeen
from comptoir.modules.api.seen import ChargeSeen, MethodDetails, PaymentStatus, Reference, Settlement, Subject


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment as a fresh read shows it. `read_at` (the database's clock) is set by the house before the read.

    `payment_id` is '' while the provider has made no payment object yet. `ended`: nothing can be paid on it any more.
    `shows` holds each claim that this read confirms; `failure` is the provider's code, for staff. `risk` is what the provider thinks
    of the payment: `normal`, `elevated`, `highest`, or '' where it does not say. `payer`: name or e-mail as the provider has it.
    """

    subject: Subject
    installation: str
    attempt: str
    payment_id: str
    status: PaymentStatus
    amount: Money
    ended: bool
    shows: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    method: MethodDetails | None = None
    charges: tuple[ChargeSeen, ...] = ()
    refunds: tuple[RefundSeen, ...] = ()
    disputed: bool = False
    disputes: tuple[DisputeSeen, ...] = ()
    warnings: tuple[WarningSeen, ...] = ()
    risk: str = ""
    payer: str = ""
    expected_on: dt.date | None = None
    failure: str = ""
    created: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ForeignPayment:
    """What there is to say of a payment that others made through the same account: shown, with no effect."""

    id: str
    status: PaymentStatus
    amount: Money
    created: dt.datetime
    method: MethodDetails | None = None
    payer: str = ""  # name or e-mail as the provider has it
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object that is none of this counter's payments: recorded and left alone.

    `why` is for staff: `Words`, or a code of the provider's.
    """

    subject: Subject
    why: Words | str
    payment: ForeignPayment | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider says, under the account's own key, that there is no such object."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class PayoutShown:
    """A payout as a fresh read shows it. `shows` as of a payment."""

    subject: Subject
    payout: PayoutSeen
    shows: frozenset[str] = frozenset()


Observation = PaymentSeen | PayoutShown | Foreign | Absent


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A part of the provider's list of payments, newest first, each as fresh as a look; `cursor` '' where it ends."""

    seen: tuple[Observation, ...]
    cursor: str = ""

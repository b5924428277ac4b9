"""The contract of a payment gateway, its books: every row that the provider booked, and the payouts that they leave in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from comptoir.kernel.money import Money
from comptoir.modules.api.manifest import Account, Mode, Text


class BookKind(StrEnum):
    """What a row of the books is, in the house's words; the first five are those of the ledger."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILURE = "refund_failure"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    PAYOUT = "payout"  # sent to the bank, or come back from there
    FEE = "fee"  # of the provider, for no single payment
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BookRow:
    """A row of the provider's books, in the currency of settlement; `net` = `amount` - `fee`, as read. Times are whole seconds.

    `type` and `category` are the provider's words (`charge`; `charge`, `dispute`, `fee`). `source` is the id of what it was booked for,
    `payment` that of the payment behind it ('' for none), `ours` whether its metadata name this installation (None: not known).
    `paid` is what the customer paid (positive) or was given back (negative), in the currency of the payment; None: not known.
    """

    id: str
    kind: BookKind
    type: str
    category: str
    amount: Money
    fee: Money
    net: Money
    created: dt.datetime
    available_on: dt.datetime
    source: str = ""
    payment: str = ""
    ours: bool | None = None
    paid: Money | None = None
    exchange_rate: str = ""

    @property
    def of_account(self) -> bool:
        """Whether it concerns the account as a whole and no payment: a payout, a fee of the provider's, a transfer."""
        return self.ours is None and not self.payment and self.kind in {BookKind.PAYOUT, BookKind.FEE, BookKind.OTHER}


@dataclass(frozen=True, slots=True)
class BookPage:
    """A part of the provider's books, newest first; `cursor` '' where it ends."""

    rows: tuple[BookRow, ...]
    cursor: str = ""


class PayoutStatus(StrEnum):
    """How a payout stands."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PayoutSeen:
    """Money that goes from the provider to the host's bank. `amount` is what arrives; `automatic`: its rows can be listed."""

    id: str
    amount: Money
    status: PayoutStatus
    created: dt.datetime
    arrival: dt.date
    automatic: bool
    reconciled: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """A part of the provider's list of payouts, newest first; `cursor` '' where it ends."""

    payouts: tuple[PayoutSeen, ...]
    cursor: str = ""


class Books(Protocol):
    """A gateway whose books can be read. None of this is called inside a transaction."""

    def books(self, account: Account, *, since: dt.datetime, until: dt.datetime, cursor: str = "") -> BookPage:
        """List what the provider booked from `since` to before `until`, of everybody. Raises as `look`."""
        ...

    def category_title(self, category: str) -> Text:
        """The provider's word for a category of rows, as people of the host read it; the word itself where there is none. No network."""
        ...

    def payout_url(self, account: str, mode: Mode, payout: str) -> str:
        """Address of a payout in the provider's dashboard, '' where there is none."""
        ...

    def payout_cause(self, word: str) -> Text:
        """Why a payout has failed, by its `why`, in a few words for staff; the word itself where there are none. No network."""
        ...

    def payouts(self, account: Account, *, since: dt.datetime, cursor: str = "") -> PayoutPage:
        """List payouts created since a time. Raises as `look`."""
        ...

    def payout_rows(self, account: Account, payout: str, *, cursor: str = "") -> BookPage:
        """List the rows that left in an automatic payout, the payout's own left out. Raises as `look`."""
        ...

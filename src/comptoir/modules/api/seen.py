"""The contract of a payment gateway: the small words with which everything seen is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from comptoir.kernel.money import Money
from comptoir.modules.api.manifest import Mode


@dataclass(frozen=True, slots=True)
class Subject:
    """What there is to look at: an object of a provider, in one account and mode."""

    module: str
    account: str
    mode: Mode
    kind: str
    id: str


class PaymentStatus(StrEnum):
    """What the provider says of a payment, in the house's words."""

    OPEN = "open"  # can still be paid
    IN_PROGRESS = "in_progress"  # accepted, money not there yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # this try failed; `ended` says whether another one is possible on the same object
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reference:
    """An id of the provider's by which people search for a payment, e.g. kind `charge`, id `ch_...`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class MethodDetails:
    """How it was paid: the type in the provider's word, and a label for people such as `Visa ·· 4242`."""

    type: str
    label: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the provider books for a charge: read, never computed. In the currency of settlement, which may differ.

    `exchange_rate`: what one whole unit of the currency that was paid became in that of settlement, '' where nothing was exchanged.
    `category`: the provider's own word for such a row in its reports. `booked_at`: None where that was not read.
    """

    id: str
    amount: Money
    fee: Money
    net: Money
    exchange_rate: str = ""
    category: str = ""
    booked_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ChargeSeen:
    """Money that the customer paid."""

    id: str
    amount: Money
    created: dt.datetime
    settlement: Settlement | None = None
    taken_back: bool = False  # refunded or disputed, wholly or in part

"""What a comparison finds: a line for each row that does not match, and sums that never mix currencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.kernel.money import Money


class Finding(models.TextChoices):
    """What is said of a row that does not simply match."""

    MISSING_HERE = "missing_here", _("missing here")
    MISSING_THERE = "missing_there", _("missing at the provider")
    TWICE = "twice", _("booked twice here")
    AMOUNT = "amount", _("the amount differs")
    FEE = "fee", _("fee or net differs")
    UNREAD = "unread", _("fee and net not read yet")
    ELSEWHERE = "elsewhere", _("booked here for something else")
    UNKNOWN = "unknown", _("not known whose")
    OTHERS = "others", pgettext_lazy("finding", "another’s")


PROBLEMS = tuple(finding for finding in Finding if finding is not Finding.OTHERS)


class Side(models.TextChoices):
    """Whose rows a sum counts."""

    THERE = "there", _("ours, at the provider")
    HERE = "here", _("ours, in the ledger")
    OTHERS = "others", pgettext_lazy("finding", "another’s")
    ACCOUNT = "account", _("the account’s own")
    UNKNOWN = "unknown", _("not known whose")


@dataclass(frozen=True, slots=True)
class Figures:
    """How one side has booked a row. `fee` and `net` are None where they were not read; `paid` is in the currency of the payment."""

    amount: Money
    fee: Money | None = None
    net: Money | None = None
    paid: Money | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row that does not match, or is not ours. `reference`: the provider's id of the row, or of what we have booked without one."""

    finding: Finding
    reference: str
    category: str
    source: str
    payment: str
    at: dt.datetime
    there: Figures | None = None
    here: Figures | None = None
    entry: int | None = None  # of the ledger, where one was met

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to look at it."""
        return self.finding is not Finding.OTHERS


@dataclass(frozen=True, slots=True)
class Key:
    """What a sum counts: one side, one currency of settlement, one category in the provider's word ('' where nothing is booked)."""

    side: Side
    currency: str
    category: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows counted together, in minor units of one currency."""

    count: int = 0
    amount: int = 0
    fee: int = 0
    net: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Both together."""
        return Sum(self.count + other.count, self.amount + other.amount, self.fee + other.fee, self.net + other.net)


@dataclass(slots=True)
class Tally:
    """Sums that grow while rows are read."""

    sums: dict[Key, Sum] = field(default_factory=dict)

    def add(self, side: Side, category: str, amount: Money, fee: Money | None = None, net: Money | None = None) -> None:
        """Count one row."""
        key = Key(side, amount.currency, category)
        one = Sum(1, amount.minor, fee.minor if fee else 0, net.minor if net else 0)
        self.sums[key] = self.sums.get(key, Sum()) + one


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A whole comparison. `lines`: all that does not match, and what is another's."""

    lines: tuple[Line, ...]
    sums: Mapping[Key, Sum]

    @property
    def problems(self) -> tuple[Line, ...]:
        """What somebody has to look at; nothing where all agrees to the cent."""
        return tuple(line for line in self.lines if line.is_problem)

"""Reports of the reconciliation as people read them: the sums of both sides by currency and category, and each row that does not match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum as Add
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.money import Money
from comptoir.modules.api import Text
from comptoir.payments.books import category_title
from comptoir.payments.models import Foreign, Payment, Reconciliation, ReconciliationLine
from comptoir.payments.reconcile.result import PROBLEMS, Finding, Side, Sum

PER_PAGE = 50
LINES = 100

# What each finding means, and what is to be done about it.
MEANS: dict[Finding, Text] = {
    Finding.MISSING_HERE: _(
        "The provider has booked it for a payment of ours, and the ledger has nothing of it. Look at the payment: what is read enters "
        "the ledger. Where that does not help, a backup may have been restored that is older than the payment."
    ),
    Finding.MISSING_THERE: _(
        "The ledger has it, and the provider has booked nothing for it in this period. Somebody may have written into the database by hand."
    ),
    Finding.TWICE: _("Two entries of the ledger name the same row of the provider’s: one of them is not real."),
    Finding.AMOUNT: _("Both have it, with different amounts. The provider’s is what has moved."),
    Finding.FEE: _("Amounts agree; what the provider has kept, or what has reached your balance, does not."),
    Finding.UNREAD: _(
        "The money is in the ledger, its fee and net are not read yet. They come by themselves; where this lasts for days, look at the "
        "payment."
    ),
    Finding.ELSEWHERE: _("The row is in the ledger for another payment, or as something else than the provider says."),
    Finding.UNKNOWN: _("The provider does not say which payment it belongs to. Look it up there."),
    Finding.OTHERS: _("Made through the same account by another shop or by hand. It is in no figure of ours."),
}


@dataclass(frozen=True, slots=True)
class Figured:
    """A sum in amounts of its currency."""

    count: int
    amount: Money
    fee: Money
    net: Money

    @classmethod
    def of(cls, total: Sum, currency: str) -> Figured:
        """From minor units."""
        return cls(total.count, *(Money(each, currency) for each in (total.amount, total.fee, total.net)))


@dataclass(frozen=True, slots=True)
class Pair:
    """One category in one currency: what the provider has booked for us, and what the ledger has."""

    category: str
    title: Text
    currency: str
    there: Sum
    here: Sum

    @property
    def agrees(self) -> bool:
        """Whether both sides are the same to the cent."""
        return self.there == self.here

    @property
    def sides(self) -> tuple[Figured, ...]:
        """Both sides in amounts; one where they are alike."""
        both = (self.there,) if self.agrees else (self.there, self.here)
        return tuple(Figured.of(each, self.currency) for each in both)


@dataclass(frozen=True, slots=True)
class Aside:
    """Rows of the account that are in no figure of ours: another's, the account's own, or nobody's known."""

    side: Side
    category: str
    title: Text
    currency: str
    total: Figured


def sums(row: Reconciliation) -> tuple[list[Pair], list[Aside]]:
    """What was added up while it was compared; each sum has one currency."""
    parts = (
        row.sums.order_by()
        .values_list("side", "currency", "category")
        .annotate(Add("count"), Add("amount_minor"), Add("fee_minor"), Add("net_minor"))
    )
    pairs: dict[tuple[str, str], dict[Side, Sum]] = defaultdict(dict)
    aside: list[Aside] = []
    for side, currency, category, *figures in parts:
        if side in {Side.THERE, Side.HERE}:
            pairs[currency, category][Side(side)] = Sum(*figures)
        else:
            total = Figured.of(Sum(*figures), currency)
            aside.append(Aside(Side(side), category, title_of(row, category), currency, total))
    both = [
        Pair(
            category,
            title_of(row, category),
            currency,
            there=each.get(Side.THERE, Sum()),
            here=each.get(Side.HERE, Sum()),
        )
        for (currency, category), each in sorted(pairs.items())
    ]
    return both, sorted(aside, key=lambda each: (each.side, each.currency, each.category))


def title_of(row: Reconciliation, category: str) -> Text:
    """The provider's category in words."""
    return category_title(row.module, category) if category else _("not booked at the provider")


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows there are of a finding, and what it means."""

    finding: Finding
    count: int

    @property
    def means(self) -> Text:
        """In a sentence or two."""
        return MEANS[self.finding]

    @property
    def problem(self) -> bool:
        """Whether somebody has to look at them."""
        return self.finding in PROBLEMS


def counts(row: Reconciliation) -> list[Found]:
    """The findings that there are, in their order."""
    numbers = dict(row.lines.order_by().values_list("finding").annotate(Count("pk")))
    return [Found(finding, numbers[finding.value]) for finding in Finding if finding.value in numbers]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line, with the payment that it belongs to where there is one here."""

    line: ReconciliationLine
    title: Text
    payment: Payment | None = None
    foreign: Foreign | None = None


def lines(row: Reconciliation, *, finding: str, after: int | None) -> tuple[list[Shown], int | None]:
    """Some lines (of one finding, or of all that somebody has to look at), and where to go on from."""
    found = row.lines.filter(finding=finding) if finding else row.lines.filter(finding__in=PROBLEMS)
    if after is not None:
        found = found.filter(pk__gt=after)
    some = list(found.order_by("pk")[: LINES + 1])
    return _with_payments(row, some[:LINES]), some[LINES - 1].pk if len(some) > LINES else None


def _with_payments(row: Reconciliation, some: Sequence[ReconciliationLine]) -> list[Shown]:
    names = {line.payment for line in some if line.payment}
    mine = {"module": row.module, "account": row.account, "mode": row.mode, "reference__in": names}
    payments = {each.reference: each for each in Payment.objects.filter(**mine)}
    others = {each.reference: each for each in Foreign.objects.filter(**mine)}
    return [
        Shown(line, title_of(row, line.category), payments.get(line.payment), others.get(line.payment)) for line in some
    ]


def listed(*, before: int | None) -> tuple[list[Reconciliation], int | None]:
    """The newest reports, and where to go on from."""
    rows = Reconciliation.objects.order_by("-pk")
    some = list((rows if before is None else rows.filter(pk__lt=before))[: PER_PAGE + 1])
    return some[:PER_PAGE], some[PER_PAGE - 1].pk if len(some) > PER_PAGE else None

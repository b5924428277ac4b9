"""Where money stands: on an invoice as far as it is owed there, as its customer's credit for the rest; and off again where it goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext_noop

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import Words, code, words
from comptoir.ledger import actions as ledger, credit
from comptoir.ledger.models import Allocation, CreditEntry, Entry
from comptoir.ledger.queries import credit_in, owed_on, unplaced
from comptoir.payments import refundable
from comptoir.payments.actions import letters
from comptoir.payments.models import Dispute, Payment


def is_placed(entry: Entry) -> bool:
    """Whether an entry pays an invoice or is somebody's credit."""
    return entry.allocations.exists() or entry.credit_entries.exists()


def place(
    entry: Entry,
    invoice: Invoice,
    *,
    who: str,
    kind: CreditEntry.Kind = CreditEntry.Kind.OVERPAYMENT,
    amount: Money | None = None,
    owed: Money | None = None,
) -> Money:
    """Let an entry, or a part of it, pay what is owed on an invoice; what is more becomes credit. Returns how much that is.

    Within the caller's `locks.transaction()`, which holds the invoice's lock; `settle` follows. `owed`: where it is not as usual.
    """
    whole = amount or entry.amount
    paying = Money(min(whole.minor, (owed or owed_on(invoice)).minor), whole.currency)
    if paying:
        ledger.allocate(entry=entry, invoice=invoice, amount=paying)
    rest = whole - paying
    if rest:
        keep(entry, rest, customer_id=invoice.customer_id, kind=kind, invoice=invoice, who=who)
    return rest


def keep(
    entry: Entry, amount: Money, *, customer_id: int, kind: CreditEntry.Kind, invoice: Invoice | None, who: str
) -> None:
    """Keep an amount of an entry as a customer's credit, and write to the customer. Within the caller's transaction."""
    name, before = f"{entry.source}:{entry.reference}:{entry.pk}", entry.credit_entries.count()
    row = credit.add(
        customer_id=customer_id,
        mode=entry.mode,
        amount=amount,
        kind=kind,
        reference=f"{name}:{before}" if before else name,
        who=who,
        entry=entry,
        invoice=invoice,
    )
    letters.credited(row)


def rest_of(payment: Payment) -> Money:
    """What of a payment neither pays an invoice nor is credit nor has gone back nor was lost to a dispute: somebody's to decide.

    Below zero where more has gone than stood free.
    """
    free = unplaced(
        source=payment.module,
        account=payment.account,
        mode=payment.mode,
        payment=payment.reference,
        currency=payment.currency,
    )
    lost = Dispute.objects.filter(payment=payment, currency=payment.currency).aggregate(sum=Sum("lost_minor"))["sum"]
    return free - Money(lost or 0, payment.currency)


def to_decide(payment: Payment) -> Money:
    """What of a payment somebody has to decide about: what stands free, less what its customer has in another way. Never below zero."""
    return Money(max(_free(payment), 0), payment.currency)


def _free(payment: Payment) -> int:
    return (rest_of(payment) - refundable.otherwise(payment)).minor


@dataclass(frozen=True, slots=True)
class Taken:
    """Where money that goes back is taken from, in minor units. `spent`: it had become credit that is not there any more."""

    free: int
    credit: int
    invoice: int
    spent: int


def split(minor: int, *, free: int, credit: int, invoice: int) -> Taken:
    """In which order so much is taken: what nobody had placed, then credit as far as it is there, then what pays the invoice."""
    off_free = min(minor, max(free, 0))
    off_credit = min(minor - off_free, max(credit, 0))
    off_invoice = min(minor - off_free - off_credit, max(invoice, 0))
    return Taken(off_free, off_credit, off_invoice, minor - off_free - off_credit - off_invoice)


def would_take(payment: Payment, minor: int) -> Taken:
    """What `take_off` would take for so much of a payment, were it to go now."""
    rows = CreditEntry.objects.filter(entry__in=_entries(payment))
    had = rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    first = rows.order_by("pk").first()
    there = credit_in(
        customer_id=first.credit.customer_id if first else 0, mode=payment.mode, currency=payment.currency
    )
    stands = _sum_on(payment, payment.invoice)
    return split(minor, free=_free(payment), credit=min(had, there.minor), invoice=stands)


def take_off(entry: Entry, payment: Payment, invoice: Invoice | None) -> None:
    """Money of a payment went: first what nobody had placed, then the credit it had become, then what it pays on the invoice.

    Within the transaction of `observe`, which holds the locks, when the row is new: what a payment owes later is no matter of its
    earlier rows. Credit that is spent is told of.
    """
    gone = min(-_free(payment), -entry.amount_minor)  # what went earlier may stand open, as credit that is spent
    if is_placed(entry) or gone <= 0:
        return
    there = _credit_back(entry, payment, gone).minor
    taken = split(gone, free=0, credit=there, invoice=_sum_on(payment, invoice))
    if taken.invoice and invoice is not None:
        ledger.allocate(entry=entry, invoice=invoice, amount=Money(-taken.invoice, entry.currency))
    owes = min(taken.spent, -rest_of(payment).minor)  # less where what was noted as given in another way stood free
    if owes > 0:
        alert(
            _spent(entry),
            words(
                gettext_noop(
                    "%(reference)s went back to the customer, but %(amount)s of it had become credit and is spent: they owe it to "
                    "you. Ask them for it, by an invoice or a transfer, or let them keep it; then close this alert."
                ),
                reference=code(entry.reference),
                amount=Money(owes, entry.currency),
            ),
        )


def put_back(entry: Entry, refund: Entry, payment: Payment, invoice: Invoice | None) -> None:
    """A refund has failed: each of its rows is taken back by one of the opposite sign, when the failure's own row is new.

    What it had taken of money that stood free stands free again.
    """
    owes_no_more([refund])
    for row in refund.credit_entries.select_related("credit"):
        credit.add(
            customer_id=row.credit.customer_id,
            mode=entry.mode,
            amount=-row.amount,
            kind=CreditEntry.Kind.PAYMENT,
            reference=f"again:{entry.source}:{entry.reference}:{entry.pk}",
            who=entry.source,
            entry=entry,
        )
    if invoice is not None:
        for each in refund.allocations.filter(invoice=invoice):
            ledger.allocate(entry=entry, invoice=invoice, amount=Money(-each.amount_minor, entry.currency))
    if rest_of(payment).minor >= 0:  # also what another refund had made them owe
        owes_no_more(Entry.objects.filter(pk__in=_entries(payment), amount_minor__lt=0))


def parts(payment: Payment, minor: int) -> Iterator[tuple[Entry, Money]]:
    """So much (minor units) of what stands free of a payment, by the rows with which it came: first those that stand nowhere yet.

    Raises ValueError where there is less.
    """
    left, came = minor, Entry.objects.filter(pk__in=_entries(payment), amount_minor__gt=0).order_by("pk")
    for entry in sorted(came, key=is_placed):
        part = min(left, entry.amount_minor - _placed(entry))
        if part > 0:
            left -= part
            yield entry, Money(part, entry.currency)
    if left:
        raise ValueError(f"{left} of {minor} of {payment.reference} do not stand free")


def is_decided(payment: Payment) -> bool:
    """Whether it was ever said what a payment is for: some of it pays an invoice, or is somebody's credit, or was."""
    rows = _entries(payment)
    placed = Allocation.objects.filter(entry__in=rows), CreditEntry.objects.filter(entry__in=rows)
    return any(each.exists() for each in placed)


def _placed(entry: Entry) -> int:
    """Minor units of a row that stand somewhere."""
    pays = entry.allocations.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    kept = entry.credit_entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return int(pays + kept)


def owes_no_more(gone: Iterable[Entry]) -> None:
    """What had gone is here again: nobody owes credit of it that was spent."""
    close_alerts(*(_spent(entry) for entry in gone))


def credit_owed(customer: Customer) -> list[Alert]:
    """The open alerts that a customer owes credit which is spent and whose payment went back."""
    became = CreditEntry.objects.filter(
        credit__customer=customer,
        entry__source=OuterRef("source"),
        entry__account=OuterRef("account"),
        entry__mode=OuterRef("mode"),
        entry__payment=OuterRef("payment"),
    )
    gone = Entry.objects.filter(Exists(became), amount_minor__lt=0).exclude(payment="")
    return list(Alert.objects.filter(key__in=[_spent(each) for each in gone], closed_at=None).order_by("pk"))


def _spent(entry: Entry) -> str:
    return f"credit-spent:{entry.pk}"


def _credit_back(entry: Entry, payment: Payment, most: int) -> Money:
    """Take credit that this payment had become, at most so much (minor units), as far as it is still there."""
    rows = CreditEntry.objects.filter(entry__in=_entries(payment))
    had = rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if min(had, most) <= 0:
        return Money(0, entry.currency)
    return credit.take(
        customer_id=rows.order_by("pk").values_list("credit__customer_id", flat=True)[0],
        mode=entry.mode,
        amount=Money(min(had, most), entry.currency),
        reference=f"taken:{entry.source}:{entry.reference}:{entry.pk}",
        entry=entry,
        who=entry.source,
    )


def _sum_on(payment: Payment, invoice: Invoice | None) -> int:
    if invoice is None:
        return 0
    found = Allocation.objects.filter(invoice=invoice, entry__in=_entries(payment))
    return found.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _entries(payment: Payment) -> list[int]:
    rows = Entry.objects.filter(
        source=payment.module, account=payment.account, mode=payment.mode, payment=payment.reference
    )
    return list(rows.values_list("pk", flat=True))


def alert_held(payment: Payment, why: Words) -> None:
    """Somebody must decide what becomes of this money."""
    alert(
        f"held:{payment.pk}",
        words(
            gettext_noop("%(reference)s is held for review, its money is allocated to nothing: %(why)s"),
            reference=code(payment.reference),
            why=why,
        ),
    )

"""What a customer has in hand: added, used on invoices, given back. Rows are only ever added, and the balance never falls below zero.

Who changes a balance holds its row's lock (`ledger.credit` in the written order of locks); the database has the last word: a balance
below zero is refused there, and so is a second row for what is booked already.
"""

from __future__ import annotations

from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.invoices.models import Invoice
from comptoir.kernel import clock, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import code, words
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Allocation, Credit, CreditEntry, Entry, Source
from comptoir.ledger.queries import credit_used_on, owed_on

NONE_LEFT = _("There is no credit to use on this invoice. Nothing was changed.")
CHANGED = _(
    "The credit, or what is to be paid, has changed meanwhile: %(amount)s of credit can be used now. "
    "Nothing was changed; please look again."
)
NOTHING_OWED = _("Nothing is owed on this invoice (any more). Nothing was changed, and no credit was used.")


def add(
    *,
    customer_id: int,
    mode: str,
    amount: Money,
    kind: CreditEntry.Kind,
    reference: str,
    who: str,
    entry: Entry | None = None,
    invoice: Invoice | None = None,
    note: str = "",
) -> CreditEntry:
    """Add credit (a positive amount) for what `reference` names, once, within the caller's `locks.transaction()`.

    `entry`: the money that it comes from. The same reference with another amount is an incident: alerted, unchanged.
    """
    if amount.minor <= 0:
        raise ValueError(f"credit is added by a positive amount, not {amount!r}")
    held = lock(customer_id, mode=mode, currency=amount.currency)
    return _book(held, kind, reference, amount, who=who, entry=entry, invoice=invoice, note=note)


def use(*, invoice: Invoice, who: str, held: Credit | None = None, agreed: Money | None = None) -> Money:
    """Pay what is owed on an invoice with its customer's credit, wholly or as far as it goes; returns how much that was.

    Within the caller's `locks.transaction()`, which holds the invoice's lock and lets `settle` follow. `held`: the credit, where the
    caller has locked it before. `agreed`: how much somebody was shown; no other amount is used.

    Raises:
        SaidError: there is no credit in the invoice's currency and mode, nothing is owed, or it is not `agreed`. Nothing is booked then.
    """
    owed = owed_on(invoice)
    if not owed:
        raise SaidError(NOTHING_OWED)
    held = held or lock(invoice.customer_id, mode=invoice.mode, currency=invoice.currency)
    amount = Money(min(owed.minor, held.balance_minor), owed.currency)
    if not amount:
        raise SaidError(NONE_LEFT)
    if agreed is not None and amount != agreed:
        raise SaidError(CHANGED % {"amount": amount})
    _both(held, invoice, CreditEntry.Kind.USED, Entry.Kind.PAYMENT, amount, who=who)
    return amount


def give_back(*, invoice: Invoice, amount: Money, who: str) -> CreditEntry | None:
    """Take credit that was used on an invoice off it again, at most what stands there; returns its row, None where nothing stands.

    Within the caller's `locks.transaction()`, which holds the invoice's lock and moves the invoice by what stands on it afterwards.
    """
    stands = credit_used_on(invoice)
    back = Money(min(amount.minor, stands.minor), stands.currency)
    if back.minor <= 0:
        return None
    held = lock(invoice.customer_id, mode=invoice.mode, currency=invoice.currency)
    return _both(held, invoice, CreditEntry.Kind.RETURNED, Entry.Kind.REFUND, -back, who=who)


def free(*, invoice: Invoice, who: str) -> Money:
    """What the house's own sources have paid on an invoice that is given up becomes its customer's credit; returns how much that is.

    Within the caller's `locks.transaction()`, which holds the invoice's lock and voids it afterwards.
    """
    stands = Allocation.objects.filter(invoice=invoice, entry__source__in=Source.values)
    back = Money(stands.aggregate(sum=Sum("amount_minor"))["sum"] or 0, invoice.currency)
    if back.minor > 0:
        held = lock(invoice.customer_id, mode=invoice.mode, currency=invoice.currency)
        _both(held, invoice, CreditEntry.Kind.RETURNED, Entry.Kind.REFUND, -back, who=who)
    return back


def take(*, customer_id: int, mode: str, amount: Money, reference: str, entry: Entry, who: str) -> Money:
    """The money that credit came from has gone back: take the credit, as far as it is still there; returns how much was taken.

    Within the caller's `locks.transaction()`. `entry`: the row of what went back. A second time for a reference takes nothing more.
    """
    held = lock(customer_id, mode=mode, currency=amount.currency)
    booked = CreditEntry.objects.filter(reference=reference).first()
    if booked is not None:
        return -booked.amount
    taken = Money(min(amount.minor, held.balance_minor), amount.currency)
    if taken.minor > 0:
        _book(held, CreditEntry.Kind.TAKEN, reference, -taken, who=who, entry=entry)
    return taken


def lock(customer_id: int, *, mode: str, currency: str) -> Credit:
    """A customer's credit in one mode and currency, locked; a row over nothing where there is none yet."""
    row, _fresh = Credit.objects.get_or_create(  # the unique key decides once
        customer_id=customer_id, mode=mode, currency=currency
    )
    return locks.take(Credit, row.pk)


def _both(
    held: Credit, invoice: Invoice, kind: CreditEntry.Kind, paid: Entry.Kind, amount: Money, *, who: str
) -> CreditEntry:
    """The invoice's side (a ledger entry, allocated) and the credit's side (with the opposite sign) of one movement."""
    number = CreditEntry.objects.filter(invoice=invoice, kind=kind).count() + 1  # the invoice's lock is held
    reference = f"{kind.value}:{invoice.number or invoice.pk}:{number}"
    entry = ledger.record(
        source=Source.CREDIT,
        account="",
        mode=invoice.mode,
        kind=paid,
        reference=reference,
        payment="",
        amount=amount,
        occurred_at=clock.now(),
        recorded_by=who,
    )
    ledger.allocate(entry=entry, invoice=invoice)
    return _book(held, kind, reference, -amount, who=who, entry=entry, invoice=invoice)


def _book(
    held: Credit,
    kind: CreditEntry.Kind,
    reference: str,
    amount: Money,
    *,
    who: str,
    entry: Entry | None = None,
    invoice: Invoice | None = None,
    note: str = "",
) -> CreditEntry:
    """One row and the balance, in one transaction; the lock is held."""
    booked = CreditEntry.objects.filter(reference=reference).select_related("credit").first()
    if booked is not None:
        if booked.amount != amount:
            _tell_of_two(reference, booked.amount, amount)
        return booked
    row = CreditEntry.objects.create(
        credit=held,
        kind=kind,
        reference=reference,
        amount_minor=amount.minor,
        invoice=invoice,
        entry=entry,
        note=note[:500],
        who=who[:150],
        occurred_at=clock.now(),
    )
    Credit.objects.filter(pk=held.pk).update(balance_minor=F("balance_minor") + amount.minor)
    held.balance_minor += amount.minor
    return row


def _tell_of_two(reference: str, before: Money, now: Money) -> None:
    alert(
        f"credit:{reference}",
        words(
            gettext_noop(
                "Credit %(reference)s is booked with %(before)s, and %(now)s was to be booked. Nothing was changed; "
                "compare it with what it comes from."
            ),
            reference=code(reference),
            before=before,
            now=now,
        ),
    )


def agrees(held: Credit) -> bool:
    """Whether a balance is the sum of its rows, as it always must be."""
    return (held.entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0) == held.balance_minor

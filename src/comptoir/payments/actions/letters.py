"""What the customer is written about a payment: one mail a fact, queued in the transaction of that fact."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import override

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.models import CreditEntry, Entry
from comptoir.ledger.queries import credit_used_on
from comptoir.mail import actions as mail
from comptoir.modules import registry
from comptoir.modules.api import RefundSeen
from comptoir.payments.models import Attempt, Payment


def paid(invoice: Invoice, *, late: bool = False, held: bool = False) -> None:
    """The invoice is paid; of one over nothing: the order is noted. `late`: the order had been cancelled, and is delivered after all.

    `held`: somebody of the team looks at the order before it is delivered.
    """
    used = credit_used_on(invoice)
    told = {
        "free": invoice.total_minor == 0,
        "late": late,
        "held": held,
        "credit": {"minor": used.minor, "currency": used.currency} if used else "",
        "wholly": used == invoice.total,
    }
    _write(invoice, f"paid:{invoice.pk}", "paid", **told, url=_invoice_url(invoice))


def in_progress(invoice: Invoice, attempt: Attempt, *, expected_on: dt.date | None) -> None:
    """A debit is under way: over how much, nothing to do, and when it is expected."""
    told = {"expected_on": {"day": expected_on.isoformat()} if expected_on else "", "total": _over(attempt)}
    _write(invoice, f"in-progress:{attempt.pk}", "in_progress", **told, url=_invoice_url(invoice))


def failed(invoice: Invoice, attempt: Attempt, *, failure: str, cancelled: bool) -> None:
    """A debit that was under way has failed, by the provider's code: the invoice is to be paid again, unless its order was cancelled."""
    with override(invoice.locale):
        why = str(registry.gateway(attempt.module).sentence(failure)) if failure and not cancelled else ""
    url = _invoice_url(invoice) if cancelled else f"{settings.PUBLIC_URL}/pay/{invoice.pay_token}/"
    _write(invoice, f"failed:{attempt.pk}", "failed", cancelled=cancelled, why=why, total=_over(attempt), url=url)


def _over(attempt: Attempt) -> dict[str, object]:
    """What a debit is over: less than its invoice where credit or other money pays of that."""
    return {"minor": attempt.amount_minor, "currency": attempt.currency}


def changed(invoice: Invoice, *, before: Money, reason: str) -> None:
    """What an open invoice costs was changed: from how much to how much, why, and where it is paid. Once for a revision."""
    old = {"minor": before.minor, "currency": before.currency}
    url = f"{settings.PUBLIC_URL}/pay/{invoice.pay_token}/"
    _write(invoice, f"changed:{invoice.pk}:{invoice.revision}", "changed", before=old, reason=reason, url=url)


def cancelled(invoice: Invoice, *, credit: Money, by_customer: bool) -> None:
    """The order is cancelled: nothing is owed, or a debit is still under way; how much of what was paid is credit now."""
    _write(
        invoice,
        f"cancelled:{invoice.pk}",
        "cancelled",
        by_customer=by_customer,
        in_progress=invoice.state == Invoice.State.IN_PROGRESS,
        credit={"minor": credit.minor, "currency": credit.currency} if credit else "",
        url=_invoice_url(invoice),
    )


def refunded(invoice: Invoice, refund: RefundSeen, entry: Entry | None) -> None:
    """Money of an invoice went back, all or a part of it: how much, that the bank may take days, and whether it is still to be paid.

    `entry`: the refund's row in the ledger; what it took of the customer's credit is told.
    """
    minor = -(entry.credit_entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0) if entry is not None else 0
    told = {
        "credit": {"minor": minor, "currency": refund.amount.currency} if minor else "",
        "amount": {"minor": refund.amount.minor, "currency": refund.amount.currency},
        "unpaid": invoice.state == Invoice.State.OPEN,
    }
    _write(invoice, f"refunded:{refund.id}", "refunded", **told, url=_invoice_url(invoice))


def taken_back(invoice: Invoice, payment: Payment, lost: Money) -> None:
    """The customer's bank has taken a payment back for good before it could pay the invoice: what that means, and what to do.

    Nothing where the invoice is paid, or being paid, by something else: then it changes nothing for them.
    """
    if not lost or invoice.state not in {Invoice.State.OPEN, Invoice.State.VOID}:
        return
    void = invoice.state == Invoice.State.VOID
    url = _invoice_url(invoice) if void else f"{settings.PUBLIC_URL}/pay/{invoice.pay_token}/"
    amount = {"minor": lost.minor, "currency": lost.currency}
    _write(invoice, f"taken-back:{payment.pk}", "taken_back", amount=amount, void=void, url=url)


def credited(row: CreditEntry) -> None:
    """Something was added to a customer's credit: how much, what for, and what there is to do with it."""
    customer = row.credit.customer
    mail.queue(
        fact=f"credited:{row.pk}",
        to=customer.user.email,
        template="credited",
        values={
            "name": customer.name,
            "amount": {"minor": row.amount_minor, "currency": row.credit.currency},
            "number": (row.invoice.number or "") if row.invoice else "",
            "why": row.kind,
            "note": row.note,
            "late": row.kind == CreditEntry.Kind.PAYMENT and row.invoice_id is not None,
            "test": row.credit.mode == "test",
            "url": f"{settings.PUBLIC_URL}/client/credit/",
        },
        locale=customer.locale,
    )


def refund_failed(invoice: Invoice, refund: RefundSeen) -> None:
    """A refund that the customer was told of has come back to us: it is owed again. Nothing for one that they never heard of."""
    if not mail.is_told(f"refunded:{refund.id}"):
        return
    amount = {"minor": refund.amount.minor, "currency": refund.amount.currency}
    _write(invoice, f"refund-failed:{refund.id}", "refund_failed", amount=amount, url=_invoice_url(invoice))


def _invoice_url(invoice: Invoice) -> str:
    return f"{settings.PUBLIC_URL}/client/invoices/{invoice.pk}/"


def _write(invoice: Invoice, fact: str, template: str, **values: object) -> None:
    customer = invoice.customer
    mail.queue(
        fact=fact,
        to=customer.user.email,
        template=template,
        values={
            "name": customer.name,
            "number": invoice.number,
            "total": {"minor": invoice.total_minor, "currency": invoice.currency},
            "lines": list(invoice.lines.values_list("description", flat=True)),
            "test": invoice.mode == "test",
            **values,
        },
        locale=invoice.locale,
    )

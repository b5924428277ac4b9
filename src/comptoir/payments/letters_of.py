"""The mails that tell of one payment: of its invoice and order, of its own way there and back, and of the services that it has paid."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from comptoir.ledger.models import CreditEntry, Entry
from comptoir.mail.models import Mail
from comptoir.payments.models import Payment
from comptoir.payments.queries import entries_of
from comptoir.services.models import Operation

# What a mail's fact begins with; the rest names the noun. `by-hand` goes to the team, all others to the customer.
OF_OPERATIONS = ("delivered", "suspend", "resume", "end")
OF_ATTEMPTS = ("in-progress", "failed")
OF_REFUNDS = ("refunded", "refund-failed")
TO_THE_TEAM = "by-hand"


def letters_of(payment: Payment, operations: Iterable[Operation]) -> models.QuerySet[Mail]:
    """Mails to the customer and to the team; `operations` are those of the services that it has paid."""
    facts = [f"{fact}:{each.pk}" for each in operations for fact in (*OF_OPERATIONS, TO_THE_TEAM)]
    facts += [f"{fact}:{payment.attempt_id}" for fact in OF_ATTEMPTS if payment.attempt_id is not None]
    facts += [f"{fact}:{each}" for each in _refunds(payment) for fact in OF_REFUNDS]
    kept = CreditEntry.objects.filter(entry__in=entries_of(payment), amount_minor__gt=0)
    facts += [f"credited:{pk}" for pk in kept.values_list("pk", flat=True)]
    facts.append(f"taken-back:{payment.pk}")
    found = models.Q(fact__in=facts)
    if payment.invoice_id is not None:
        invoice = payment.invoice_id
        found |= models.Q(fact__in=[f"paid:{invoice}", f"cancelled:{invoice}", *_changes(payment)])
    return Mail.objects.filter(found)


def _changes(payment: Payment) -> list[str]:
    """Once for each revision of the invoice."""
    last = payment.invoice.revision if payment.invoice is not None else 0
    return [f"changed:{payment.invoice_id}:{number}" for number in range(1, last + 1)]


def _refunds(payment: Payment) -> list[str]:
    rows = entries_of(payment).filter(kind=Entry.Kind.REFUND)
    return list(rows.values_list("reference", flat=True))

"""Against card testing: pages begun and tries that failed are counted by customer, network and invoice, and limited with a sentence.

Thieves try stolen cards where it costs them nothing: with many orders, accounts and addresses. The limits are settings (`conf`,
0: none) and far above what people do: a dozen orders in a minute pass. What the team or a job begins is not limited.
"""

from __future__ import annotations

import ipaddress

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.conf import conf
from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit
from comptoir.kernel.errors import SaidError
from comptoir.kernel.records import alert
from comptoir.kernel.words import code, words
from comptoir.payments.actions import tallies
from comptoir.payments.models import PAYABLE, Attempt

NEWCOMERS = "newcomers"
FAILED_NEWCOMERS = f"failed:{NEWCOMERS}"
SLOWED_PAGES = 20  # of all newcomers together in ten minutes, once too many of their tries have failed
SLOWED_TRIES = 3  # on one invoice of a newcomer then
TOO_MANY_PAGES = _(
    "Very many payments were begun from here within the last hour, so we are making a pause. Nothing was charged, and your order is kept; "
    "please try again in an hour, or write to us."
)
TOO_MANY_TRIES = _(
    "Too many payments have failed within the last hour, so we are making a pause. Nothing was charged, and your order is kept; "
    "please ask your bank why, and try again in an hour, or write to us."
)
MANY_ON_ONE = gettext_noop(
    "%(count)s payments of invoice %(invoice)s have failed within an hour: somebody may be trying out stolen cards. "
    "Its page was closed; a new one can be opened in an hour."
)
MANY_NEWCOMERS = gettext_noop(
    "Very many payments of customers who have never paid before have failed within an hour: somebody may be trying out stolen "
    "cards. New customers are slowed down until fewer fail."
)
SLOWED = _(
    "Very many payments are being tried at our counter at the moment. Nothing was charged, and your order is kept; "
    "please try again in ten minutes."
)


def network(address: str) -> str:
    """The network of a visitor's address, as it is counted and kept; '' for this machine itself, which a proxy may stand on."""
    try:
        local = ipaddress.ip_address(address).is_loopback
    except ValueError:
        return ""
    return "" if local else audit.network(address)


def refuse_too_many(invoice: Invoice, *, of: str) -> None:
    """Refuse a new page where too many were begun, or too many tries have failed. `of`: the visitor's network. Raises SaidError."""
    whose, kept = _whose(invoice, of), conf()
    begun = dict(zip(whose, (kept.pages_an_hour_customer, kept.pages_an_hour_network), strict=False))
    failed = dict(zip(whose, (kept.failures_an_hour_customer, kept.failures_an_hour_network), strict=False))
    limits = [(f"failed:{each}", most, TOO_MANY_TRIES) for each, most in failed.items()]
    limits += [(f"begun:{each}", most, TOO_MANY_PAGES) for each, most in begun.items()]
    slowed = _is_slowed(invoice)
    limits.append((_on(invoice), _tries(slowed=slowed), TOO_MANY_TRIES))
    counts = tallies.in_an_hour(*(key for key, _most, _sentence in limits))
    for key, most, sentence in limits:
        if most and counts[key] >= most:
            raise SaidError(sentence, cause=f"{key} has reached {most}")
    if slowed and tallies.just_now(f"begun:{NEWCOMERS}") >= SLOWED_PAGES:
        raise SaidError(SLOWED, cause="too many tries of newcomers fail, and they have begun many pages just now")


def note_begun(attempt: Attempt) -> None:
    """Count a page that was begun, within the caller's `locks.transaction()`."""
    keys = list(_whose(attempt.invoice, attempt.network))
    if _is_slowed(attempt.invoice):  # else nobody asks for it, and all would wait for this one row
        keys.append(NEWCOMERS)
    tallies.count(*(f"begun:{each}" for each in keys))


def note_failed(attempt: Attempt, *, tries: int = 1) -> None:
    """Count tries that failed, as many as a look has found; after too many the invoice's page is closed for a pause.

    Within the caller's `locks.transaction()`.
    """
    invoice = attempt.invoice
    keys = [f"failed:{each}" for each in _whose(invoice, attempt.network)]
    if _is_newcomer(invoice):
        keys.append(FAILED_NEWCOMERS)
    tallies.count(_on(invoice), *keys, times=tries)
    slowed = _is_slowed(invoice)
    if slowed:
        alert("card-testing:newcomers", words(MANY_NEWCOMERS))
    most = _tries(slowed=slowed)
    if most and attempt.state in PAYABLE and tallies.in_an_hour(_on(invoice))[_on(invoice)] >= most:
        enqueue("payments.end", key=f"end:{attempt.pk}", args={"attempt_id": str(attempt.pk)})
        told = words(MANY_ON_ONE, count=most, invoice=code(str(invoice)))
        alert(f"card-testing:{invoice.pk}", told)


def _on(invoice: Invoice) -> str:
    return f"failed:invoice:{invoice.pk}"


def _whose(invoice: Invoice, of: str) -> tuple[str, ...]:
    customer = f"customer:{invoice.customer_id}"
    return (customer, f"network:{of}") if of else (customer,)


def _tries(*, slowed: bool) -> int:
    most = conf().failures_an_hour_invoice
    return min(most, SLOWED_TRIES) if most and slowed else most


def _is_slowed(invoice: Invoice) -> bool:
    """Whether too many tries of newcomers fail, and this one's customer is a newcomer."""
    most = conf().failures_an_hour_newcomers
    return bool(most) and tallies.in_an_hour(FAILED_NEWCOMERS)[FAILED_NEWCOMERS] >= most and _is_newcomer(invoice)


def _is_newcomer(invoice: Invoice) -> bool:
    """Whether its customer has never paid anything."""
    paid = Invoice.objects.filter(customer=invoice.customer_id, state=Invoice.State.PAID, total_minor__gt=0)
    return not paid.exists()

"""A payment page is closed before what is owed changes: nobody pays on a page that asks for too much."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.errors import SaidError
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import CallRefusedError, OutcomeUnknownError
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import UNAVAILABLE, subject_of
from comptoir.payments.models import PAYABLE, Attempt

BEING_OPENED = _(
    "The payment page of this invoice is being opened right now. Nothing was changed; please try again in two minutes."
)
NEVER_ANSWERED = _(
    "The payment service did not answer when the payment page of this invoice was opened, so we do not know yet whether there is one. "
    "Nothing was changed. We find out by ourselves; please try again in a few minutes."
)
NO_ANSWER = _(
    "The payment service does not answer, so its payment page could not be closed. Nothing was changed; please try again in a few minutes."
)
PAID_MEANWHILE = _(
    "A payment of this invoice has just been made. Nothing was changed; you see in a moment how it stands."
)


def close_page(invoice_id: int) -> None:
    """Close the page on which an invoice can be paid, and look at what became of it. Never inside a transaction.

    Raises:
        SaidError: the page is being made, was paid, or the provider does not answer. Then nothing that is owed may be changed.
    """
    attempt = Attempt.objects.filter(invoice_id=invoice_id, state__in=PAYABLE).first()
    if attempt is None:
        return
    if home := elsewhere():
        raise SaidError(UNAVAILABLE, cause=f"this database is at home at {home}")
    subject = subject_of(attempt)
    if subject is None:
        called = attempt.calling_until is not None and attempt.calling_until > timezone.now()
        raise SaidError(BEING_OPENED if called else NEVER_ANSWERED)
    try:
        account = modules.account(module=attempt.module, account=attempt.account, mode=attempt.mode)  # type: ignore[arg-type]
        gateway = registry.gateway(attempt.module)
        if attempt.state != Attempt.State.IN_PROGRESS:
            gateway.end(account, subject)
        read_at = database_now()
        seen = gateway.look(account, subject)
    except (OutcomeUnknownError, CallRefusedError, modules.AccountMissingError, registry.ModuleMissingError) as error:
        raise SaidError(NO_ANSWER, cause=str(error)) from error
    except UnsealError as error:
        raise SaidError(UNAVAILABLE, cause=error.words.english) from error
    observe(seen, read_at=read_at)
    attempt.refresh_from_db()
    if attempt.state != Attempt.State.ENDED:
        raise SaidError(PAID_MEANWHILE)


def database_now() -> dt.datetime:
    """The database's clock, by which reads are put in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now

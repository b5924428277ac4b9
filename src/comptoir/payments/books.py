"""Whose books are read: a row for each account and mode, in use now or once, of a module that has some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.utils.translation import gettext_noop

from comptoir.kernel.errors import StaffError
from comptoir.kernel.words import NOTHING, code, said, words
from comptoir.modules import queries, registry
from comptoir.modules.api import Account, Books, Mode, OutcomeUnknownError, Text
from comptoir.modules.models import ModuleAccount
from comptoir.payments.models import BookReading

log = structlog.get_logger(__name__)


def of(module: str) -> Books:
    """The books of a module. Raises ModuleMissingError: it is not installed, or has none."""
    found = registry.books(module)
    if found is None:
        raise registry.ModuleMissingError(
            words(gettext_noop("no books can be read of a module named %(name)s"), name=code(module))
        )
    return found


def payout_cause(module: str, word: str) -> Text:
    """Why a payout has failed, in words for staff; the provider's word itself where nobody can say."""
    found = registry.books(module)
    return found.payout_cause(word) if found is not None else word


def category_title(module: str, category: str) -> Text:
    """A provider's word for a row of its books as people read it; the word itself where nobody can say."""
    found = registry.books(module)
    return found.category_title(category) if found is not None else category


def readings() -> Iterator[BookReading]:
    """How far each account's books are read; a row is made at the first sight of an account."""
    for name, module in registry.installed().items():
        if module.books is None:
            continue
        accounts = ModuleAccount.objects.filter(module=name).order_by("id").values_list("account", "mode")
        for account, mode in accounts if module.manifest.settings else [("", "live")]:
            row, _fresh = BookReading.objects.get_or_create(module=name, account=account, mode=mode)
            yield row


def account_of(row: BookReading) -> Account:
    """An account with its keys. Raises AccountMissingError."""
    mode: Mode = "live" if row.mode == "live" else "test"
    return queries.account(module=row.module, account=row.account, mode=mode)


@contextmanager
def answering(reading_id: int) -> Iterator[None]:
    """A reading that is repeated anyway: why the provider gave no answer is kept with it, until it answers again."""
    rows = BookReading.objects.filter(pk=reading_id)
    try:
        yield
    except (OutcomeUnknownError, StaffError) as error:
        problem = said(error.cause) if isinstance(error, OutcomeUnknownError) else error.words
        log.warning("books not read", reading=reading_id, cause=problem.english)
        rows.update(problem=problem)
    else:
        rows.exclude(problem=NOTHING).update(problem=NOTHING)

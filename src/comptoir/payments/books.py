"""Whose books are read: a row for each account and mode, in use now or once, of a module that has some."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_noop

from comptoir.kernel.words import code, words
from comptoir.modules import queries, registry
from comptoir.modules.api import Account, Books, Mode
from comptoir.modules.models import ModuleAccount
from comptoir.payments.models import BookReading


def of(module: str) -> Books:
    """The books of a module. Raises ModuleMissingError: it is not installed, or has none."""
    found = registry.books(module)
    if found is None:
        raise registry.ModuleMissingError(
            words(gettext_noop("no books can be read of a module named %(name)s"), name=code(module))
        )
    return found


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

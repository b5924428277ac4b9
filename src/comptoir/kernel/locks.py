"""The one written order in which rows are locked. Two transactions that follow it cannot wait for each other.

with locks.transaction():
    order = locks.take(Order, order_id)
    invoice = locks.take(Invoice, invoice_id)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import models, transaction as django_transaction

# From first to last. Counters come last because everybody who needs a number waits there.
ORDER = (
    "customers.customer",
    "orders.basket",
    "orders.order",
    "invoices.invoice",
    "payments.attempt",
    "payments.payment",
    "payments.refund",
    "payments.dispute",
    "payments.payout",
    "ledger.credit",
    "services.service",
    "services.operation",
    "payments.tally",
    "inbox.wish",
    "mail.mail",
    "kernel.counter",
)
RANK = {label: rank for rank, label in enumerate(ORDER)}

Row = TypeVar("Row", bound=models.Model)


class LockOrderError(Exception):
    """A row was to be locked after one that stands behind it in the written order: a fault of ours."""


_deepest: ContextVar[int | None] = ContextVar("deepest lock of this transaction", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """One database transaction that watches the order of its locks; inside another one it joins it."""
    if _deepest.get() is not None:
        with django_transaction.atomic():
            yield
        return
    mark = _deepest.set(-1)
    try:
        with django_transaction.atomic():
            yield
    finally:
        _deepest.reset(mark)


def note(model: type[models.Model]) -> None:
    """Note that rows of a model are locked now, by a statement of the caller's.

    Raises:
        LockOrderError: a row that stands behind it in the order is locked already, or no `transaction()` is open.
    """
    label = model._meta.label_lower  # noqa: SLF001 - Django's public, if underscored, model options
    deepest = _deepest.get()
    if deepest is None:
        raise LockOrderError(f"{label} is locked outside locks.transaction()")
    if RANK[label] < deepest:
        raise LockOrderError(f"{label} is locked after {ORDER[deepest]}")
    _deepest.set(RANK[label])


def take(model: type[Row], pk: object) -> Row:
    """Lock one row by its key and return it as it stands now. Raises the model's DoesNotExist, LockOrderError."""
    note(model)
    return model._default_manager.select_for_update(of=("self",)).get(pk=pk)  # noqa: SLF001 - see States.move


def take_all(model: type[Row], **having: object) -> list[Row]:
    """Lock all rows that have these values, in the order of their keys. Raises LockOrderError."""
    note(model)
    rows = model._default_manager.select_for_update(of=("self",)).filter(**having)  # noqa: SLF001 - see States.move
    return list(rows.order_by("pk"))

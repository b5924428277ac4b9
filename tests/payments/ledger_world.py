"""A period in the life of an account: payments in several currencies, refunds, disputes, payouts, and what others made."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from tests import builders
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.invoices.models import Invoice
from comptoir.modules import queries as modules
from comptoir.modules.api import Account, Subject
from comptoir.payments import sync
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Payment

DAY = 86400


def account(stripe: Stripe) -> Account:
    """The account with its keys, as the house has it."""
    return modules.account(module="stripe", account=stripe.account, mode="test")


def look() -> None:
    """Answer every wish that is due."""
    while sync.look_once(by="test"):
        pass


def look_at(payment: Payment) -> Payment:
    """Have a payment looked at now; as it stands then."""
    inbox.wish(Subject("stripe", payment.account, "test", "payment", payment.reference))
    look()
    payment.refresh_from_db()
    return payment


def pay(
    stripe: Stripe, who: str, *, minor: int = 9990, currency: str = "EUR", card: str = "4242424242424242"
) -> Payment:
    """A customer's order in a currency, paid, booked by Stripe and seen here."""
    invoice = builders.invoice(builders.customer(who), builders.product(f"VPS {who}"))
    Invoice.objects.filter(pk=invoice.pk).update(currency=currency, net_minor=minor, tax_minor=0, total_minor=minor)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url, number=card)
    stripe.control.advance(3)  # the row of a charge appears a little after it
    visit(ready.attempt)
    look()
    return Payment.objects.get(invoice=invoice)


def refund(stripe: Stripe, payment: Payment, minor: int) -> str:
    """Refund a part at Stripe, as its dashboard does, and see it here; the refund's id."""
    made = stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": str(minor)})
    look_at(payment)
    return str(made["id"])


def by_others(stripe: Stripe, minor: int = 2500) -> str:
    """A payment that somebody else made through the same account; its id."""
    made = stripe.control.post("payments", amount=minor, currency="eur")
    stripe.control.advance(3)
    return str(made["id"])


def period(stripe: Stripe, *, days: int = 60) -> dict[str, dt.datetime]:
    """From long before to a second from now, by the simulator's clock."""
    until = dt.datetime.fromtimestamp(stripe.control.now() + 2, dt.UTC)
    return {"since": until - dt.timedelta(days=days), "until": until}


@contextmanager
def lifted(*tables: str) -> Iterator[None]:
    """The trigger that keeps the ledger insert-only is off: somebody writes into the database by hand."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER comptoir_insert_only")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER comptoir_insert_only")


def sql(statement: str, *values: str | int) -> None:
    """One statement by hand, past every rule of ours, on the ledger."""
    with lifted("ledger_entry", "ledger_settlemententry", "ledger_allocation"), connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def undone(stripe: Stripe) -> Iterator[None]:
    """Whatever is done to the ledger, and to the objects of Stripe's, is as it was before afterwards."""
    mode = stripe.server.world.test
    saved = copy.deepcopy(mode.dump())
    tables = ("ledger_entry", "ledger_settlemententry", "ledger_allocation")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP TABLE IF EXISTS kept_{table}; CREATE TABLE kept_{table} AS SELECT * FROM {table}")
    try:
        yield
    finally:
        mode.load(saved)
        for table in reversed(tables):
            sql(f"DELETE FROM {table}")
        for table in tables:
            sql(f"INSERT INTO {table} SELECT * FROM kept_{table}; DROP TABLE kept_{table}")

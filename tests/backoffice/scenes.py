"""Payments as a look has shown them, without a provider: what the back office's pages are about."""

from __future__ import annotations

import datetime as dt
import itertools

from django.db import connection
from tests import builders

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer
from comptoir.inbox import actions as inbox
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert, installation
from comptoir.kernel.words import words
from comptoir.modules.api import (
    ChargeSeen,
    Envelope,
    Foreign as ForeignSeen,
    ForeignPayment,
    MethodDetails,
    Mode,
    PaymentSeen,
    PaymentStatus,
    Reference,
    Settlement,
    Started,
    Subject,
)
from comptoir.payments.actions import start
from comptoir.payments.actions.foreign import store_foreign
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import ATTEMPT_STATES, Attempt, Dispute, Foreign, FraudWarning, Payment, Refund

ACCOUNT = "acct_lumiere"
_numbers = itertools.count(1)


def gateway(mode: Mode = "test") -> None:
    """A key set, so that the gateway is offered."""
    builders.stripe_account(account=ACCOUNT, secret_key="sk_none", publishable_key="pk_none", mode=mode)


def attempt(invoice: Invoice, *, name: str) -> Attempt:
    """An open payment page of an invoice."""
    row = Attempt.objects.create(
        invoice=invoice,
        module="stripe",
        account=ACCOUNT,
        mode=invoice.mode,
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        created_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(hours=1),
    )
    ATTEMPT_STATES.born(row, who="customer")
    mode: Mode = "live" if row.mode == "live" else "test"
    page = Started(Subject("stripe", ACCOUNT, mode, "session", f"cs_{name}"), url=f"https://pay.example.org/{name}")
    return start.opened(row, page).attempt


def seen(
    row: Attempt, *, name: str, status: PaymentStatus = PaymentStatus.SUCCEEDED, amount_minor: int | None = None
) -> Payment:
    """What a look shows of `pi_<name>`, stored: succeeded with its charge and fee unless told otherwise."""
    amount = Money(row.amount_minor if amount_minor is None else amount_minor, row.currency)
    subject = Subject("stripe", ACCOUNT, "live" if row.mode == "live" else "test", "payment", f"pi_{name}")
    fee = Money(amount.minor * 15 // 1000 + 25, row.currency)
    charges = (ChargeSeen(f"ch_{name}", amount, clock.now(), Settlement(f"txn_{name}", amount, fee, amount - fee)),)
    paid = status is PaymentStatus.SUCCEEDED
    observe(
        PaymentSeen(
            subject=subject,
            installation=installation(),
            attempt=str(row.pk),
            payment_id=f"pi_{name}",
            status=status,
            amount=amount,
            ended=paid,
            shows=frozenset({"succeeded"}) if paid else frozenset(),
            references=(
                Reference("payment", f"pi_{name}"),
                Reference("session", f"cs_{name}"),
                *((Reference("charge", f"ch_{name}"),) if paid else ()),
            ),
            method=MethodDetails("card", "Visa ·· 4242") if paid else None,
            charges=charges if paid else (),
            failure="" if paid else "card_declined",
            created=clock.now(),
        ),
        read_at=_now(),
    )
    return Payment.objects.get(reference=f"pi_{name}")


def _now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: dt.datetime = cursor.fetchone()[0]
    return now


def paid(buyer: Customer, *products: Product, name: str = "", amount_minor: int | None = None) -> Payment:
    """A customer's order, paid: `pi_<name>` with its session, its charge and the notice that told of it."""
    name = name or f"{buyer.first_name}{next(_numbers):04d}"
    total = sum(each.prices.get().amount_minor for each in products) or 9990
    invoice = builders.invoice(buyer, *products, total_minor=total)
    row = attempt(invoice, name=name)
    notice(f"pi_{name}", event=f"evt_{name}")
    return seen(row, name=name, amount_minor=amount_minor)


def notice(subject_id: str, *, event: str, account: str = ACCOUNT) -> None:
    """A stored notice about a payment, not done."""
    subject = Subject("stripe", account, "test", "payment", subject_id)
    envelope = Envelope(event, "payment_intent.succeeded", clock.now(), account, "test", subject, "succeeded")
    inbox.store(envelope, module="stripe", payload=b'{"client_secret": "kept to ourselves"}')


def foreign(name: str, *, minor: int = 4200, at: dt.datetime | None = None, mode: Mode = "test") -> Foreign:
    """A payment of others, as a look has shown it: `pi_<name>`, paid by Mallory with a card."""
    amount = Money(minor, "EUR")
    fee = Money(88, "EUR")
    payment = ForeignPayment(
        id=f"pi_{name}",
        status=PaymentStatus.SUCCEEDED,
        amount=amount,
        created=at or clock.now(),
        method=MethodDetails("card", "Visa ·· 1881"),
        payer="mallory@example.net",
        settlement=Settlement(f"txn_{name}", amount, fee, amount - fee),
    )
    subject = Subject("stripe", ACCOUNT, mode, "payment", f"pi_{name}")
    why = words("made by another system")
    store_foreign(ForeignSeen(subject, why=why, payment=payment), read_at=_now())
    return Foreign.objects.get(reference=f"pi_{name}")


def refund(payment: Payment, minor: int, *, state: str = "pending") -> Refund:
    """A refund of a payment in this state, asked for by Bertha of billing; `waiting` for somebody else."""
    return Refund.objects.create(
        payment=payment,
        module=payment.module,
        account=payment.account,
        mode=payment.mode,
        reference="" if state == "waiting" else f"re_{next(_numbers):04d}",
        state=state,
        amount_minor=minor,
        currency=payment.currency,
        requested_by="staff:bertha@example.org",
        created_at=clock.now(),
    )


def failed_refund(payment: Payment, minor: int) -> Refund:
    """One that has come back from the customer's bank, which staff were told."""
    row = refund(payment, minor, state="failed")
    alert(f"refund-failed:{row.module}:{row.reference}", words("The refund has failed."))
    return row


def dispute(payment: Payment, **values: object) -> Dispute:
    """A dispute of a whole payment, as fraud, to be answered within nine days; told, so that an alert stands."""
    return Dispute.objects.create(
        **{
            "payment": payment,
            "module": payment.module,
            "account": payment.account,
            "mode": payment.mode,
            "reference": f"du_{next(_numbers):012d}",
            "charge": "ch_0001",
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "reason": "fraudulent",
            "answerable": values.get("state", "needs_response") == "needs_response",
            "due_by": clock.now() + dt.timedelta(days=9),
            "created_at": clock.now(),
            **values,
        }
    )


def warning(payment: Payment) -> FraudWarning:
    """The card's bank believes that a payment is fraud."""
    return FraudWarning.objects.create(
        payment=payment,
        module=payment.module,
        account=payment.account,
        mode=payment.mode,
        reference=f"issfr_{next(_numbers):012d}",
        kind="made_with_stolen_card",
        created_at=clock.now(),
    )

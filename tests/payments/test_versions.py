"""Whatever an endpoint sends, the same orders end the same: at 2019-09-09 with all events, thin, or as our button makes it.

Only what Stripe's deliveries set off happens here: nobody comes back from the payment page, and no sweep runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.simulator.receiver import Receiver
from tests.stripe import DECLINED, GOOD, SEPA_DELAYED, Stripe

from comptoir.inbox.models import Notice
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert, StateChange
from comptoir.ledger.models import Allocation, Entry, SettlementEntry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.modules import actions as modules, setup
from comptoir.modules.api import proof_of
from comptoir.payments import sync
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Foreign, Payment
from comptoir.services.models import Service
from comptoir_stripe.gateway import API_VERSION

pytestmark = pytest.mark.django_db(transaction=True)
BOOKED = 3  # seconds after which a charge's fee is there
End = dict[str, Any]


@dataclass
class Counter:
    """Our door, reached by what the endpoint delivers, and by nothing else."""

    stripe: Stripe
    receiver: Receiver
    passed: int = 0
    answers: list[int] = field(default_factory=list)

    def receive(self) -> None:
        """Let the deliveries under way arrive; hand each to the door as it came, then do what follows from it."""
        self.stripe.control.advance(BOOKED)
        for at in range(self.passed, len(self.receiver.bodies)):
            signature = {"Stripe-Signature": self.receiver.headers[at]}
            body = self.receiver.bodies[at]
            answer = Client().post("/stripe/api", body, content_type="application/json", headers=signature)
            self.answers.append(answer.status_code)
        self.passed = len(self.receiver.bodies)
        while sync.look_once(by="test"):
            pass
        run_jobs()

    def order(self, name: str) -> Invoice:
        """Somebody orders the yearly product."""
        return builders.invoice(builders.customer(name), builders.product(f"VPS {name}"))

    def page(self, invoice: Invoice) -> str:
        """Stripe's page for it."""
        return start(invoice_id=invoice.pk, gateway="stripe", who="test").url

    def payment(self, invoice: Invoice) -> Payment:
        """What the deliveries have told of it so far."""
        return Payment.objects.get(invoice=invoice)

    def refund(self, invoice: Invoice, minor: int) -> None:
        """Give a part back in Stripe's dashboard."""
        data = {"payment_intent": self.payment(invoice).reference, "amount": str(minor)}
        self.stripe.api("POST", "/v1/refunds", data=data)
        self.receive()


# ------------------------------------------------------------------ the orders


def by_card(counter: Counter, invoice: Invoice) -> None:
    counter.stripe.pay(counter.page(invoice), number=GOOD)
    counter.receive()


def declined_then_paid(counter: Counter, invoice: Invoice) -> None:
    page = counter.page(invoice)
    counter.stripe.pay(page, number=DECLINED)
    counter.receive()
    assert ending(invoice)["payment"][0] == "failed"
    counter.stripe.pay(page, number=GOOD)
    counter.receive()


def by_debit(counter: Counter, invoice: Invoice) -> None:
    counter.stripe.pay_by_sepa(counter.page(invoice), iban=SEPA_DELAYED)
    counter.receive()
    assert ending(invoice)["payment"][0] == "in_progress"
    assert ending(invoice)["services"] == [("pending", [])]


def debit_settled(counter: Counter, invoice: Invoice) -> None:
    by_debit(counter, invoice)
    counter.stripe.control.move(counter.payment(invoice).reference, "settle")
    counter.receive()


def debit_failed(counter: Counter, invoice: Invoice) -> None:
    by_debit(counter, invoice)
    counter.stripe.control.move(counter.payment(invoice).reference, "fail")
    counter.receive()


def refunded_in_part(counter: Counter, invoice: Invoice) -> None:
    by_card(counter, invoice)
    counter.refund(invoice, 4000)


def refunded_whole(counter: Counter, invoice: Invoice) -> None:
    by_card(counter, invoice)
    counter.refund(invoice, 4000)
    counter.refund(invoice, 5990)


ORDERS: dict[str, Callable[[Counter, Invoice], None]] = {
    "Alice": by_card,
    "Bob": declined_then_paid,
    "Charlie": debit_settled,
    "Dora": debit_failed,
    "Emil": refunded_in_part,
    "Flora": refunded_whole,
}


# ------------------------------------------------------------------ how they end


def ending(invoice: Invoice) -> End:
    """How an order stands, as data without ids and times."""
    invoice.refresh_from_db()
    payment = Payment.objects.get(invoice=invoice)
    entries = Entry.objects.filter(payment=payment.reference)
    booked = SettlementEntry.objects.filter(entry__in=entries)
    moves = StateChange.objects.filter(noun="invoice", object_id=str(invoice.pk)).order_by("id")
    services = Service.objects.filter(customer=invoice.customer).order_by("id")
    return {
        "payment": (payment.state, payment.amount_minor, payment.currency, payment.method, payment.failure),
        "attempts": list(
            Attempt.objects.filter(invoice=invoice).order_by("created_at").values_list("state", flat=True)
        ),
        "invoice": (invoice.state, paid_on(invoice).minor),
        "way": list(moves.values_list("to_state", flat=True)),
        "ledger": sorted(entries.values_list("kind", "amount_minor", "currency")),
        "booked": sorted(booked.values_list("amount_minor", "fee_minor", "net_minor", "currency")),
        "allocated": Allocation.objects.filter(entry__in=entries).aggregate(sum=Sum("amount_minor"))["sum"],
        "services": [(each.state, sorted(each.operations.values_list("state", flat=True))) for each in services],
        "mails": sorted(Mail.objects.filter(to=invoice.customer.user.email).values_list("template", "state")),
    }


PAID_BY_CARD: End = {
    "payment": ("succeeded", 9990, "EUR", "Visa ·· 4242", ""),
    "attempts": ["succeeded"],
    "invoice": ("paid", 9990),
    "way": ["draft", "open", "paid"],
    "ledger": [("payment", 9990, "EUR")],
    "booked": [(9990, 175, 9815, "EUR")],
    "allocated": 9990,
    "services": [("active", ["done"])],
    "mails": [("delivered", "sent"), ("paid", "sent")],
}
ENDS: dict[str, End] = {
    "Alice": PAID_BY_CARD,
    "Bob": PAID_BY_CARD,
    "Charlie": {
        **PAID_BY_CARD,
        "payment": ("succeeded", 9990, "EUR", "SEPA ·· 2606", ""),
        "way": ["draft", "open", "in_progress", "paid"],
        "mails": [("delivered", "sent"), ("in_progress", "sent"), ("paid", "sent")],
    },
    "Dora": {
        "payment": ("failed", 9990, "EUR", "SEPA ·· 2606", "sepa_debit/generic_could_not_process"),
        "attempts": ["ended"],
        "invoice": ("open", 0),
        "way": ["draft", "open", "in_progress", "open"],
        "ledger": [],
        "booked": [],
        "allocated": None,
        "services": [("pending", [])],
        "mails": [("failed", "sent"), ("in_progress", "sent")],
    },
    "Emil": {
        **PAID_BY_CARD,
        "payment": ("partially_refunded", 9990, "EUR", "Visa ·· 4242", ""),
        "invoice": ("partially_refunded", 5990),
        "way": ["draft", "open", "paid", "partially_refunded"],
        "ledger": [("payment", 9990, "EUR"), ("refund", -4000, "EUR")],
        "booked": [(-4000, 0, -4000, "EUR"), (9990, 175, 9815, "EUR")],
        "allocated": 5990,
        "mails": [("delivered", "sent"), ("paid", "sent"), ("refunded", "sent")],
    },
    "Flora": {
        **PAID_BY_CARD,
        "payment": ("refunded", 9990, "EUR", "Visa ·· 4242", ""),
        "invoice": ("refunded", 0),
        "way": ["draft", "open", "paid", "partially_refunded", "refunded"],
        "ledger": [("payment", 9990, "EUR"), ("refund", -5990, "EUR"), ("refund", -4000, "EUR")],
        "booked": [(-5990, 0, -5990, "EUR"), (-4000, 0, -4000, "EUR"), (9990, 175, 9815, "EUR")],
        "allocated": 0,
        "mails": [("delivered", "sent"), ("paid", "sent"), ("refunded", "sent"), ("refunded", "sent")],
    },
}

# ------------------------------------------------------------------ the endpoints


@dataclass(frozen=True)
class Made:
    """An endpoint as a host makes it by hand; without `by_hand` our own button makes it. `form`: what its events look like."""

    form: tuple[str, str | None]
    by_hand: dict[str, Any] = field(default_factory=dict)


SNAPSHOT, THIN = "event", "v2.core.event"
ENDPOINTS = {
    "2019-09-09, all events": Made(
        (SNAPSHOT, "2019-09-09"), {"payload": "snapshot", "api_version": "2019-09-09", "enabled_events": ["*"]}
    ),
    "thin payloads, all events": Made((THIN, None), {"payload": "thin", "enabled_events": ["*"]}),
    "made by the button": Made((SNAPSHOT, API_VERSION)),
}


def endpoint(made: Made, stripe: Stripe, url: str) -> str:
    """Make the only endpoint there is; its secret."""
    if made.by_hand:
        return str(stripe.control.post("endpoints", url=url, **made.by_hand)["secret"])
    account = setup.opened("stripe", "test")
    return setup.setup_of("stripe").make_endpoint(account, address=url, key="once").values["webhook_secret"]


@pytest.mark.parametrize("made", ENDPOINTS.values(), ids=list(ENDPOINTS))
def test_the_same_orders_end_the_same(made: Made, stripe: Stripe) -> None:
    stripe.connect()
    with Receiver() as receiver:
        secret = endpoint(made, stripe, receiver.url)
        modules.store_values(
            module="stripe", account=stripe.account, mode="test", values={"webhook_secret": secret}, who="test"
        )
        counter = Counter(stripe, receiver)
        for name, happens in ORDERS.items():
            invoice = counter.order(name)
            happens(counter, invoice)
            assert ending(invoice) == ENDS[name], name
    assert {(each["object"], each.get("api_version")) for each in receiver.events} == {made.form}
    assert all(("data" in each) == (made.form[0] == SNAPSHOT) for each in receiver.events)
    assert set(counter.answers) == {200}
    assert setup.opened("stripe", "test").proof == proof_of(secret)  # the first event has proven it
    assert not Notice.objects.filter(done_at=None).exists()
    assert not Foreign.objects.exists()
    assert Alert.objects.count() == 3  # each refund is told to staff once

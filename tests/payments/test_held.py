"""From Stripe's event to the queue: whatever does not fit is held, its money in the ledger and on nothing, until a person decides.

Only what Stripe's deliveries set off happens here, but for the decisions.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from django.db.models import F
from tests import builders
from tests.payments.disputing import disputed
from tests.payments.test_versions import Counter, by_card
from tests.simulator.receiver import Receiver
from tests.stripe import Stripe

from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import installation
from comptoir.ledger.models import Allocation, Credit, Entry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.modules import queries as modules
from comptoir.payments.actions import answer, cancel, refund, refund_call, review
from comptoir.payments.models import Attempt, Foreign, Payment
from comptoir.payments.reconcile.compare import reconciled
from comptoir.services.models import Operation

pytestmark = pytest.mark.django_db(transaction=True)
OLIVE = "staff:olive@example.org"
CARD = {
    "payment_method": "pm_card_visa",
    "confirm": "true",
    "automatic_payment_methods[enabled]": "true",
    "automatic_payment_methods[allow_redirects]": "never",
    "receipt_email": "alice@example.org",
}


@pytest.fixture
def counter(stripe: Stripe) -> Iterator[Counter]:
    """Our door, and an endpoint that sends everything to it."""
    with Receiver() as receiver:
        stripe.connect(webhook=receiver.url)
        yield Counter(stripe, receiver)


def ordered(counter: Counter) -> tuple[Invoice, Attempt]:
    """Alice's invoice, with its payment page."""
    invoice = counter.order("Alice")
    counter.page(invoice)
    return invoice, Attempt.objects.get(invoice=invoice)


def arrives(counter: Counter, attempt: object, *, minor: int = 9990, currency: str = "eur") -> Payment:
    """A payment that names an attempt of this counter comes, and Stripe tells of it."""
    names = {"metadata[installation]": installation(), "metadata[attempt]": str(attempt)}
    data = {"amount": str(minor), "currency": currency, **CARD, **names}
    made = counter.stripe.api("POST", "/v1/payment_intents", data=data)
    counter.receive()
    return Payment.objects.get(reference=made["id"])


def assert_held(payment: Payment, why: str) -> None:
    """It waits in the queue with its reason; its money is here and stands on nothing; people are told; nothing is delivered for it."""
    assert (payment.state, payment.held_because.english) == ("held", why)
    (waiting,) = review.held()
    assert (waiting.payment, waiting.rest) == (payment, payment.amount)
    rows = Entry.objects.filter(payment=payment.reference)
    assert [(row.amount, row.allocations.exists(), row.credit_entries.exists()) for row in rows] == [
        (payment.amount, False, False)
    ]
    assert why in Alert.objects.get(key=f"held:{payment.pk}", closed_at=None).text.english
    assert not Foreign.objects.exists()


def agrees(counter: Counter) -> None:
    """Every row of Stripe's books of this account is in the ledger, to the cent."""
    account = modules.account(module="stripe", account=counter.stripe.account, mode="test")
    now, day = clock.now(), dt.timedelta(days=1)
    found = reconciled(module="stripe", account=account, since=now - day, until=now + day)
    assert found.lines == ()


@pytest.mark.parametrize("minor", [5000, 12000])
def test_another_amount(counter: Counter, minor: int) -> None:
    invoice, attempt = ordered(counter)
    payment = arrives(counter, attempt.pk, minor=minor)
    assert_held(payment, f"the amount differs: €{minor / 100:.2f} instead of €99.90")
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor, Operation.objects.exists()) == ("open", 0, False)
    agrees(counter)


def test_another_currency(counter: Counter) -> None:
    invoice, attempt = ordered(counter)
    payment = arrives(counter, attempt.pk, currency="usd")
    assert_held(payment, payment.held_because.english)
    assert "99.90 instead of €99.90" in payment.held_because.english
    (waiting,) = review.held()
    assert waiting.refused == review.OTHER_CURRENCY
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice)) == ("open", Money(0, "EUR"))
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE)
    assert Credit.objects.get().balance == Money(9990, "USD")


def test_another_account(counter: Counter) -> None:
    """The host has switched to another account; the page of the former one says nothing of the attempt here."""
    invoice, attempt = ordered(counter)
    Attempt.objects.filter(pk=attempt.pk).update(account="acct_former")
    payment = arrives(counter, attempt.pk)
    assert_held(payment, f"the account or the mode differs: it is {counter.stripe.account}, test")
    attempt.refresh_from_db()
    assert attempt.state == "open"
    invoice.refresh_from_db()
    assert (invoice.state, Operation.objects.exists()) == ("open", False)


def test_another_mode(counter: Counter, stripe: Stripe) -> None:
    """failures.md: test events complete live invoices."""
    invoice, attempt = ordered(counter)
    Attempt.objects.filter(pk=attempt.pk).update(mode="live")
    Invoice.objects.filter(pk=invoice.pk).update(mode="live")
    payment = arrives(counter, attempt.pk)
    assert_held(payment, f"the account or the mode differs: it is {stripe.account}, test")
    (waiting,) = review.held()
    assert waiting.refused == review.OTHER_MODE
    assert not Operation.objects.exists()


def test_a_second_real_payment(counter: Counter) -> None:
    """failures.md: two browser tabs, two payable intents, both paid."""
    invoice = counter.order("Alice")
    by_card(counter, invoice)
    second = arrives(counter, Attempt.objects.get().pk)
    assert_held(second, f"invoice {invoice.number} is no longer open: paid")
    assert (paid_on(invoice).minor, Operation.objects.count()) == (9990, 1)
    agrees(counter)
    given_back(counter, second, 9990)
    assert (second.state, paid_on(invoice).minor) == ("refunded", 9990)
    assert Invoice.objects.get().state == "paid"  # failures.md: refunding the duplicate kills the good order
    assert Mail.objects.filter(fact__startswith="refunded:").count() == 1
    assert list(review.held()) == []
    agrees(counter)


def test_a_void_invoice(counter: Counter) -> None:
    invoice, attempt = ordered(counter)
    assert invoice.order_id is not None
    cancel.cancel(order_id=invoice.order_id, why="", who=OLIVE)
    payment = arrives(counter, attempt.pk)
    assert_held(payment, f"invoice {invoice.number} is no longer open: void")
    invoice.refresh_from_db()
    assert (invoice.state, Operation.objects.exists()) == ("void", False)


def test_an_older_page_of_an_invoice_that_has_changed(counter: Counter) -> None:
    """failures.md: a cheap, older session pays a basket that has grown."""
    invoice = counter.order("Alice")
    page = counter.page(invoice)
    Invoice.objects.filter(pk=invoice.pk).update(
        revision=F("revision") + 1, total_minor=12000, net_minor=F("net_minor") + 2010
    )
    counter.stripe.pay(page)
    counter.receive()
    payment = Payment.objects.get()
    assert payment.state == "held"
    assert "was begun before invoice" in payment.held_because.english
    assert not Operation.objects.exists()
    (waiting,) = review.held()
    assert (waiting.paying, waiting.over) == (Money(9990, "EUR"), Money(0, "EUR"))
    review.accept(payment_id=payment.pk, who=OLIVE)
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor) == ("open", 9990)  # paid in part: the rest is still owed


def test_an_order_of_which_a_part_was_paid_and_went_back_can_be_cancelled(counter: Counter) -> None:
    invoice, attempt = ordered(counter)
    assert invoice.order_id is not None
    payment = arrives(counter, attempt.pk, minor=4000)
    review.accept(payment_id=payment.pk, who=OLIVE)
    with pytest.raises(SaidError) as refused:
        cancel.cancel(order_id=invoice.order_id, why="no", who=OLIVE)
    assert refused.value.sentence == cancel.PARTLY_PAID
    given_back(counter, payment, 4000)
    cancel.cancel(order_id=invoice.order_id, why="no", who=OLIVE)
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice).minor) == ("void", 0)
    agrees(counter)


# ------------------------------------------------------------------ of an attempt that a restored backup has forgotten


def lost(counter: Counter) -> Payment:
    """A payment of this counter whose attempt is not in the database."""
    builders.shop()
    return arrives(counter, uuid.uuid4())


def given_back(counter: Counter, payment: Payment, minor: int) -> str:
    """The team gives it back, the worker calls, and Stripe tells of it."""
    row = refund.request(
        refund_id=uuid.uuid4(),
        payment_id=payment.pk,
        amount=Money(minor, payment.currency),
        reason="duplicate",
        note="",
        policy="keep",
        who=OLIVE,
    )
    refund_call.carry_out(row.pk)
    counter.receive()
    payment.refresh_from_db()
    row.refresh_from_db()
    assert row.state == "succeeded"
    return row.reference


def test_an_unknown_attempt_is_held_with_its_money(counter: Counter) -> None:
    payment = lost(counter)
    assert (payment.attempt, payment.invoice) == (None, None)
    assert_held(payment, payment.held_because.english)
    assert "which is not in its database; was a backup restored? Paid by: " in payment.held_because.english
    assert payment.references.filter(kind="charge").exists()
    agrees(counter)


def test_what_was_decided_of_it_stays_so_at_every_later_event(counter: Counter) -> None:
    payment = lost(counter)
    alice = builders.customer("Alice")
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=alice)
    counter.stripe.api("POST", f"/v1/payment_intents/{payment.reference}", data={"description": "seen again"})
    counter.stripe.control.advance(60)
    counter.receive()
    payment.refresh_from_db()
    assert (payment.state, Credit.objects.get(customer=alice).balance_minor) == ("succeeded", 9990)
    assert not Alert.objects.filter(key__startswith="held:", closed_at=None).exists()
    agrees(counter)


def test_it_is_given_back_and_held_again_should_that_fail(counter: Counter) -> None:
    payment = lost(counter)
    name = given_back(counter, payment, 9990)
    assert payment.state == "refunded"
    counter.stripe.control.move(name, "refund_fail")
    counter.receive()
    payment.refresh_from_db()
    assert payment.state == "held"
    assert sorted(Entry.objects.values_list("kind", "amount_minor")) == [
        ("payment", 9990),
        ("refund", -9990),
        ("refund_failure", 9990),
    ]
    assert not Allocation.objects.exists()
    agrees(counter)


def test_a_refund_takes_the_credit_that_it_has_become(counter: Counter) -> None:
    payment = lost(counter)
    review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=builders.customer("Alice"))
    given_back(counter, payment, 4000)
    assert (payment.state, Credit.objects.get().balance_minor) == ("partially_refunded", 5990)
    agrees(counter)


def test_a_dispute_of_it_is_answered_like_any_other(counter: Counter) -> None:
    row = disputed(counter.stripe, lost(counter))
    answer.keep(dispute_id=row.pk, texts={"product": "a server"})
    answer.stage(dispute_id=row.pk, who=OLIVE)
    answer.send(dispute_id=row.pk, who=OLIVE)
    row.refresh_from_db()
    assert (row.state, row.sent_at is not None, row.calling_until) == ("under_review", True, None)


def test_one_that_is_known_here_keeps_its_attempt_whatever_the_metadata_say_later(counter: Counter) -> None:
    invoice = counter.order("Alice")
    by_card(counter, invoice)
    payment = counter.payment(invoice)
    counter.stripe.api(
        "POST", f"/v1/payment_intents/{payment.reference}", data={"metadata[attempt]": str(uuid.uuid4())}
    )
    counter.refund(invoice, 1000)
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state) == ("partially_refunded", "partially_refunded")
    assert payment.attempt is not None

"""Money from other sources: transfers, cash, gifts and credit pay invoices by the ledger, wholly or in part, and nothing of it is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.ledger import credit
from comptoir.ledger.models import Credit, CreditEntry, Entry, Source
from comptoir.ledger.queries import owed_on, paid_on
from comptoir.mail.models import Mail
from comptoir.modules.models import ModuleAccount
from comptoir.payments import sync
from comptoir.payments.actions import record, spend
from comptoir.payments.actions.closing import BEING_OPENED, NEVER_ANSWERED, NO_ANSWER, PAID_MEANWHILE
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)  # of a bank's statement


@pytest.fixture
def alice(stripe: Stripe) -> Customer:
    """A customer of a shop that is paid through the simulator."""
    stripe.connect()
    return builders.customer("Alice")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def given(alice: Customer, minor: int) -> None:
    spend.give_credit(
        customer=alice, mode="test", amount=eur(minor), note="sorry", key=uuid.uuid4(), who="staff:boris@example.org"
    )


def transfer(
    invoice: Invoice,
    minor: int,
    *,
    reference: str = "VIR 1",
    source: Source = Source.TRANSFER,
    agreed: Money | None = None,
) -> record.Recorded:
    return record.record_payment(
        invoice_id=invoice.pk,
        source=source,
        amount=eur(minor),
        reference=reference,
        occurred_at=DAY,
        who="staff:boris@example.org",
        agreed=agreed,
    )


def look() -> None:
    while sync.look_once(by="test"):
        pass


def in_hand() -> int:
    """The balance, which is the sum of its rows."""
    held = Credit.objects.get()
    assert credit.agrees(held)
    return held.balance_minor


@pytest.mark.parametrize("source", [Source.TRANSFER, Source.CASH, Source.GIFT])
def test_a_recorded_payment_settles_and_delivers_once(alice: Customer, source: Source) -> None:
    invoice = builders.invoice(alice)
    transfer(invoice, 9990, source=source)
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice), Service.objects.get().state) == ("paid", eur(9990), "active")
    assert Mail.objects.filter(fact=f"paid:{invoice.pk}").count() == 1
    told = AuditEntry.objects.get(verb="payment.recorded")
    assert (told.who, told.after["reference"]) == ("staff:boris@example.org", "VIR 1")


def test_the_same_reference_is_recorded_once(alice: Customer) -> None:
    first, second = builders.invoice(alice), builders.invoice(alice, builders.product("Autre"))
    told = transfer(first, 12000)
    assert transfer(first, 12000) == dataclasses.replace(told, again=True)  # a second click
    for invoice, minor in ((first, 11999), (second, 12000)):
        with pytest.raises(SaidError) as refused:
            transfer(invoice, minor)
        assert refused.value.sentence is record.KNOWN
    assert (Entry.objects.count(), in_hand(), owed_on(second)) == (1, 2010, eur(9990))
    assert not Alert.objects.exists()
    assert AuditEntry.objects.filter(verb="payment.recorded").count() == 1


def test_a_split_that_is_not_the_one_that_was_shown_records_nothing(alice: Customer) -> None:
    """The invoice was paid, or void, between the page and its button."""
    invoice = builders.invoice(alice)
    transfer(invoice, 4000)
    with pytest.raises(SaidError) as refused:
        transfer(invoice, 9990, reference="VIR 2", agreed=eur(9990))
    assert refused.value.sentence is record.OTHERWISE_NOW
    assert (Entry.objects.count(), Credit.objects.count(), owed_on(invoice)) == (1, 0, eur(5990))
    told = transfer(invoice, 9990, reference="VIR 2", agreed=eur(5990))
    assert (told.paid, told.credit, in_hand()) == (eur(5990), eur(4000), 4000)


def test_what_is_paid_too_much_becomes_credit_and_is_told(alice: Customer) -> None:
    invoice = builders.invoice(alice)
    transfer(invoice, 12000)
    assert (paid_on(invoice), in_hand()) == (eur(9990), 2010)
    transfer(invoice, 500, reference="VIR 2")  # on an invoice that is paid: all of it
    assert (paid_on(invoice), in_hand()) == (eur(9990), 2510)
    assert Mail.objects.filter(template="credited").count() == 2
    assert set(CreditEntry.objects.values_list("kind", flat=True)) == {"overpayment"}


@pytest.mark.parametrize("minor", [0, -100])
def test_nothing_and_less_is_refused(alice: Customer, minor: int) -> None:
    invoice = builders.invoice(alice)
    with pytest.raises(SaidError):
        transfer(invoice, minor)
    with pytest.raises(SaidError):
        given(alice, minor)
    assert (Entry.objects.exists(), CreditEntry.objects.exists()) == (False, False)


def test_credit_pays_wholly_without_the_gateway(alice: Customer, stripe: Stripe) -> None:
    given(alice, 12000)
    invoice = builders.invoice(alice)
    assert spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True) == eur(9990)
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, in_hand(), Service.objects.get().state) == ("paid", 2010, "active")
    assert stripe.calls("POST", "/v1/checkout/sessions") == []
    assert "aucun argent ne vous a été prélevé" in Mail.objects.get(template="paid").body
    with pytest.raises(SaidError):
        spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    assert in_hand() == 2010


def test_credit_pays_a_part_and_the_gateway_the_rest(alice: Customer, stripe: Stripe) -> None:
    given(alice, 4000)
    invoice = builders.invoice(alice)
    earlier = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert earlier.attempt.amount == eur(9990)
    assert spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True) == eur(4000)
    assert (Attempt.objects.get().state, owed_on(invoice), in_hand()) == ("ended", eur(5990), 0)
    session = stripe.api("GET", f"/v1/checkout/sessions/{Attempt.objects.get().reference}")
    assert session["status"] == "expired"
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert ready.attempt.amount == eur(5990)
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice), Payment.objects.get().amount) == ("paid", eur(9990), eur(5990))
    assert "Sur cette somme, 40,00\u00a0€" in Mail.objects.get(template="paid").body
    assert Operation.objects.count() == 1


def test_an_older_session_that_was_paid_meanwhile_refuses_the_use(alice: Customer, stripe: Stripe) -> None:
    """failures.md: a cheap, older session pays a basket that has grown."""
    given(alice, 4000)
    invoice = builders.invoice(alice)
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    with pytest.raises(SaidError) as refused:
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    assert refused.value.sentence is PAID_MEANWHILE
    invoice.refresh_from_db()
    assert (invoice.state, in_hand()) == ("paid", 4000)  # the look that refused it has seen the payment


def test_no_answer_changes_nothing(alice: Customer, stripe: Stripe) -> None:
    given(alice, 4000)
    invoice = builders.invoice(alice)
    start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.fault("status:500", method="POST", path="/v1/checkout/sessions/*", times=10)
    with pytest.raises(SaidError) as refused:
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    assert refused.value.sentence is NO_ANSWER
    assert (in_hand(), owed_on(invoice), Attempt.objects.get().state) == (4000, eur(9990), "open")


def test_an_opening_without_an_answer_is_not_said_to_be_under_way(alice: Customer, stripe: Stripe) -> None:
    given(alice, 4000)
    invoice = builders.invoice(alice)
    stripe.fault("status:500", method="POST", path="/v1/checkout/sessions", times=10)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    with pytest.raises(SaidError) as refused:
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    assert refused.value.sentence is NEVER_ANSWERED
    Attempt.objects.update(calling_until=timezone.now() + dt.timedelta(minutes=1))  # somebody presses again
    with pytest.raises(SaidError) as refused:
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    assert refused.value.sentence is BEING_OPENED
    assert (in_hand(), owed_on(invoice)) == (4000, eur(9990))


def test_a_rest_too_small_for_the_gateway_is_refused_to_customers(alice: Customer) -> None:
    ModuleAccount.objects.update(allowed_methods=["card"])
    given(alice, 9989)
    invoice = builders.invoice(alice)
    with pytest.raises(SaidError, match=r"write to us|écrivez-nous"):
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", by_customer=True)
    assert (in_hand(), owed_on(invoice)) == (9989, eur(9990))
    spend.use_credit(invoice_id=invoice.pk, who="staff:boris@example.org")
    assert (in_hand(), owed_on(invoice)) == (0, eur(1))


def test_a_page_that_cannot_be_closed_overpays_into_credit(alice: Customer, stripe: Stripe) -> None:
    """The transfer has arrived, whatever Stripe answers: what is paid on its page too becomes credit."""
    invoice = builders.invoice(alice)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.fault("status:500", method="POST", path="/v1/checkout/sessions/*", times=10)
    transfer(invoice, 4000)
    stripe.control.delete("faults")
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)  # before the job that closes it has run
    run_jobs()
    look()
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice), in_hand()) == ("paid", eur(9990), 4000)


def test_a_page_over_the_earlier_amount_is_closed_before_a_transfer_is_recorded(alice: Customer) -> None:
    invoice = builders.invoice(alice)
    start(invoice_id=invoice.pk, gateway="stripe", who="test")
    transfer(invoice, 4000)
    assert Attempt.objects.get().state == "ended"
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").attempt.amount == eur(5990)


def test_credit_of_one_currency_and_mode_pays_no_other(alice: Customer) -> None:
    for mode, currency in (("live", "EUR"), ("test", "USD")):
        amount = Money(9990, currency)
        spend.give_credit(customer=alice, mode=mode, amount=amount, note="", key=uuid.uuid4(), who="test")
    invoice = builders.invoice(alice)
    with pytest.raises(SaidError) as refused:
        spend.use_credit(invoice_id=invoice.pk, who="test")
    assert refused.value.sentence is credit.NONE_LEFT
    assert owed_on(invoice) == eur(9990)


def test_the_same_form_gives_credit_once(alice: Customer) -> None:
    key = uuid.uuid4()
    for _twice in range(2):
        spend.give_credit(customer=alice, mode="test", amount=eur(500), note="", key=key, who="test")
    assert (in_hand(), AuditEntry.objects.filter(verb="credit.given").count()) == (500, 1)


def test_a_second_click_uses_nothing_more(alice: Customer, stripe: Stripe) -> None:
    given(alice, 4000)
    invoice = builders.invoice(alice)
    for used in (4000, 0):
        said = spend.use_credit(invoice_id=invoice.pk, who="customer:1", agreed=eur(4000), used_before=eur(0))
        assert said == eur(used)
        given(alice, 100)
    assert (in_hand(), owed_on(invoice)) == (200, eur(5990))
    with pytest.raises(SaidError, match=r"2[.,]00"):  # not what the page has shown
        spend.use_credit(invoice_id=invoice.pk, who="customer:1", agreed=eur(100), used_before=eur(4000))
    assert (in_hand(), stripe.calls("POST", "/v1/checkout/sessions")) == (200, [])


def test_credit_is_given_back_while_the_invoice_is_open_and_leaves_no_trace_once_it_is_paid(
    alice: Customer, stripe: Stripe
) -> None:
    given(alice, 4000)
    invoice = builders.invoice(alice)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    start(invoice_id=invoice.pk, gateway="stripe", who="test")
    for back in (1500, 0):  # a second click gives nothing more back
        said = spend.take_back_off(
            invoice_id=invoice.pk, amount=eur(1500), used_before=eur(4000), policy="keep", who="staff:boris"
        )
        assert said == eur(back)
    assert (in_hand(), owed_on(invoice), Attempt.objects.get().state) == (1500, eur(7490), "ended")
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    invoice.refresh_from_db()
    assert (ready.attempt.amount, invoice.state, paid_on(invoice)) == (eur(7490), "paid", eur(9990))
    assert Mail.objects.filter(template="credited", fact__contains="credited:").count() == 2


@pytest.mark.parametrize(
    ("minor", "policy", "state", "service"),
    [(4000, "keep", "partially_refunded", "active"), (9990, "end", "refunded", "ended")],
)
def test_credit_that_had_paid_an_invoice_goes_back_with_a_policy(
    alice: Customer, minor: int, policy: str, state: str, service: str
) -> None:
    given(alice, 9990)
    invoice = builders.invoice(alice)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    run_jobs()
    spend.take_back_off(
        invoice_id=invoice.pk, amount=eur(minor), used_before=eur(9990), policy=policy, who="staff:boris@example.org"
    )
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, in_hand(), Service.objects.get().state) == (state, minor, service)
    assert AuditEntry.objects.get(verb="credit.returned").after["policy"] == policy
    back = Mail.objects.filter(template="credited").latest("pk")
    assert "à vous" in back.body


def test_no_more_goes_back_than_stands(alice: Customer) -> None:
    given(alice, 9990)
    invoice = builders.invoice(alice)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    for amount in (eur(0), eur(-1), eur(9991), eur(10**17), Money(1, "USD")):
        with pytest.raises(SaidError):
            spend.take_back_off(invoice_id=invoice.pk, amount=amount, used_before=eur(9990), policy="end", who="test")
    invoice.refresh_from_db()
    assert (in_hand(), invoice.state, CreditEntry.objects.count()) == (0, "paid", 2)


def debited(invoice: Invoice, stripe: Stripe) -> Attempt:
    """A debit pays an invoice, and has days to go."""
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay_by_sepa(ready.url)
    visit(ready.attempt)
    look()
    invoice.refresh_from_db()
    return ready.attempt


def test_a_debit_in_progress_and_a_transfer_both_arrive(alice: Customer, stripe: Stripe) -> None:
    """The transfer pays the invoice, the debit that succeeds days later is held: a person decides."""
    invoice = builders.invoice(alice)
    attempt = debited(invoice, stripe)
    assert invoice.state == "in_progress"
    transfer(invoice, 9990)
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, Service.objects.get().state) == ("paid", "active")
    stripe.control.post(f"objects/{attempt.reference}", do="settle")
    visit(Attempt.objects.get())
    look()
    assert (Payment.objects.get().state, paid_on(invoice), Operation.objects.count()) == ("held", eur(9990), 1)


def test_a_debit_in_progress_pays_what_a_smaller_transfer_has_left(alice: Customer, stripe: Stripe) -> None:
    """As the page of recording says: the rest of the debit is credit, and nothing is held."""
    invoice = builders.invoice(alice)
    attempt = debited(invoice, stripe)
    transfer(invoice, 3000)
    run_jobs()
    stripe.control.post(f"objects/{attempt.reference}", do="settle")
    visit(Attempt.objects.get())
    look()
    invoice.refresh_from_db()
    assert (Payment.objects.get().state, invoice.state) == ("succeeded", "paid")
    assert (paid_on(invoice), in_hand()) == (eur(9990), 3000)


def test_a_page_that_was_just_paid_refuses_the_transfer_until_it_is_looked_at_again(
    alice: Customer, stripe: Stripe
) -> None:
    invoice = builders.invoice(alice)
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    with pytest.raises(SaidError) as refused:
        transfer(invoice, 9990)
    assert refused.value.sentence is PAID_MEANWHILE
    assert transfer(invoice, 9990).credit == eur(9990)  # looked at again: the page has paid it
    assert in_hand() == 9990

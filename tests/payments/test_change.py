"""Open invoices that are changed: the page over the earlier amount is closed first, and what is paid on it all the same is held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import builders
from tests.jobs import run_jobs
from tests.payments.steps import debit, look_again
from tests.payments.test_credit import eur, given
from tests.stripe import Stripe

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice, InvoiceLine
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import AuditEntry, StateChange
from comptoir.kernel.money import Money
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.payments.actions import change as changes, review, spend
from comptoir.payments.actions.change import Change, change
from comptoir.payments.actions.closing import NO_ANSWER, PAID_MEANWHILE
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
BORIS = "staff:boris@example.org"


@pytest.fixture
def alice(stripe: Stripe) -> Customer:
    """A customer of a shop that is paid through the simulator."""
    stripe.connect()
    return builders.customer("Alice")


@pytest.fixture
def invoice(alice: Customer) -> Invoice:
    """99.90, of which 16.65 is tax."""
    return builders.invoice(alice)


def price(invoice: Invoice, minor: int) -> Change:
    return Change(invoice.lines.earliest("pk").pk, "price", eur(minor), "as agreed by telephone")


def discount(invoice: Invoice, minor: int) -> Change:
    return replace(price(invoice, minor), deed="discount")


def done(invoice: Invoice, wanted: Change) -> Money:
    invoice.refresh_from_db()
    return change(invoice_id=invoice.pk, wanted=wanted, revision=invoice.revision, who=BORIS)


def refused(invoice: Invoice, wanted: Change, sentence: object = None) -> None:
    before = list(InvoiceLine.objects.values())
    with pytest.raises(SaidError) as told:
        done(invoice, wanted)
    assert sentence is None or told.value.sentence is sentence
    assert list(InvoiceLine.objects.values()) == before


def figures(invoice: Invoice) -> tuple[int, int, int]:
    invoice.refresh_from_db()
    return invoice.net_minor, invoice.tax_minor, invoice.total_minor


def test_a_line_costs_something_else_with_its_tax(invoice: Invoice) -> None:
    assert done(invoice, price(invoice, 6000)) == eur(6000)
    assert (figures(invoice), invoice.revision) == ((5000, 1000, 6000), 1)
    line = invoice.lines.get()
    assert (line.net_minor, line.tax_minor, line.gross_minor) == (5000, 1000, 6000)


def test_a_discount_is_a_line_of_its_own_at_the_same_rate(invoice: Invoice) -> None:
    done(invoice, discount(invoice, 1200))
    added = invoice.lines.latest("pk")
    assert (added.description, added.net_minor, added.gross_minor) == (
        "Remise\u00a0: VPS Lanterne (annuel)",
        -1000,
        -1200,
    )
    assert (added.tax_basis_points, figures(invoice)) == (2000, (7325, 1465, 8790))


def test_prices_without_tax_are_typed_without_it(alice: Customer) -> None:
    from comptoir.catalogue.models import Shop

    builders.shop(prices_include_tax=False)
    invoice = builders.invoice(alice, builders.product(prices={"annually": 9990}), total_minor=9990)
    Shop.objects.update(prices_include_tax=False)
    done(invoice, price(invoice, 5000))
    assert figures(invoice) == (5000, 1000, 6000)


def test_a_discount_can_be_corrected_and_is_never_more_than_its_line(invoice: Invoice) -> None:
    done(invoice, discount(invoice, 1200))
    added = invoice.lines.latest("pk")
    done(invoice, replace(price(invoice, 600), line_id=added.pk))
    assert (figures(invoice)[2], invoice.lines.count()) == (9390, 2)
    refused(invoice, discount(invoice, 9391), changes.BELOW_ZERO)
    refused(invoice, price(invoice, 599), changes.BELOW_ZERO)
    refused(invoice, replace(price(invoice, 600), line_id=added.pk), changes.SAME)
    assert figures(invoice)[2] == 9390


def test_who_what_and_why_stand_in_history_audit_and_mail(invoice: Invoice) -> None:
    done(invoice, price(invoice, 6000))
    row = StateChange.objects.filter(noun="invoice").latest("id")
    assert (row.from_state, row.to_state, row.who) == ("open", "open", BORIS)
    assert "as agreed by telephone" in row.why.english
    entry = AuditEntry.objects.get(verb="invoice.changed")
    assert (entry.before["total"], entry.after["total"]) != (entry.after["total"], entry.before["total"])
    assert entry.after["reason"] == "as agreed by telephone"
    run_jobs()
    mail = Mail.objects.get(template="changed")
    for words in ("60,00", "99,90", "as agreed by telephone", f"/pay/{invoice.pay_token}/"):
        assert words in mail.subject + mail.body


def test_the_page_over_the_earlier_amount_is_closed_and_the_next_one_is_over_the_new(
    invoice: Invoice, stripe: Stripe
) -> None:
    """failures.md: a cheap, older session pays a basket that has grown."""
    older = start(invoice_id=invoice.pk, gateway="stripe", who="test").attempt
    done(invoice, price(invoice, 12000))
    assert stripe.api("GET", f"/v1/checkout/sessions/{older.reference}")["status"] == "expired"
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert (ready.attempt.amount, ready.attempt.revision) == (eur(12000), 1)
    stripe.pay(ready.url)
    look_again()
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice), Service.objects.get().state) == ("paid", eur(12000), "active")


def test_a_page_that_was_paid_meanwhile_refuses_the_change(invoice: Invoice, stripe: Stripe) -> None:
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    refused(invoice, price(invoice, 12000), PAID_MEANWHILE)
    assert (figures(invoice)[2], invoice.state, invoice.revision) == (9990, "paid", 0)


@pytest.mark.parametrize("minor", [12000, 5000])
def test_an_older_session_that_is_paid_all_the_same_is_held(invoice: Invoice, stripe: Stripe, minor: int) -> None:
    """The provider says that it is closed, and the money comes: nothing is lost, nothing marked paid."""
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    Attempt.objects.update(state="ended")  # as if the provider had closed it
    done(invoice, price(invoice, minor))
    look_again()
    payment = Payment.objects.get()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state, paid_on(invoice)) == ("held", "open", eur(0))
    assert "before invoice" in payment.held_because.english
    assert not Operation.objects.exists()
    refused(invoice, price(invoice, 4000), changes.HELD)
    review.accept(payment_id=payment.pk, who=BORIS)  # a person decides, and a later look does not undo it
    look_again()
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice)) == (("open", eur(9990)) if minor > 9990 else ("paid", eur(minor)))


def test_no_answer_changes_nothing(invoice: Invoice, stripe: Stripe) -> None:
    start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.fault("status:500", method="POST", path="/v1/checkout/sessions/*", times=10)
    refused(invoice, price(invoice, 12000), NO_ANSWER)
    assert Attempt.objects.get().state == "open"


@pytest.mark.parametrize("state", ["in_progress", "paid", "void"])
def test_only_an_invoice_that_is_to_be_paid_is_changed(invoice: Invoice, stripe: Stripe, state: str) -> None:
    if state == "in_progress":
        debit(stripe, invoice)
    else:
        Invoice.objects.update(state=state)
    refused(invoice, price(invoice, 12000), changes.NOT_OPEN)
    assert figures(invoice)[2] == 9990


def test_of_two_people_the_second_is_told_to_look_again(invoice: Invoice) -> None:
    change(invoice_id=invoice.pk, wanted=discount(invoice, 1000), revision=0, who=BORIS)
    with pytest.raises(SaidError) as told:
        change(invoice_id=invoice.pk, wanted=discount(invoice, 1000), revision=0, who="staff:olive@example.org")
    assert told.value.sentence is changes.OTHERWISE_NOW
    assert figures(invoice)[2] == 8990


def test_it_cannot_cost_less_than_is_paid_on_it(alice: Customer, invoice: Invoice) -> None:
    given(alice, 4000)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    refused(invoice, price(invoice, 3999))
    done(invoice, price(invoice, 4000))  # as much as that: it is paid now
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, Service.objects.get().state) == ("paid", "active")


def test_what_costs_nothing_any_more_is_delivered(invoice: Invoice) -> None:
    done(invoice, discount(invoice, 9990))
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, invoice.total_minor, Service.objects.get().state) == ("paid", 0, "active")

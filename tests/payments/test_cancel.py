"""Orders that are cancelled: nothing is owed or delivered, and money that comes all the same is delivered, credit, or held; never lost."""

from __future__ import annotations

import pytest
from tests import builders
from tests.jobs import run_jobs
from tests.payments.ledger_world import refund
from tests.payments.steps import a_week_later, debit, look_again
from tests.payments.test_credit import eur, given, transfer
from tests.stripe import Stripe

from comptoir.backoffice.related import around_invoice
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import AuditEntry, StateChange
from comptoir.ledger.models import Credit
from comptoir.ledger.queries import owed_on, paid_on
from comptoir.mail.models import Mail
from comptoir.orders.models import Order
from comptoir.payments.actions import review, spend
from comptoir.payments.actions.cancel import DECIDED, cancel
from comptoir.payments.actions.closing import NO_ANSWER, PAID_MEANWHILE
from comptoir.payments.actions.start import start
from comptoir.payments.gone_back import gone_back
from comptoir.payments.models import Attempt, Payment, Rules
from comptoir.payments.queries import kept_as_credit, summary
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
BORIS = "staff:boris@example.org"
FAILING = "FR8420041010050500013M02607"


@pytest.fixture
def alice(stripe: Stripe) -> Customer:
    """A customer of a shop that is paid through the simulator."""
    stripe.connect()
    return builders.customer("Alice")


def by_team(invoice: Invoice) -> bool:
    assert invoice.order_id is not None
    return cancel(order_id=invoice.order_id, why="asked by telephone", who=BORIS)


def by_customer(invoice: Invoice) -> None:
    assert invoice.order_id is not None
    cancel(order_id=invoice.order_id, why="", who=f"customer:{invoice.customer_id}", by_customer=True)


def states() -> tuple[str, str, str]:
    """Of the order, its invoice and its service."""
    return Order.objects.get().state, Invoice.objects.get().state, Service.objects.get().state


def credit() -> int:
    return sum(Credit.objects.values_list("balance_minor", flat=True))


def mails() -> list[str]:
    run_jobs()
    return list(Mail.objects.order_by("id").values_list("template", flat=True))


def late(rule: str) -> None:
    """What the house does with money of a cancelled order."""
    Rules.objects.create(pk=1, late_success=rule)


def test_the_open_page_is_closed_and_nothing_is_owed(alice: Customer, stripe: Stripe) -> None:
    invoice = builders.invoice(alice)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    assert not by_team(invoice)
    assert states() == ("cancelled", "void", "cancelled")
    assert stripe.api("GET", f"/v1/checkout/sessions/{ready.attempt.reference}")["status"] == "expired"
    assert AuditEntry.objects.get(verb="order.cancelled").after == {"why": "asked by telephone"}
    assert StateChange.objects.get(noun="order", to_state="cancelled").why.english == "asked by telephone"
    assert mails() == ["cancelled"]
    assert "asked by telephone" not in Mail.objects.get().body  # the reason is the team's
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")


def test_a_customer_cancels_what_they_have_not_paid(alice: Customer) -> None:
    by_customer(builders.invoice(alice))
    assert (states(), mails()) == (("cancelled", "void", "cancelled"), ["cancelled"])


@pytest.mark.parametrize("cancelling", [by_team, by_customer])
def test_what_is_paid_is_not_cancelled(alice: Customer, stripe: Stripe, cancelling: object) -> None:
    invoice = builders.invoice(alice)
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url)
    with pytest.raises(SaidError) as refused:  # the provider says that the page is no longer open: look, and refuse
        cancelling(invoice)  # type: ignore[operator]
    assert refused.value.sentence is PAID_MEANWHILE
    with pytest.raises(SaidError):
        cancelling(invoice)  # type: ignore[operator]
    run_jobs()
    assert states() == ("completed", "paid", "active")


def test_an_order_is_cancelled_once(alice: Customer) -> None:
    invoice = builders.invoice(alice)
    by_team(invoice)
    with pytest.raises(SaidError) as refused:
        by_team(invoice)
    assert refused.value.sentence is DECIDED
    assert AuditEntry.objects.filter(verb="order.cancelled").count() == 1


def test_no_answer_cancels_nothing(alice: Customer, stripe: Stripe) -> None:
    invoice = builders.invoice(alice)
    start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.fault("status:500", method="POST", path="/v1/checkout/sessions/*", times=10)
    with pytest.raises(SaidError) as refused:
        by_customer(invoice)
    assert refused.value.sentence is NO_ANSWER
    assert (states(), Attempt.objects.get().state) == (("open", "open", "pending"), "open")


def test_credit_and_transfers_on_a_cancelled_order_are_credit(alice: Customer) -> None:
    invoice = builders.invoice(alice)
    given(alice, 4000)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    transfer(invoice, 1000)
    by_team(invoice)
    assert (credit(), paid_on(invoice), Invoice.objects.get().state) == (5000, eur(0), "void")
    run_jobs()
    assert "50,00" in Mail.objects.get(template="cancelled").body


def test_a_page_paid_after_the_cancel_is_held(alice: Customer, stripe: Stripe) -> None:
    """failures.md: a payment for a void invoice. Here the closing was answered, and the payment comes all the same."""
    invoice = builders.invoice(alice)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    Attempt.objects.update(state="ended")  # as if the provider had closed it
    by_team(invoice)
    look_again()
    assert (Payment.objects.get().state, summary(Invoice.objects.get())) == ("held", "held")
    assert states() == ("cancelled", "void", "cancelled")
    review.keep_as_credit(payment_id=Payment.objects.get().pk, who=BORIS)
    assert (credit(), summary(Invoice.objects.get())) == (9990, "cancelled")


def test_a_debit_in_progress_is_the_teams_to_cancel(alice: Customer, stripe: Stripe) -> None:
    """failures.md: suspended or cancelled while SEPA is in progress. The debit cannot be stopped: its outcome is waited for."""
    invoice = builders.invoice(alice)
    debit(stripe, invoice)
    invoice.refresh_from_db()
    with pytest.raises(SaidError, match=r"in progress|en cours"):
        by_customer(invoice)
    assert states() == ("open", "in_progress", "pending")
    assert by_team(invoice)
    assert states() == ("cancelled", "in_progress", "cancelled")
    assert owed_on(Invoice.objects.get()) == eur(0)
    assert mails() == ["in_progress", "cancelled"]
    assert "ne peut plus être arrêté" in Mail.objects.get(template="cancelled").body
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")


def test_its_success_is_delivered_by_rule(alice: Customer, stripe: Stripe) -> None:
    """failures.md: late success leaves "active" without a server. Here it is paid, completed and delivered once."""
    late("deliver")
    invoice = builders.invoice(alice)
    debit(stripe, invoice)
    by_team(invoice)
    a_week_later(stripe)
    run_jobs()
    look_again()
    assert (states(), paid_on(invoice), credit()) == (("completed", "paid", "active"), eur(9990), 0)
    assert Operation.objects.get().state == "done"
    assert mails() == ["in_progress", "cancelled", "paid", "delivered"]
    assert "après l’annulation de votre commande" in Mail.objects.get(template="paid").body


def test_its_success_is_credit_by_rule(alice: Customer, stripe: Stripe) -> None:
    late("credit")
    invoice = builders.invoice(alice)
    debit(stripe, invoice)
    by_team(invoice)
    a_week_later(stripe)
    look_again()
    assert (states(), paid_on(invoice), credit()) == (("cancelled", "void", "cancelled"), eur(0), 9990)
    assert (Payment.objects.get().state, Operation.objects.exists()) == ("succeeded", False)
    assert mails() == ["in_progress", "cancelled", "credited"]
    assert "après l’annulation de votre commande" in Mail.objects.get(template="credited").body
    (told,) = gone_back(Invoice.objects.get())
    assert (told.amount, told.how) == (eur(9990), "credit")
    (told,) = around_invoice(Invoice.objects.get()).back
    assert (told.amount, told.how) == (eur(9990), "credit")


def test_what_is_kept_of_a_held_payment_of_a_void_invoice_stands_there_until_it_goes_back(
    alice: Customer, stripe: Stripe
) -> None:
    late("credit")
    invoice = builders.invoice(alice)
    debit(stripe, invoice)
    by_team(invoice)
    transfer(invoice, 1000)
    a_week_later(stripe)
    look_again()
    kept = [(told.amount, told.how) for told in gone_back(Invoice.objects.get())]
    assert kept == [(eur(1000), "credit"), (eur(9990), "credit")]
    refund(stripe, Payment.objects.get(), 9990)
    look_again()
    assert [amount for _day, amount in kept_as_credit(Invoice.objects.get())] == [eur(1000)]


def test_its_failure_leaves_nothing_owed(alice: Customer, stripe: Stripe) -> None:
    invoice = builders.invoice(alice)
    debit(stripe, invoice, iban=FAILING)
    by_team(invoice)
    a_week_later(stripe)
    assert (states(), credit(), Attempt.objects.get().state) == (("cancelled", "void", "cancelled"), 0, "ended")
    assert mails() == ["in_progress", "cancelled", "failed"]
    body = Mail.objects.get(template="failed").body
    assert invoice.pay_token not in body  # nobody is asked to pay a void invoice
    assert "vous ne devez rien" in body


@pytest.mark.parametrize(("rule", "kept"), [("deliver", 0), ("credit", 9990)])
def test_credit_used_beside_the_debit_goes_the_same_way(alice: Customer, stripe: Stripe, rule: str, kept: int) -> None:
    late(rule)
    given(alice, 4000)
    invoice = builders.invoice(alice)
    spend.use_credit(invoice_id=invoice.pk, who="customer:1")
    debit(stripe, invoice)
    by_team(invoice)
    assert credit() == 0  # it waits with the debit
    a_week_later(stripe)
    run_jobs()
    assert (Invoice.objects.get().state, credit()) == ("paid" if rule == "deliver" else "void", kept)


def test_what_else_is_paid_while_it_waits_is_credit(alice: Customer, stripe: Stripe) -> None:
    late("deliver")
    invoice = builders.invoice(alice)
    debit(stripe, invoice)
    by_team(invoice)
    invoice.refresh_from_db()
    transfer(invoice, 9990)
    assert (states(), credit()) == (("cancelled", "in_progress", "cancelled"), 9990)
    a_week_later(stripe)
    run_jobs()
    assert (states(), credit(), paid_on(invoice)) == (("completed", "paid", "active"), 9990, eur(9990))

"""A customer's credit at the counter: at checkout, on an invoice, and in the customer area; never more than what was shown."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.shop.steps import fill, named, order, text_of

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit, CreditEntry, Source
from comptoir.ledger.queries import owed_on
from comptoir.modules.actions import set_enabled
from comptoir.orders.models import Order
from comptoir.payments import queries
from comptoir.payments.actions import spend
from comptoir.payments.actions.record import record_payment
from comptoir.payments.models import Attempt
from comptoir.services.models import Service


def give(customer: Customer, minor: int, *, mode: str = "live", currency: str = "EUR", note: str = "") -> None:
    amount = Money(minor, currency)
    spend.give_credit(customer=customer, mode=mode, amount=amount, note=note, key=uuid.uuid4(), who="test")


def in_hand() -> int:
    return Credit.objects.get(mode="live", currency="EUR").balance_minor


def use(client: Client, invoice: Invoice, minor: int, *, before: int = 0) -> Any:
    return client.post(f"/client/invoices/{invoice.pk}/credit", {"amount": str(minor), "used": str(before)})


def billed(customer: Customer) -> Invoice:
    return builders.invoice(customer, gateway="cash")


def test_credit_pays_an_order_wholly_and_nobody_is_led_out(as_alice: Client, alice: Customer, vps: Product) -> None:
    give(alice, 12000)
    fill(as_alice, vps)
    page = as_alice.get("/checkout/")
    assert "checked" in named(page, "use-credit")[0]
    assert "Utiliser 99,90\u00a0€ de votre avoir" in text_of(page)
    assert "Commander avec votre avoir" in text_of(page)
    order(as_alice, credit="9990", gateway=None)
    run_jobs()
    invoice = Invoice.objects.get()
    assert (invoice.state, invoice.mode, in_hand(), Service.objects.get().state) == ("paid", "live", 2010, "active")
    assert not Attempt.objects.exists()
    shown = text_of(as_alice.get(f"/client/invoices/{invoice.pk}/"))
    assert "Payé avec votre avoir" in shown


def test_a_part_by_credit_and_the_rest_at_the_till(as_alice: Client, alice: Customer, vps: Product) -> None:
    give(alice, 4000)
    fill(as_alice, vps)
    assert "Il reste alors 59,90\u00a0€ à payer" in text_of(as_alice.get("/checkout/"))
    answer = order(as_alice, credit="4000")
    invoice = Invoice.objects.get()
    assert (owed_on(invoice), Attempt.objects.get().amount, in_hand()) == (Money(5990, "EUR"), Money(5990, "EUR"), 0)
    page = text_of(as_alice.get(answer["Location"]))
    assert "59,90\u00a0€" in page
    assert "99,90\u00a0€" not in page
    assert "encore 59,90\u00a0€" in text_of(as_alice.get("/client/invoices/"))
    assert "Payer 59,90\u00a0€" in text_of(as_alice.get("/client/"))


def test_without_the_tick_credit_stays_where_it_is(as_alice: Client, alice: Customer, vps: Product) -> None:
    give(alice, 4000)
    fill(as_alice, vps)
    answer = order(as_alice)
    assert (in_hand(), Attempt.objects.get().amount) == (4000, Money(9990, "EUR"))
    page = as_alice.get(answer["Location"])
    assert len(named(page, "in-hand")) == 1
    assert named(Client().get(answer["Location"]), "in-hand") == []  # whoever else has the address


def test_credit_that_is_not_what_was_shown_orders_nothing(as_alice: Client, alice: Customer, vps: Product) -> None:
    give(alice, 4000)
    fill(as_alice, vps)
    for sent in ("3999", "4001", "-4000", "0.5", "9990", "x", str(10**15), "40,00"):
        answer = order(as_alice, credit=sent)
        assert (answer.status_code, len(named(answer, "refusal"))) == (200, 1), sent
    assert (Order.objects.count(), in_hand()) == (0, 4000)


def test_a_button_that_does_not_say_how_much_uses_nothing(as_alice: Client, alice: Customer) -> None:
    invoice = billed(alice)
    give(alice, 4000)
    for sent in ({}, {"amount": "4000"}, {"amount": "-1", "used": "0"}, {"amount": "40.00", "used": "0"}):
        answer = as_alice.post(f"/client/invoices/{invoice.pk}/credit", sent)
        assert "rouvrez-la" in text_of(as_alice.get(answer["Location"]))
    assert (in_hand(), owed_on(invoice)) == (4000, invoice.total)


def test_credit_spent_on_another_order_meanwhile_orders_nothing(
    as_alice: Client, alice: Customer, vps: Product
) -> None:
    give(alice, 12000)
    fill(as_alice, vps)
    page = as_alice.get("/checkout/")
    spend.use_credit(invoice_id=billed(alice).pk, who="test")
    hidden = {"basket": str(page.context["basket_key"]), "total": "9990"}
    answer = order(as_alice, **hidden, credit="9990", gateway=None)
    assert "avoir a changé" in text_of(answer)
    assert (Order.objects.count(), in_hand()) == (1, 2010)


def test_a_rest_too_small_for_the_till_is_refused_before_anything_is_ordered(
    as_alice: Client, alice: Customer, vps: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(alice, 9980)
    real = queries.choices

    def no_cents(*, customer: Customer, amount: Money, mode: str | None = None) -> list[queries.Choice]:
        return real(customer=customer, amount=amount, mode=mode) if amount.minor >= 50 else []

    monkeypatch.setattr(spend, "choices", no_cents)
    fill(as_alice, vps)
    answer = order(as_alice, credit="9980")
    assert "il resterait 0,10\u00a0€ à payer" in text_of(answer)
    assert (Order.objects.count(), in_hand()) == (0, 9980)
    invoice = billed(alice)
    answer = use(as_alice, invoice, 9980)
    assert "il resterait 0,10\u00a0€ à payer" in text_of(as_alice.get(answer["Location"]))
    assert (in_hand(), owed_on(invoice)) == (9980, invoice.total)


def test_with_enough_credit_one_can_order_where_no_other_way_is_offered(
    as_alice: Client, alice: Customer, vps: Product
) -> None:
    give(alice, 9990)
    fill(as_alice, vps)
    set_enabled(name="cash", enabled=False, who="test")
    assert len(named(as_alice.get("/checkout/"), "checkout-submit")) == 1
    order(as_alice, credit="9990", gateway=None)
    assert (Invoice.objects.get().state, in_hand()) == ("paid", 0)


def test_an_open_invoice_is_paid_by_credit_once(as_alice: Client, alice: Customer) -> None:
    invoice = billed(alice)
    give(alice, 12000)
    page = text_of(as_alice.get(f"/client/invoices/{invoice.pk}/"))
    assert "Payer 99,90\u00a0€ avec votre avoir" in page
    assert "Payer 99,90\u00a0€ sans votre avoir" in page
    for _twice in range(2):
        assert use(as_alice, invoice, 9990)["Location"] == f"/pay/{invoice.pay_token}/"
    invoice.refresh_from_db()
    assert (invoice.state, in_hand(), CreditEntry.objects.filter(kind="used").count()) == ("paid", 2010, 1)


def test_a_part_of_an_open_invoice_then_on_to_the_till(as_alice: Client, alice: Customer) -> None:
    invoice = billed(alice)
    give(alice, 4000)
    assert "Utiliser 40,00\u00a0€ d’avoir, puis payer 59,90\u00a0€" in text_of(
        as_alice.get(f"/client/invoices/{invoice.pk}/")
    )
    for _twice in range(2):
        assert use(as_alice, invoice, 4000)["Location"] == f"/pay/{invoice.pay_token}/"
    assert (Attempt.objects.get().amount, in_hand()) == (Money(5990, "EUR"), 0)


def test_what_has_come_by_transfer_is_told_with_the_rest(as_alice: Client, alice: Customer) -> None:
    invoice = billed(alice)
    record_payment(
        invoice_id=invoice.pk,
        source=Source.TRANSFER,
        amount=Money(4000, "EUR"),
        reference="VIR 1",
        occurred_at=clock.now(),
        who="test",
    )
    page = as_alice.get(f"/client/invoices/{invoice.pk}/")
    assert "Payer 59,90\u00a0€" in text_of(page)
    assert len(named(page, "paid-so-far")) == 1


def test_nobody_uses_anything_on_somebody_elses_invoice(as_bob: Client, bob: Customer, alice: Customer) -> None:
    invoice = billed(alice)
    give(alice, 9990)
    give(bob, 9990)
    assert use(as_bob, invoice, 9990).status_code == 404
    assert as_bob.get(f"/client/invoices/{invoice.pk}/credit").status_code == 405
    assert list(Credit.objects.values_list("balance_minor", flat=True)) == [9990, 9990]


def test_other_money_and_tests_are_told_apart_and_pay_nothing_here(
    as_alice: Client, alice: Customer, vps: Product
) -> None:
    give(alice, 1500, currency="USD")
    give(alice, 1700, mode="test")
    invoice = billed(alice)
    assert named(as_alice.get(f"/client/invoices/{invoice.pk}/"), "use-credit") == []
    assert "d’avoir à utiliser" in text_of(as_alice.get(use(as_alice, invoice, 1500)["Location"]))
    fill(as_alice, vps)
    assert named(as_alice.get("/checkout/"), "use-credit") == []
    page = as_alice.get("/client/credit/")
    assert len(named(page, "balance")) == 2
    assert "15,00\u00a0$US" in text_of(page)
    assert 'class="tag test"' in text_of(page)
    assert owed_on(invoice) == invoice.total


def test_the_history_is_told_in_plain_words(as_alice: Client, as_bob: Client, alice: Customer) -> None:
    give(alice, 12000, note="Pour la panne d’hier <i>")
    invoice = billed(alice)
    spend.use_credit(invoice_id=invoice.pk, who="test")
    page = text_of(as_alice.get("/client/credit/"))
    assert "Accordé par notre équipe" in page
    assert "Pour la panne d’hier <i>" in page
    assert "<i>" not in as_alice.get("/client/credit/").content.decode()
    assert "Utilisé pour la facture" in page
    assert "+120,00\u00a0€" in page
    assert "\u221299,90\u00a0€" in page
    assert "20,10\u00a0€" in text_of(as_alice.get("/client/"))
    assert "12" not in "".join(named(as_bob.get("/client/credit/"), "balance"))

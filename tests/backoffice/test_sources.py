"""Payments that reach the host by other ways, and credit, on the pages of the back office."""

from __future__ import annotations

import html
import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.setting_up import ENGLISH, attribute, shown
from tests.jobs import run_jobs

from comptoir.customers.models import Customer
from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.kernel import clock
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.ledger.models import Credit, CreditEntry, Entry
from comptoir.ledger.queries import credit_used_on, owed_on
from comptoir.payments.actions import review, spend
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db
WHO = "staff:owner@example.org"


@pytest.fixture
def invoice(alice: Customer) -> Invoice:
    """Alice owes 99.90."""
    return builders.invoice(alice)


def typed(**other: str) -> dict[str, str]:
    today = timezone.localdate(clock.now()).isoformat()
    return {"source": "transfer", "amount": "99.90", "reference": "VIR 1", "day": today, **other}


def send(owner: Client, invoice: Invoice, **other: str) -> tuple[int, str]:
    answer = owner.post(f"/admin/invoices/{invoice.pk}/record/", typed(**other), headers=ENGLISH)
    return answer.status_code, html.unescape(answer.content.decode())


def given(alice: Customer, minor: int, *, mode: str = "test", currency: str = "EUR") -> None:
    amount = Money(minor, currency)
    spend.give_credit(customer=alice, mode=mode, amount=amount, note="", key=uuid.uuid4(), who="test")


def page_of(owner: Client, invoice: Invoice) -> str:
    return owner.get(f"/admin/invoices/invoice/{invoice.pk}/", headers=ENGLISH).content.decode()


def test_what_it_will_pay_is_said_before_it_is_recorded(owner: Client, invoice: Invoice) -> None:
    assert "€99.90 are to be paid" in re.sub(
        "<[^>]+>", "", owner.get(f"/admin/invoices/{invoice.pk}/record/", headers=ENGLISH).content.decode()
    )
    status, page = send(owner, invoice, amount="120")
    assert (status, Entry.objects.count()) == (200, 0)
    assert (shown(page, "pays"), shown(page, "becomes-credit"), shown(page, "left")) == (["€99.90"], ["€20.10"], [])
    assert attribute(page, "confirm", "value") == ["9990"]
    _status, page = send(owner, invoice, amount="40")
    assert (shown(page, "pays"), shown(page, "becomes-credit"), shown(page, "left")) == (["€40.00"], [], ["€59.90"])


def test_a_double_click_records_once_and_delivers(owner: Client, invoice: Invoice) -> None:
    for _twice in range(2):
        assert send(owner, invoice, amount="120", confirm="9990")[0] == 302
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, Service.objects.get().state, Credit.objects.get().balance_minor) == ("paid", "active", 2010)
    entry = Entry.objects.get()
    assert (entry.recorded_by, timezone.localdate(entry.occurred_at)) == (WHO, timezone.localdate(clock.now()))
    assert AuditEntry.objects.get(verb="payment.recorded").after["credit"] == {"minor": 2010, "currency": "EUR"}
    trail = owner.get("/admin/audit/", headers={"accept-language": "fr"}).content.decode()
    assert all(word in trail for word in ("Référence", "virement bancaire", "Avoir", "20,10\u00a0€"))
    page = page_of(owner, invoice)
    assert shown(page, "allocation")[0].startswith("VIR 1 €99.90 bank transfer, owner@example.org")
    listed = owner.get("/admin/ledger/entry/", headers=ENGLISH).content.decode()
    assert "bank transfer" in listed
    assert "owner@example.org" in listed
    told = owner.get(f"/admin/ledger/entry/{entry.pk}/", headers=ENGLISH).content.decode()
    assert "€99.90" in shown(told, "placed")[0]
    assert "Credit Alice Durand €20.10" in shown(told, "placed")[0]


def test_an_invoice_that_changed_between_page_and_button_is_looked_at_again(owner: Client, invoice: Invoice) -> None:
    INVOICE_STATES.move(invoice, Invoice.State.VOID, who="test")
    status, page = send(owner, invoice, confirm="9990")
    assert (status, shown(page, "pays"), shown(page, "becomes-credit")) == (422, ["€0.00"], ["€99.90"])
    assert "has changed" in shown(page, "refused")[0]
    assert not Entry.objects.exists()
    assert send(owner, invoice, confirm="0")[0] == 302
    assert Credit.objects.get().balance_minor == 9990


NO_PAYMENT = {
    "amount": ("0", "-5", "1e2", "NaN", "1000000000000000", "0.001", "1,000", "€5", ""),
    "reference": ("", "  ", "x" * 101, "a\0b"),
    "day": ("", "2999-01-01", "1999-12-31", "31.12.", "-1"),
    "source": ("", "stripe", "credit"),
}


def test_what_is_no_payment_is_refused(owner: Client, invoice: Invoice) -> None:
    for name, values in NO_PAYMENT.items():
        for value in values:
            status, page = send(owner, invoice, confirm="9990", **{name: value})
            assert (status, page.count("field wrong")) == (422, 1), (name, value)
    for confirm in ("-1", "1.5", "9" * 30, "", "x", "٣"):  # which no page of ours has made
        status, page = send(owner, invoice, confirm=confirm)
        assert (status, shown(page, "pays")) == (200, ["€99.90"]), confirm
    Invoice.objects.filter(pk=invoice.pk).update(state="draft")
    assert send(owner, invoice)[0] == 404
    assert owner.get(f"/admin/invoices/{invoice.pk}/record/").status_code == 404
    assert not Entry.objects.exists()


def test_credit_is_given_once_and_told_with_its_reason(owner: Client, alice: Customer) -> None:
    page = f"/admin/customers/{alice.pk}/credit/"
    sent = {"amount": "12.50", "currency": "eur", "mode": "test", "reason": "Sorry <b>", "key": str(uuid.uuid4())}
    for _twice in range(2):
        assert owner.post(page, sent, headers=ENGLISH).status_code == 302
    row = CreditEntry.objects.get()
    assert (row.amount, row.who, row.note, row.credit.mode) == (Money(1250, "EUR"), WHO, "Sorry <b>", "test")
    answer = owner.post(page, {**sent, "amount": "13"}, headers=ENGLISH)
    assert (answer.status_code, CreditEntry.objects.count()) == (422, 1)
    told = owner.get(page, headers=ENGLISH).content.decode()
    assert attribute(told, "balance", "data-minor") == ["1250"]
    assert "Sorry &lt;b&gt;" in told
    assert "owner@example.org" in shown(told, "credit-entry")[0]


NO_CREDIT = {
    "amount": ("0", "-1", "inf", "10000000000000", "1.005", ""),
    "currency": ("", "EU", "QQQ", "€"),
    "mode": ("", "sandbox"),
    "reason": ("",),
}


def test_what_is_no_credit_is_refused(owner: Client, alice: Customer) -> None:
    good = {"amount": "5", "currency": "EUR", "mode": "test", "reason": "-", "key": str(uuid.uuid4())}
    for name, values in NO_CREDIT.items():
        for value in values:
            answer = owner.post(f"/admin/customers/{alice.pk}/credit/", {**good, name: value}, headers=ENGLISH)
            assert (answer.status_code, answer.content.count(b" wrong")) == (422, 1), (name, value)
    assert not CreditEntry.objects.exists()


def test_who_may_not_try_the_test_mode_gets_live_credit(owner: Client, alice: Customer) -> None:
    Customer.objects.update(tester=False)
    sent = {"amount": "5", "currency": "EUR", "mode": "test", "reason": "-", "key": str(uuid.uuid4())}
    owner.post(f"/admin/customers/{alice.pk}/credit/", sent)
    assert Credit.objects.get().mode == "live"


def test_the_button_uses_what_it_says_once(owner: Client, alice: Customer, invoice: Invoice) -> None:
    given(alice, 4000)
    page = page_of(owner, invoice)
    assert shown(page, "use-credit") == ["Use €40.00 of credit"]
    for _twice in range(2):
        answer = owner.post(f"/admin/invoices/{invoice.pk}/credit/use/", {"amount": "4000", "used": "0"})
        assert answer.status_code == 302
        given(alice, 100)
    assert (credit_used_on(invoice), owed_on(invoice)) == (Money(4000, "EUR"), Money(5990, "EUR"))
    assert shown(page_of(owner, invoice), "owed") == ["€59.90"]
    assert AuditEntry.objects.get(verb="credit.used").who == WHO
    owner.post(f"/admin/invoices/{invoice.pk}/credit/use/", {"amount": "4000", "used": "4000"})  # there are only 2.00
    assert credit_used_on(invoice) == Money(4000, "EUR")


def test_live_credit_and_other_money_are_not_offered_on_a_test_invoice(
    owner: Client, alice: Customer, invoice: Invoice
) -> None:
    given(alice, 4000, mode="live")
    given(alice, 4000, currency="USD")
    assert shown(page_of(owner, invoice), "use-credit") == []
    owner.post(f"/admin/invoices/{invoice.pk}/credit/use/", {"amount": "4000", "used": "0"})
    assert owed_on(invoice) == invoice.total
    page = owner.get(f"/admin/customers/{alice.pk}/credit/").content.decode()
    assert sorted(attribute(page, "balance", "data-currency")) == ["EUR", "USD"]


def test_credit_goes_back_by_its_page(owner: Client, alice: Customer, invoice: Invoice) -> None:
    given(alice, 9990)
    spend.use_credit(invoice_id=invoice.pk, who="test")
    run_jobs()
    page = f"/admin/invoices/{invoice.pk}/credit/back/"
    sent = {"amount": "99.90", "used": "9990", "policy": "suspend"}
    for wrong in ({"amount": "100"}, {"amount": "-1"}, {"policy": "burn"}, {"used": "x"}):
        assert owner.post(page, {**sent, **wrong}, headers=ENGLISH).status_code == 422
    assert Credit.objects.get().balance_minor == 0
    for _twice in range(2):
        assert owner.post(page, sent, headers=ENGLISH).status_code == 302
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, Credit.objects.get().balance_minor, Service.objects.get().state) == (
        "refunded",
        9990,
        "suspended",
    )
    assert b"No credit stands" in owner.get(page, headers=ENGLISH).content


def test_the_first_page_says_what_customers_have_in_hand_by_currency(owner: Client, alice: Customer) -> None:
    page = owner.get("/admin/", headers=ENGLISH).content.decode()
    assert shown(page, "in-hand") == []
    for mode, currency in (("live", "EUR"), ("live", "USD"), ("test", "EUR")):
        given(alice, 4000, mode=mode, currency=currency)
    page = owner.get("/admin/", headers=ENGLISH).content.decode()
    assert "EUR 1 €40.00 USD 1 US$40.00" in shown(page, "in-hand")[0].replace("$40.00", "US$40.00").replace(
        "USUS", "US"
    )


def test_a_payment_tells_what_of_it_became_credit(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    review.accept(payment_id=payment.pk, who=WHO)
    run_jobs()
    page = owner.get(f"/admin/billing/stripe/{payment.pk}/", headers=ENGLISH).content.decode()
    story = shown(page, "story")[0]
    assert "€20.10 became credit" in story
    assert "Votre avoir augmente" in story  # the mail's own subject


def test_the_history_is_read_page_by_page(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.backoffice.related.PER_PAGE", 2)
    for _each in range(3):
        given(alice, 100)
    page = owner.get(f"/admin/customers/{alice.pk}/credit/").content.decode()
    older = attribute(page, "credit-older", "href")
    assert len(shown(page, "credit-entry")) == 2
    page = owner.get(f"/admin/customers/{alice.pk}/credit/{older[0]}").content.decode()
    assert (len(shown(page, "credit-entry")), attribute(page, "credit-older", "href")) == (1, [])

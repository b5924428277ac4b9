"""Redirect methods (Bancontact, iDEAL): authorised, refused, abandoned, and tried again on another device; never two payable pages."""

from __future__ import annotations

import re

import pytest
import requests
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.payments.steps import look_again
from tests.stripe import Stripe

from comptoir.invoices.models import Invoice
from comptoir.payments.actions.start import start
from comptoir.payments.models import PAYABLE, Attempt, Payment
from comptoir.payments.queries import summary
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = pytest.mark.parametrize("method", ["bancontact", "ideal"])


@pytest.fixture
def invoice(stripe: Stripe) -> Invoice:
    """Alice's, of a shop that is paid through the simulator."""
    stripe.connect()
    return builders.invoice(builders.customer("Alice"))


def press(invoice: Invoice) -> str:
    return start(invoice_id=invoice.pk, gateway="stripe", who="test").url


def leave_for_the_bank(url: str, method: str) -> str:
    """Choose the method on the provider's page; the address of the bank's page."""
    fields = {"method": method, f"name_{method}": "Alice Durand"}
    answer = requests.post(url, data=fields, allow_redirects=False, timeout=10)
    assert answer.status_code == 303, answer.text
    return requests.compat.urljoin(url, answer.headers["Location"])


def say(bank: str, word: str) -> None:
    """Press a button of the bank's page: `authorize` or `fail`."""
    page = requests.get(bank, timeout=10)
    found = re.search(rf'<form[^>]*action="([^"]+)"[^>]*>(?:(?!</form>).)*data-test="{word}"', page.text, re.DOTALL)
    button = re.search(rf'<button[^>]*data-test="{word}"[^>]*>', page.text)
    assert button is not None, page.text
    name, value = (re.search(rf'{each}="([^"]*)"', button[0]) for each in ("name", "value"))
    data = {name[1]: value[1]} if name and value else {}
    action = requests.compat.urljoin(bank, found[1]) if found else bank
    requests.post(action, data=data, allow_redirects=False, timeout=10).raise_for_status()


def payable() -> int:
    return Attempt.objects.filter(state__in=PAYABLE).count()


@BOTH
def test_authorised_is_paid_and_delivered(invoice: Invoice, stripe: Stripe, method: str) -> None:
    say(leave_for_the_bank(press(invoice), method), "authorize")
    look_again()
    run_jobs()
    invoice.refresh_from_db()
    payment = Payment.objects.get()
    assert (invoice.state, payment.state, payment.method_type) == ("paid", "succeeded", method)
    assert Service.objects.get().state == "active"
    assert stripe.calls("POST", "/v1/checkout/sessions")


@BOTH
def test_refused_leads_back_to_the_same_page(invoice: Invoice, stripe: Stripe, method: str) -> None:
    url = press(invoice)
    say(leave_for_the_bank(url, method), "fail")
    look_again()
    assert (summary(invoice), press(invoice), payable()) == ("failed", url, 1)
    page = Client(headers={"accept-language": "en"}).get(f"/pay/{invoice.pay_token}/").content.decode()
    assert "was not confirmed. Nothing was charged" in page
    stripe.pay(url)
    look_again()
    invoice.refresh_from_db()
    assert (invoice.state, Payment.objects.count()) == ("paid", 1)


@BOTH
def test_abandoned_on_the_way_another_device_pays_on_the_same_page(
    invoice: Invoice, stripe: Stripe, method: str
) -> None:
    """pretix#2629, #2165 in failures.md: abandoned, never expires, cannot be retried on another device."""
    url = press(invoice)
    bank = leave_for_the_bank(url, method)
    look_again()
    assert (summary(invoice), invoice.state) == ("open", "open")  # nothing is in progress before the bank says so
    other = Client(headers={"accept-language": "en"})  # without a session: the pay link is its own key
    page = other.get(f"/pay/{invoice.pay_token}/").content.decode()
    assert url in page
    other.post(f"/pay/{invoice.pay_token}/start")
    assert (payable(), len(stripe.api("GET", "/v1/checkout/sessions")["data"])) == (1, 1)
    say(leave_for_the_bank(url, method), "authorize")
    look_again()
    say_late = requests.get(bank, timeout=10)
    assert say_late.status_code < 500
    look_again()
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, Payment.objects.filter(state="succeeded").count()) == ("paid", 1)
    assert Service.objects.get().state == "active"


@BOTH
def test_abandoned_for_good_expires_and_is_free_again(invoice: Invoice, stripe: Stripe, method: str) -> None:
    url = press(invoice)
    leave_for_the_bank(url, method)
    look_again()
    stripe.control.move(Attempt.objects.get().reference, "expire")
    look_again()
    assert (Attempt.objects.get().state, summary(invoice)) == ("ended", "open")
    again = press(invoice)
    assert (again != url, payable()) == (True, 1)
    stripe.pay(again)
    look_again()
    invoice.refresh_from_db()
    assert invoice.state == "paid"

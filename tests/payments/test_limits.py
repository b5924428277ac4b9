"""Card testing: pages and failed tries are limited by customer, network and invoice, with a sentence; people at work pass."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.payments.steps import look_again
from tests.stripe import DECLINED, Stripe

from comptoir.conf import conf
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.payments.actions import limits, tallies
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, PaymentReference, Tally
from comptoir.payments.sweep import sweep

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "203.0.113.0/24"


@pytest.fixture
def alice(stripe: Stripe) -> Customer:
    """A customer of a shop that is paid through the simulator."""
    stripe.connect()
    return builders.customer("Alice")


@pytest.fixture
def vps(alice: Customer) -> Any:
    """What is ordered again and again."""
    assert alice.pk
    return builders.product()


def set_to(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    """The limits, as the environment sets them."""
    settings = conf().model_copy(update=values)
    monkeypatch.setattr(limits, "conf", lambda: settings)


def press(invoice: Invoice, *, of: str = HOME) -> str:
    """A visitor of this network presses *pay*; the address that they are led to."""
    return start(invoice_id=invoice.pk, gateway="stripe", who="visitor", network=of).url


def refused(invoice: Invoice, sentence: object, *, of: str = HOME) -> None:
    with pytest.raises(SaidError) as told:
        press(invoice, of=of)
    assert told.value.sentence is sentence


def an_hour_later() -> None:
    Tally.objects.update(step=F("step") - tallies.STEPS)


def fail(stripe: Stripe, url: str, times: int = 1) -> None:
    for _try in range(times):
        stripe.pay(url, number=DECLINED)
        look_again()


def test_a_dozen_orders_in_a_minute_pass(alice: Customer, vps: Any) -> None:
    """contract.md; through the pages, as a browser at one address asks for them."""
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.force_login(alice.user)
    for _order in range(12):
        invoice = builders.invoice(alice, vps)
        answer = client.post(f"/pay/{invoice.pay_token}/start")
        assert answer.status_code == 303
        assert Attempt.objects.filter(invoice=invoice, state="open", network=HOME).exists()
    counts = tallies.in_an_hour(f"begun:customer:{alice.pk}", f"begun:network:{HOME}")
    assert list(counts.values()) == [12, 12]


def test_pages_of_a_customer(alice: Customer, vps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(monkeypatch, pages_an_hour_customer=2)
    first, second, third = (builders.invoice(alice, vps) for _order in range(3))
    assert press(first) == press(first)  # the same page: nothing new is begun
    assert press(second)
    refused(third, limits.TOO_MANY_PAGES, of="198.51.100.0/24")
    assert not Attempt.objects.filter(invoice=third).exists()
    assert start(invoice_id=third.pk, gateway="stripe", who="test").url  # what no visitor asks for is not limited
    assert press(builders.invoice(builders.customer("Bob"), vps))
    an_hour_later()
    assert press(builders.invoice(alice, vps))


def test_pages_of_a_network_but_not_of_this_machine(alice: Customer, vps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(monkeypatch, pages_an_hour_network=1)
    bob = builders.customer("Bob")
    assert press(builders.invoice(alice, vps))
    refused(builders.invoice(bob, vps), limits.TOO_MANY_PAGES)
    assert press(builders.invoice(bob, vps), of="198.51.100.0/24")
    for _order in range(2):
        assert press(builders.invoice(bob, vps), of="")


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.7", HOME), ("127.0.0.1", ""), ("::1", ""), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("what", "")],
)
def test_a_network_is_what_is_kept_of_an_address(address: str, network: str) -> None:
    assert limits.network(address) == network


def test_after_too_many_failed_tries_the_page_is_closed_for_a_pause(
    alice: Customer, vps: Any, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(monkeypatch, failures_an_hour_invoice=3, failures_an_hour_customer=4)
    invoice = builders.invoice(alice, vps)
    url = press(invoice)
    fail(stripe, url, 2)
    assert press(invoice) == url
    fail(stripe, url)
    look_again()  # the same try, seen twice, is counted once
    run_jobs()
    look_again()
    attempt = Attempt.objects.get()
    assert attempt.state == "ended"
    assert stripe.api("GET", f"/v1/checkout/sessions/{attempt.reference}")["status"] == "expired"
    assert "3" in str(Alert.objects.get(key=f"card-testing:{invoice.pk}").text)
    refused(invoice, limits.TOO_MANY_TRIES)
    other = builders.invoice(alice, vps)
    fail(stripe, press(other))
    refused(builders.invoice(alice, vps), limits.TOO_MANY_TRIES)  # the fourth of this customer
    an_hour_later()
    stripe.pay(press(invoice))
    look_again()
    invoice.refresh_from_db()
    assert invoice.state == "paid"


def test_tries_between_two_looks_are_each_counted(alice: Customer, vps: Any, stripe: Stripe) -> None:
    """A thief is faster than a worker: the payment shows its latest charge alone."""
    invoice = builders.invoice(alice, vps)
    url = press(invoice)
    keys = [f"failed:{key}" for key in (f"invoice:{invoice.pk}", f"customer:{alice.pk}", f"network:{HOME}")]
    for counted in (3, 5):
        for _try in range(counted - tallies.in_an_hour(*keys)[keys[0]]):
            stripe.pay(url, number=DECLINED)
        for _time in range(2):
            look_again()
        assert tallies.in_an_hour(*keys) == dict.fromkeys(keys, counted)
    charges = {each["id"] for each in stripe.api("GET", "/v1/charges")["data"]}
    known = PaymentReference.objects.filter(kind="charge").values_list("reference", flat=True)
    assert (set(known), len(charges)) == (charges, 5)


def test_tries_of_a_network(alice: Customer, vps: Any, stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(monkeypatch, failures_an_hour_network=2)
    fail(stripe, press(builders.invoice(alice, vps)))
    fail(stripe, press(builders.invoice(builders.customer("Bob"), vps)))
    charlie = builders.customer("Charlie")
    refused(builders.invoice(charlie, vps), limits.TOO_MANY_TRIES)
    assert press(builders.invoice(charlie, vps), of="198.51.100.0/24")


def test_many_newcomers_who_fail_are_slowed_and_known_customers_are_not(
    alice: Customer, vps: Any, stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(monkeypatch, failures_an_hour_newcomers=2)
    monkeypatch.setattr(limits, "SLOWED_PAGES", 1)
    monkeypatch.setattr(limits, "SLOWED_TRIES", 1)
    known = builders.invoice(alice, vps)
    stripe.pay(press(known))
    look_again()
    for name in ("Bob", "Charlie"):
        fail(stripe, press(builders.invoice(builders.customer(name), vps), of=f"198.51.{len(name)}.0/24"))
    assert Alert.objects.filter(key="card-testing:newcomers").exists()
    dora, emil = (builders.invoice(builders.customer(name), vps) for name in ("Dora", "Emil"))
    url = press(dora, of="192.0.2.0/24")
    refused(emil, limits.SLOWED, of="192.0.2.0/24")
    fail(stripe, url)
    run_jobs()
    look_again()
    refused(dora, limits.TOO_MANY_TRIES, of="192.0.2.0/24")
    for _order in range(3):
        assert press(builders.invoice(alice, vps))


def test_zero_is_no_limit(alice: Customer, vps: Any, stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("pages_an_hour_customer", "pages_an_hour_network", "failures_an_hour_invoice", "failures_an_hour_customer")
    set_to(monkeypatch, **dict.fromkeys((*names, "failures_an_hour_network", "failures_an_hour_newcomers"), 0))
    url = press(builders.invoice(alice, vps))
    fail(stripe, url)
    assert Attempt.objects.get().state == "open"
    assert press(builders.invoice(alice, vps))


def test_what_no_look_back_reaches_is_forgotten(alice: Customer, vps: Any) -> None:
    press(builders.invoice(alice, vps))
    sweep()
    assert Tally.objects.count() == 2
    an_hour_later()
    sweep()
    assert not Tally.objects.exists()

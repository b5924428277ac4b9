"""Our own page between shop and provider: what it shows, when it leaves, and when it asks."""

from __future__ import annotations

import datetime as dt
import html
import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.shop.steps import named, pay_page, states, text_of

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer
from comptoir.inbox.models import Wish
from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.modules.actions import set_enabled
from comptoir.payments.models import Attempt, Payment
from comptoir.shop import throttle
from comptoir.shop.views import pay


@pytest.fixture
def address(as_alice: Client, vps: Product) -> str:
    """The address of the payment page of what Alice has just ordered."""
    return pay_page(as_alice, vps)


@pytest.fixture
def elsewhere(address: str) -> Attempt:
    """The attempt, with a provider's page of its own."""
    Attempt.objects.update(url="https://pay.example.org/c/1")
    return Attempt.objects.get()


def payment(attempt: Attempt, state: str, **values: Any) -> Payment:
    """A payment of an attempt, as a look would have left it."""
    return Payment.objects.create(
        module="stripe",
        account="acct_1",
        mode="test",
        reference="pi_1",
        attempt=attempt,
        invoice=attempt.invoice,
        state=state,
        amount_minor=9990,
        currency="EUR",
        created_at=timezone.now(),
        read_at=timezone.now(),
        **values,
    )


def test_it_leaves_once_by_itself(as_alice: Client, address: str, elsewhere: Attempt) -> None:
    first = as_alice.get(address)
    assert first["Refresh"] == "1; url=https://pay.example.org/c/1"
    assert 'href="https://pay.example.org/c/1"' in named(first, "to-stripe")[0]
    assert "Refresh" not in as_alice.get(address).headers  # the Back button does not bounce


def test_it_leaves_as_soon_as_the_providers_page_is_there(as_alice: Client, address: str, elsewhere: Attempt) -> None:
    Attempt.objects.update(state="created", url="")
    assert "Refresh" not in as_alice.get(address).headers
    htmx = {"hx-request": "true"}
    assert "HX-Redirect" not in as_alice.get(f"{address}state/", headers=htmx).headers
    Attempt.objects.update(state="open", url="https://pay.example.org/c/1")
    assert as_alice.get(f"{address}state/", headers=htmx)["HX-Redirect"] == "https://pay.example.org/c/1"
    assert "HX-Redirect" not in as_alice.get(f"{address}state/", headers=htmx).headers


def test_whoever_has_not_just_ordered_stays(guest: Client, address: str, elsewhere: Attempt) -> None:
    assert "Refresh" not in guest.get(address).headers


def test_who_comes_back_stays(as_alice: Client, address: str, elsewhere: Attempt) -> None:
    assert "Refresh" not in as_alice.get(f"{address}?back=cancel").headers


def test_it_leads_to_web_addresses_only(as_alice: Client, address: str) -> None:
    Attempt.objects.update(url="javascript:alert(1)")
    shown = as_alice.get(address)
    assert named(shown, "to-stripe") == []
    assert "Refresh" not in shown.headers


def test_it_shows_state_and_amount_to_anybody_and_nothing_else(guest: Client, address: str, alice: Customer) -> None:
    shown = guest.get(address)
    assert states(shown, "payment-state") == ["open"]
    assert "99,90\u00a0€" in text_of(shown)
    for private in ("Durand", "VPS Lanterne", "example.org", Invoice.objects.get().number or "-"):
        assert private not in text_of(shown)


def test_its_owner_finds_the_invoice(as_alice: Client, as_bob: Client, address: str) -> None:
    link = f"/client/invoices/{Invoice.objects.get().pk}/"
    assert link in text_of(as_alice.get(address))
    assert link not in text_of(as_bob.get(address))


def test_its_address_does_not_travel(guest: Client, address: str) -> None:
    for each in (address, f"{address}state/"):
        answer = guest.get(each)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("token", ["x" * 32, "x", "%00" * 20, "a" * 200, "..%2f..%2fetc"])
def test_an_address_that_is_none(guest: Client, shop: object, token: str) -> None:
    for address in (f"/pay/{token}/", f"/pay/{token}/state/"):
        assert guest.get(address).status_code == 404
    assert guest.post(f"/pay/{token}/start").status_code == 404


def test_a_visit_wishes_only_when_there_is_something_to_know(guest: Client, address: str, elsewhere: Attempt) -> None:
    guest.get(address)
    assert not Wish.objects.exists()
    guest.get(f"{address}?back=done")
    first = Wish.objects.get()
    for _each in range(5):
        guest.get(f"{address}?back=done")
    again = Wish.objects.get()
    assert first.not_before <= timezone.now()
    assert again.not_before <= timezone.now() + dt.timedelta(seconds=15)


def test_the_fragment_reads_our_own_database_only(guest: Client, address: str, elsewhere: Attempt) -> None:
    guest.get(f"{address}state/?back=done&turn=3")
    assert not Wish.objects.exists()


def test_the_fragment_comes_with_news_only(guest: Client, address: str, elsewhere: Attempt) -> None:
    first = guest.get(f"{address}?back=done").content.decode()
    fragment = re.findall(r'hx-get="([^"]*)"', first)[0].replace("&amp;", "&")
    unchanged = guest.get(fragment)
    assert named(unchanged, "payment-state") == []
    assert 'hx-trigger="every 1s"' in unchanged.content.decode()
    INVOICE_STATES.move(Invoice.objects.get(), "paid", who="test")
    assert states(guest.get(fragment), "payment-state") == ["succeeded"]


@pytest.mark.parametrize("turn", ["-1", "x", "9" * 5000, "\x00", "²"])
def test_a_turn_that_is_none(guest: Client, address: str, turn: str) -> None:
    assert guest.get(f"{address}state/", {"turn": turn, "seen": "\x00", "back": "\x00"}).status_code == 200


def test_an_open_page_slows_down_and_stops(guest: Client, address: str, elsewhere: Attempt) -> None:
    pace = [
        re.findall(r'hx-trigger="every (\d+)s"', guest.get(f"{address}state/?back=done&turn={turn}").content.decode())
        for turn in (0, 20, 50, 100, 500)
    ]
    assert pace == [["1"], ["2"], ["5"], ["15"], []]


def test_a_decline_is_a_sentence_and_the_way_back(guest: Client, address: str, elsewhere: Attempt) -> None:
    payment(elsewhere, "failed", failure="insufficient_funds")
    shown = guest.get(f"{address}?back=cancel")
    assert states(shown, "payment-state") == ["failed"]
    assert "La provision de cette carte ne suffit pas." in text_of(shown)
    assert len(named(shown, "to-stripe")) == 1


def test_who_has_just_paid_is_not_shown_an_earlier_decline(guest: Client, address: str, elsewhere: Attempt) -> None:
    payment(elsewhere, "failed", failure="card_declined")
    assert states(guest.get(f"{address}?back=done"), "payment-state") == ["open"]
    assert states(guest.get(f"{address}state/?back=done&turn=20"), "payment-state") == ["failed"]


def test_a_new_attempt_is_not_shown_as_the_failed_one(guest: Client, address: str, elsewhere: Attempt) -> None:
    payment(elsewhere, "failed", failure="card_declined")
    Attempt.objects.update(state="ended")
    assert guest.post(f"{address}start").status_code == 303
    assert states(guest.get(address), "payment-state") == ["open"]


def test_in_progress_there_is_nothing_to_do(guest: Client, address: str, elsewhere: Attempt) -> None:
    payment(elsewhere, "in_progress", expected_on=dt.date(2026, 12, 1))
    Attempt.objects.update(state="in_progress")
    INVOICE_STATES.move(Invoice.objects.get(), "in_progress", who="test")
    shown = guest.get(address)
    assert states(shown, "payment-state") == ["in_progress"]
    assert "1er décembre 2026" in text_of(shown)
    assert named(shown, "pay") == named(shown, "to-stripe") == []


def test_what_is_held_is_not_to_be_paid_again(guest: Client, address: str, elsewhere: Attempt) -> None:
    payment(elsewhere, "held")
    shown = guest.get(address)
    assert states(shown, "payment-state") == ["held"]
    assert "Ne payez pas une seconde fois" in text_of(shown)
    assert named(shown, "pay") == named(shown, "to-stripe") == []


def test_a_page_that_has_ended_is_begun_anew(guest: Client, address: str) -> None:
    Attempt.objects.update(state="ended")
    assert len(named(guest.get(address), "pay")) == 1
    answer = guest.post(f"{address}start")
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert Attempt.objects.filter(state="open").count() == 1
    guest.post(f"{address}start")
    assert Attempt.objects.count() == 2


def test_paying_needs_no_token_of_ours_because_its_address_is_one(address: str) -> None:
    Attempt.objects.update(state="ended")
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})  # as browsers send it under no-referrer
    assert strict.post(f"{address}start").status_code == 303


def test_a_way_of_paying_that_is_off_is_said(guest: Client, address: str) -> None:
    Attempt.objects.update(state="ended")
    set_enabled(name="cash", enabled=False, who="test")
    guest.post(f"{address}start", {"gateway": "\x00"})
    assert "n’est pas disponible pour le moment" in text_of(guest.get(address))


def test_paid_and_delivered_leads_to_the_services(guest: Client, address: str) -> None:
    invoice = Invoice.objects.get()
    INVOICE_STATES.move(invoice, "paid", who="test")
    shown = guest.get(address)
    assert states(shown, "payment-state") == ["succeeded"]
    assert named(shown, "to-services") == []
    invoice.operations.create(service=invoice.customer.services.get(), state="done")
    shown = guest.get(address)
    assert len(named(shown, "to-services")) == 1
    assert "hx-get" not in shown.content.decode()


def test_a_second_payment_of_what_is_paid_is_said_to_whoever_comes_back(
    guest: Client, address: str, elsewhere: Attempt
) -> None:
    """On another device the page was still open. Its payment is read a moment after they are back: the page waits for it."""
    invoice = Invoice.objects.get()
    INVOICE_STATES.move(invoice, "paid", who="test")
    invoice.operations.create(service=invoice.customer.services.get(), state="done")
    shown = guest.get(f"{address}?back=done")
    assert named(shown, "being-checked") == []
    poll = re.search(r'hx-get="([^"]+)"', shown.content.decode())
    assert poll is not None
    assert 'http-equiv="refresh"' not in shown.content.decode()
    payment(elsewhere, "held")
    changed = guest.get(html.unescape(poll[1]))
    assert len(named(changed, "being-checked")) == len(named(changed, "to-services")) == 1
    assert "un second paiement" in text_of(changed)
    assert len(named(guest.get(address), "being-checked")) == 1
    assert "hx-get" not in guest.get(f"{address}state/?back=done&turn=30").content.decode()


def test_a_get_does_not_start(guest: Client, address: str) -> None:
    assert guest.get(f"{address}start").status_code == 405


def test_a_dozen_orders_a_minute_pass_and_a_flood_does_not(
    guest: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.time()
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: began))  # no other minute begins meanwhile
    for _each in range(12):
        assert guest.get(address).status_code == 200
    monkeypatch.setattr(pay, "PAGES_A_MINUTE", 14)
    monkeypatch.setattr(pay, "LOOKS_A_MINUTE", 0)
    answers = [guest.get(address).status_code for _each in range(4)]
    assert answers[-1] == 429
    assert guest.get(f"{address}state/").status_code == 429

"""SEPA Direct Debit, which waits, and Bancontact, which goes through the bank's page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
import requests
from tests.simulator.browser import Page, visit
from tests.simulator.conftest import BACK, kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    import stripe
    from tests.simulator.guard import Guard

    from stripe_simulator.server import Server

GOOD, GOOD_SOON, BAD = "FR1420041010050500013M02606", "FR3020041010050500013M02609", "FR8420041010050500013M02607"
WAITING = ["payment_intent.created", "payment_intent.processing", "charge.pending", "checkout.session.completed"]
DAY = 86400


def debit(page: Page, iban: str) -> Page:
    return page.choose("method-sepa_debit").fill(iban=iban, iban_name="Camille Durand").press("pay")


def state(client: stripe.StripeClient, session: str) -> tuple[str | None, str, str]:
    found = client.v1.checkout.sessions.retrieve(session, {"expand": ["payment_intent"]})
    assert found.payment_intent is not None
    assert not isinstance(found.payment_intent, str)
    return found.status, found.payment_status, found.payment_intent.status


def test_a_debit_waits_until_it_settles(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    done = debit(visiting(session.url), "FR14 2004 1010 0505 0001 3M02 606")

    assert done.url.startswith("https://shop.example/done")
    assert state(client, session.id) == ("complete", "unpaid", "processing")
    assert kinds(client) == WAITING
    assert client.v1.charges.list().data[0].status == "pending"

    simulator.control.move(session.id, "settle")

    assert state(client, session.id) == ("complete", "paid", "succeeded")
    settled = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
    assert kinds(client) == WAITING + settled


def test_a_debit_fails(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page], watch: Guard
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    debit(visiting(session.url), GOOD)
    simulator.control.move(session.id, "fail", code="insufficient_funds")

    assert state(client, session.id) == ("complete", "unpaid", "requires_payment_method")
    failed = ["charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed"]
    assert kinds(client) == WAITING + failed
    assert client.v1.charges.list().data[0].failure_code == "insufficient_funds"
    for event in client.v1.events.list({"limit": 100}).data:
        assert watch.event(event.to_dict()) == []


@pytest.mark.parametrize(
    "case",
    [
        (GOOD, 10 * DAY, ("complete", "paid", "succeeded")),
        (GOOD, 3 * DAY, ("complete", "unpaid", "processing")),
        (GOOD_SOON, 200, ("complete", "paid", "succeeded")),
        (BAD, 10 * DAY, ("complete", "unpaid", "requires_payment_method")),
    ],
)
def test_time_settles_a_debit(
    client: stripe.StripeClient,
    simulator: Server,
    visiting: Callable[[str | None], Page],
    case: tuple[str, int, tuple[str, str, str]],
) -> None:
    iban, seconds, expected = case
    session = client.v1.checkout.sessions.create(session_params())
    debit(visiting(session.url), iban)
    simulator.control.advance(seconds)
    assert state(client, session.id) == expected


def test_settled_by_hand_is_not_settled_again(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    debit(visiting(session.url), BAD)
    simulator.control.move(session.id, "settle")
    simulator.control.advance(20 * DAY)
    assert state(client, session.id) == ("complete", "paid", "succeeded")


@pytest.mark.parametrize(("iban", "word"), [("FR00", "inexact"), ("AT271904300000055555", "refuse")])
def test_an_account_that_cannot_be_debited(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page], iban: str, word: str
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    assert word in debit(visiting(session.url), iban).html
    assert client.v1.payment_intents.list().data == []


def test_bancontact_authorised(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-bancontact").fill(bancontact_name="Camille").press("pay")
    assert {"authorize", "fail"} <= page.tests
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"

    assert page.press("authorize").url.startswith("https://shop.example/done")

    assert state(client, session.id) == ("complete", "paid", "succeeded")
    details = client.v1.charges.list().data[0].payment_method_details
    assert details is not None
    assert details.type == "bancontact"


def test_bancontact_refused_then_tried_again(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-bancontact").fill(bancontact_name="Camille").press("pay").press("fail")
    assert "refusé" in page.text("error")
    again = page.choose("method-bancontact").fill(bancontact_name="Camille").press("pay").press("authorize")
    assert again.url.startswith("https://shop.example/done")


@pytest.mark.parametrize(("answer", "expected"), [("authorize", "succeeded"), ("fail", "requires_payment_method")])
def test_ideal(client: stripe.StripeClient, visiting: Callable[[str | None], Page], answer: str, expected: str) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-ideal").fill(ideal_name="Camille").press("pay")
    assert "iDEAL" in page.html
    page.press(answer)
    (intent,) = client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data
    assert intent.status == expected


def test_a_bank_page_left_alone_is_taken_up_again(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    step = visiting(session.url).choose("method-bancontact").fill(bancontact_name="Camille").press("pay")
    assert state(client, session.id) == ("open", "unpaid", "requires_action")
    again = visiting(urljoin(step.url, step.find("back").attrs["href"]))
    assert again.find("back").attrs["href"] == BACK
    debit(again, GOOD)
    assert state(client, session.id) == ("complete", "unpaid", "processing")
    assert step.press("authorize").url.startswith("https://shop.example/done")  # too late: nothing more is taken
    assert state(client, session.id) == ("complete", "unpaid", "processing")
    assert len(client.v1.charges.list().data) == 1


def test_another_device_takes_over(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    """Refused at the bank, begun again on a second device, left there, and paid on the first: one payment, once."""
    session = client.v1.checkout.sessions.create(session_params(customer_email=None))
    first = visiting(session.url).fill(email="camille@example.com")
    first = first.choose("method-bancontact").fill(bancontact_name="Camille").press("pay").press("fail")
    assert "error" in first.tests
    with requests.Session() as telephone:
        second = visit(str(session.url), telephone)
        assert second.values["email"] == "camille@example.com"  # nobody types it twice
        second = second.choose("method-ideal").fill(ideal_name="Camille").press("pay")
        assert "authorize" in second.tests
        assert pay_by_card(first, "4242424242424242").url.startswith("https://shop.example/done")
        assert second.press("authorize").url.startswith("https://shop.example/done")  # too late: nothing more is taken
        assert state(client, session.id) == ("complete", "paid", "succeeded")
    assert [charge.status for charge in client.v1.charges.list().data] == ["succeeded"]
    assert kinds(client).count("checkout.session.completed") == 1


def test_link_pays_at_once(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    visiting(session.url).choose("method-link").press("pay")
    assert state(client, session.id) == ("complete", "paid", "succeeded")


FAILURES = [
    ("FR8420041010050500013M02607", "generic_could_not_process"),
    ("FR7920041010050500013M02600", "generic_could_not_process"),
    ("DE65370400440002222227", "insufficient_funds"),
]


@pytest.mark.parametrize(("iban", "code"), FAILURES)
def test_a_failed_debit_says_why(
    client: stripe.StripeClient,
    simulator: Server,
    visiting: Callable[[str | None], Page],
    iban: str,
    code: str,
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    debit(visiting(session.url), iban)
    simulator.control.advance(12 * DAY)
    (charge,) = client.v1.charges.list().data
    assert (charge.status, charge.failure_code) == ("failed", code)
    assert charge.failure_message

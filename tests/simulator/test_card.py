"""Paying by card on the hosted page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulator.conftest import BACK, kinds, pay_by_card, session_params

from stripe_simulator.hosted.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    import stripe
    from tests.simulator.browser import Page
    from tests.simulator.guard import Guard

    from stripe_simulator.server import Server

PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
CHALLENGED = "4000002760003184"


def test_a_good_card_pays(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(
        session_params(metadata={"invoice": "42"}, payment_intent_data={"metadata": {"attempt": "7"}})
    )
    assert session.payment_intent is None
    assert (session.status, session.payment_status) == ("open", "unpaid")

    done = pay_by_card(visiting(session.url), "4242 4242 4242 4242")

    assert done.url == f"https://shop.example/done?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.line_items is not None
    assert paid.line_items.data[0].amount_total == 9990
    intent = paid.payment_intent
    assert intent is not None
    assert not isinstance(intent, str)
    assert intent.metadata.to_dict() == {"attempt": "7"}  # the session's own metadata stays on the session
    assert intent.latest_charge.balance_transaction is None  # type: ignore[union-attr]
    assert kinds(client) == PAID


def test_the_fee_appears_a_moment_later(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    simulator.control.post("clock", frozen=True)
    session = client.v1.checkout.sessions.create(session_params())
    pay_by_card(visiting(session.url), "4242424242424242")
    simulator.control.advance(3)

    (charge,) = client.v1.charges.list({"expand": ["data.balance_transaction"]}).data
    row = charge.balance_transaction
    assert row is not None
    assert not isinstance(row, str)
    assert (row.amount, row.fee, row.net, row.type, row.source) == (9990, 175, 9815, "charge", charge.id)
    (event,) = client.v1.events.list({"type": "charge.updated"}).data
    assert event.to_dict()["data"]["previous_attributes"] == {"balance_transaction": None}


@pytest.mark.parametrize(
    ("number", "codes", "sentence"),
    [
        ("4000000000000002", ("card_declined", "generic_decline"), "a été refusée"),
        ("4000000000009995", ("card_declined", "insufficient_funds"), "fonds"),
        ("4000000000009987", ("card_declined", "lost_card"), "a été refusée"),
        ("4000000000000069", ("expired_card", "expired_card"), "a expiré"),
        ("4000000000000127", ("incorrect_cvc", "incorrect_cvc"), "cryptogramme"),
        ("4000000000000119", ("processing_error", "processing_error"), "traité"),
        ("4012888888881881", ("card_declined", "test_mode_live_card"), "carte de test"),
    ],
)
def test_a_declined_card_then_a_good_one(
    client: stripe.StripeClient,
    visiting: Callable[[str | None], Page],
    number: str,
    codes: tuple[str, str],
    sentence: str,
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(session.url), number)

    assert sentence in page.text("error")
    still = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (still.status, still.payment_status) == ("open", "unpaid")
    intent = still.payment_intent
    assert intent is not None
    assert not isinstance(intent, str)
    assert intent.status == "requires_payment_method"
    failure = intent.last_payment_error
    assert failure is not None
    assert (failure.code, failure.decline_code) == codes

    done = pay_by_card(page, "4242424242424242")

    assert done.url.startswith("https://shop.example/done")
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert paid.payment_intent == intent.id  # one PaymentIntent, two charges
    assert [charge.status for charge in client.v1.charges.list().data] == ["succeeded", "failed"]
    failed = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    assert kinds(client) == failed + PAID[1:]


def test_a_challenge_passed(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(session.url), CHALLENGED)
    assert {"challenge-pass", "challenge-fail"} <= page.tests
    (intent,) = client.v1.payment_intents.list().data
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "redirect_to_url"

    done = page.press("challenge-pass")

    assert done.url.startswith("https://shop.example/done")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert kinds(client) == [PAID[0], "payment_intent.requires_action", *PAID[1:]]
    details = client.v1.charges.list().data[0].payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.three_d_secure is not None


def test_a_challenge_failed_then_a_good_card(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(session.url), CHALLENGED).press("challenge-fail")

    assert "vérification" in page.text("error")
    assert client.v1.charges.list().data == []
    assert kinds(client)[-1] == "payment_intent.payment_failed"

    assert pay_by_card(page, "4242424242424242").url.startswith("https://shop.example/done")


def test_a_challenge_passed_but_the_bank_declines(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(session.url), "4000008260003178").press("challenge-pass")

    assert "fonds" in page.text("error")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_form_sent_twice_is_one_payment(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url)
    first, second = pay_by_card(page, "4242424242424242"), pay_by_card(page, "4242424242424242")

    assert first.url == second.url
    assert len(client.v1.charges.list().data) == 1


def test_a_challenge_pressed_twice_counts_once(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = pay_by_card(visiting(session.url), CHALLENGED)
    assert page.press("challenge-pass").url == page.press("challenge-fail").url
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_what_is_wrong_is_said_beside_the_field(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page]
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(session.url).choose("method-card")
    page = page.fill(card_number="4242424242424241", card_expiry="13/2", card_cvc="1").press("pay")

    assert "champs" in page.text("error")
    for sentence in ("inexact", "12/34", "3 ou 4 chiffres", "titulaire"):
        assert sentence in page.html
    assert "4242424242424241" not in page.html  # a card number is never written back
    assert client.v1.payment_intents.list().data == []


def test_an_expired_date_is_judged_by_the_simulators_clock(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> None:
    simulator.control.post("clock", set=2_240_000_000)  # December 2040
    simulator.control.advance(20 * 86400)
    session = client.v1.checkout.sessions.create(session_params())
    assert "passée" in pay_by_card(visiting(session.url), "4242424242424242").html


def test_the_page_is_closed_and_speaks_two_languages(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page], web: requests.Session
) -> None:
    english = visiting(client.v1.checkout.sessions.create(session_params(locale="en")).url)
    assert "Pay €99.90" in english.text("pay")
    assert english.find("back").attrs["href"] == BACK
    automatic = client.v1.checkout.sessions.create(session_params(locale="auto"))
    french = visiting(automatic.url)
    assert "Payer 99,90\u00a0€" in french.text("pay")
    web.headers["Accept-Language"] = "de, en;q=0.5"
    assert "Pay €99.90" in visiting(automatic.url).text("pay")

    policy = french.headers["content-security-policy"]
    assert "script-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "form-action 'self' https://shop.example" in policy
    assert "<script" not in french.html
    assert "style=" not in french.html
    assert french.find("card-number").attrs["autocomplete"] == "cc-number"


def test_every_event_is_valid(
    client: stripe.StripeClient, visiting: Callable[[str | None], Page], watch: Guard
) -> None:
    customer = client.v1.customers.create({"email": "camille@example.com"})
    client.v1.customers.update(customer.id, {"name": "Camille"})
    params = session_params(payment_intent_data={"setup_future_usage": "off_session"}, customer=customer.id)
    del params["customer_email"]
    session = client.v1.checkout.sessions.create(params)
    pay_by_card(pay_by_card(visiting(session.url), "4000000000000002"), CHALLENGED).press("challenge-pass")
    (charge, _) = client.v1.charges.list().data
    client.v1.refunds.create({"charge": charge.id, "amount": 100})

    events = client.v1.events.list({"limit": 100}).data
    assert len(events) == 12, kinds(client)
    for event in events:
        assert watch.event(event.to_dict()) == []
    (method,) = client.v1.customers.payment_methods.list(customer.id).data
    assert (method.customer, method.allow_redisplay) == (customer.id, "limited")


def test_the_page_keeps_a_sign_with_its_word() -> None:
    assert [text for text in TEXTS["fr"].values() if any(f" {sign}" in text for sign in ":;!?")] == []
    assert set(TEXTS["fr"]) == set(TEXTS["en"])

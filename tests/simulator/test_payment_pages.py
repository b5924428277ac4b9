"""Paying a Checkout Session without a browser, as `stripe fixtures` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulator.conftest import kinds, session_params
from tests.simulator.test_card import PAID

if TYPE_CHECKING:
    import stripe
    from tests.simulator.conftest import Http

    from stripe_simulator.server import Server

VISA, DECLINED, CHALLENGED = "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired"


def confirm(http: Http, page: str, **sent: str) -> Any:
    return http("POST", f"/v1/payment_pages/{page}/confirm", sent)


def test_a_session_is_paid(client: stripe.StripeClient, http: Http) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = http("GET", f"/v1/payment_pages/{session.id}").json()
    assert (page["session_id"], page["status"], page["total_summary"]["due"]) == (session.id, "open", 9990)
    assert http("POST", f"/v1/payment_pages/{session.id}/init", {"eid": "NA", "browser_locale": "fr"}).json() == page

    done = confirm(http, page["id"], payment_method=VISA, expected_amount="9990", eid="NA")
    assert (done.status_code, done.json()["payment_status"]) == (200, "paid")
    assert done.json()["payment_intent"]["status"] == "succeeded"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "complete"
    assert kinds(client) == PAID
    again = confirm(http, session.id, payment_method=VISA)
    assert again.status_code == 400
    assert "complete" in again.json()["error"]["message"]


def test_a_declined_card_leaves_it_open(client: stripe.StripeClient, http: Http) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    error = confirm(http, session.id, payment_method=DECLINED)
    assert (error.status_code, error.json()["error"]["code"]) == (402, "card_declined")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert confirm(http, session.id, payment_method=VISA).json()["status"] == "complete"


def test_the_bank_wants_the_customer(client: stripe.StripeClient, http: Http, simulator: Server) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = confirm(http, session.id, payment_method=CHALLENGED).json()
    assert page["payment_intent"]["next_action"]["type"] == "redirect_to_url"
    simulator.control.move(page["payment_intent"]["id"], "settle")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_what_is_no_confirmation(client: stripe.StripeClient, http: Http) -> None:
    session = client.v1.checkout.sessions.create(session_params(excluded_payment_method_types=["card"]))
    refused: tuple[tuple[dict[str, str], int], ...] = (
        ({"payment_method": VISA}, 400),
        ({"payment_method": "pm_1"}, 400),
        ({"payment_method": VISA, "expected_amount": "1"}, 400),
        ({"payment_method": VISA, "expected_amount": "1e3"}, 400),
        ({}, 400),
    )
    for sent, status in refused:
        assert confirm(http, session.id, **sent).status_code == status
    assert confirm(http, "cs_test_1", payment_method=VISA).status_code == 404
    assert http("GET", "/v1/payment_pages/ppage_1").status_code == 404
    assert client.v1.payment_intents.list().data == []

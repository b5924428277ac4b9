"""Saved methods on the payment page: kept by the customer's own wish, shown again, used, removed; and orders without a price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    import stripe
    from tests.simulator.browser import Page

    from stripe_simulator.server import Server

    Visiting = Callable[[str | None], Page]

KEEPING: Any = {"payment_method_save": "enabled"}
REMOVING: Any = {"payment_method_remove": "enabled"}


@pytest.fixture
def alice(client: stripe.StripeClient) -> stripe.Customer:
    return client.v1.customers.create({"email": "alice@example.com", "name": "Alice Durand"})


def opened(client: stripe.StripeClient, customer: stripe.Customer, **options: Any) -> stripe.checkout.Session:
    more: Any = {"saved_payment_method_options": options} if options else {}
    return client.v1.checkout.sessions.create(session_params(customer=customer.id, customer_email=None, **more))


def methods(client: stripe.StripeClient, customer: stripe.Customer) -> list[stripe.PaymentMethod]:
    return client.v1.customers.payment_methods.list(customer.id).data


def test_a_card_is_kept_by_wish_and_found_again(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    page = visiting(opened(client, alice, **KEEPING).url)
    assert "saved-method" not in page.tests
    pay_by_card(page.choose("save-method"), "4242424242424242")
    (kept,) = methods(client, alice)
    assert kept.allow_redisplay == "always"

    session = opened(client, alice)
    again = visiting(session.url)
    assert again.find("saved-method").attrs["data-id"] == kept.id
    assert "•••• 4242" in again.html
    assert "remove-method" not in again.tests
    assert again.press("pay").url.startswith("https://shop.example/done")  # the saved card is chosen already
    intent = client.v1.payment_intents.list().data[0]
    assert (intent.payment_method, intent.status) == (kept.id, "succeeded")
    assert len(methods(client, alice)) == 1


def test_without_the_wish_nothing_is_kept(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    pay_by_card(visiting(opened(client, alice, **KEEPING).url), "4242424242424242")
    assert methods(client, alice) == []
    page = visiting(opened(client, alice).url)
    assert "save-method" not in page.tests
    page.values["save"] = "yes"  # nobody was asked
    pay_by_card(page, "4242424242424242")
    assert methods(client, alice) == []


def test_what_the_bank_wants_to_see_is_kept_once_it_has(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    step = pay_by_card(visiting(opened(client, alice, **KEEPING).url).choose("save-method"), "4000002760003184")
    assert methods(client, alice) == []
    step.press("challenge-pass")
    assert [kept.allow_redisplay for kept in methods(client, alice)] == ["always"]


def test_only_what_may_be_shown_is_shown(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    kept = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    assert "saved-method" not in visiting(opened(client, alice).url).tests
    wide = opened(client, alice, allow_redisplay_filters=["always", "unspecified"])
    assert visiting(wide.url).find("saved-method").attrs["data-id"] == kept.id

    bob = client.v1.customers.create({"email": "bob@example.com"})
    page = visiting(opened(client, bob).url)
    assert "saved-method" not in page.tests
    page.values["method"] = kept.id  # another customer's
    assert "error" in page.press("pay").tests
    assert client.v1.payment_intents.list().data == []


def test_a_saved_card_may_want_the_bank_or_be_declined(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    for token in ("pm_card_chargeCustomerFail", "pm_card_authenticationRequired"):
        method = client.v1.payment_methods.attach(token, {"customer": alice.id})
        client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    session = opened(client, alice)
    page = visiting(session.url)
    wants, fails = [found.attrs["value"] for found in page.elements if found.test == "saved-method"]
    page.values["method"] = fails
    page = page.press("pay")
    assert "error" in page.tests
    page.values["method"] = wants
    assert page.press("pay").press("challenge-pass").url.startswith("https://shop.example/done")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_saved_card_is_removed(client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    page = visiting(opened(client, alice, **REMOVING).url)
    after = page.press("remove-method")
    assert (after.status, "saved-method" in after.tests) == (200, False)
    assert methods(client, alice) == []
    assert "payment_method.detached" in kinds(client)


def test_nobody_removes_where_it_is_not_allowed(
    client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer
) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    page = visiting(opened(client, alice).url)
    page.values["remove"] = method.id
    page.press("pay")
    assert [kept.id for kept in methods(client, alice)] == [method.id]


def test_setup_shows_nothing_again(client: stripe.StripeClient, visiting: Visiting, alice: stripe.Customer) -> None:
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": alice.id})
    client.v1.payment_methods.update(method.id, {"allow_redisplay": "always"})
    params: Any = {"mode": "setup", "currency": "eur", "customer": alice.id, "success_url": "https://shop.example/"}
    session = client.v1.checkout.sessions.create(params)
    assert session.saved_payment_method_options is None
    assert "saved-method" not in visiting(session.url).tests


def test_nothing_is_left_to_pay(client: stripe.StripeClient, visiting: Visiting, simulator: Server) -> None:
    coupon = client.v1.coupons.create({"percent_off": 100})
    wanted: Any = session_params(discounts=[{"coupon": coupon.id}], customer_email=None, customer_creation="always")
    session = client.v1.checkout.sessions.create(wanted)
    assert (session.amount_total, session.payment_status) == (0, "unpaid")
    page = visiting(session.url)
    assert not {test for test in page.tests if test.startswith("method-")}
    assert "error" in page.press("pay").tests  # an address is still needed
    done = page.fill(email="camille@example.com").press("pay")
    assert done.url.startswith("https://shop.example/done")
    after = client.v1.checkout.sessions.retrieve(session.id)
    assert (after.status, after.payment_status, after.payment_intent) == ("complete", "no_payment_required", None)
    assert client.v1.customers.retrieve(str(after.customer)).email == "camille@example.com"
    assert kinds(client)[-1] == "checkout.session.completed"
    assert client.v1.charges.list().data == []
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1
    assert simulator.control.get(f"objects/{session.id}")["url"] is None

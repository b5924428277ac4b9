"""Coupons, promotion codes, and what they take off a Checkout Session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params
from tests.simulator.test_products import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page

    from stripe_simulator.server import Server


def coupon(client: stripe.StripeClient, **params: Any) -> stripe.Coupon:
    sent: Any = params or {"percent_off": 25}
    return client.v1.coupons.create(sent)


def code(client: stripe.StripeClient, of: stripe.Coupon, **params: Any) -> stripe.PromotionCode:
    sent: Any = {"promotion": {"type": "coupon", "coupon": of.id}, **params}
    return client.v1.promotion_codes.create(sent)


def sell(client: stripe.StripeClient, amount: int = 1000, **discount: str) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(session_params(amount, discounts=[discount]))


def test_a_coupon_and_its_life(client: stripe.StripeClient) -> None:
    made = coupon(client, id="SPRING", percent_off=12.5, name="Spring")
    assert (made.duration, made.valid, made.percent_off, made.currency) == ("once", True, 12.5, None)
    assert client.v1.coupons.update("SPRING", {"name": "May"}).name == "May"
    assert refused(lambda: coupon(client, id="SPRING", percent_off=1))[:2] == ("resource_already_exists", "id")
    other = coupon(client, amount_off=300, currency="EUR", duration="repeating", duration_in_months=3)
    assert (other.currency, other.amount_off, other.duration_in_months) == ("eur", 300, 3)
    assert [row.id for row in client.v1.coupons.list().data] == [other.id, "SPRING"]
    assert [row.id for row in client.v1.coupons.list({"starting_after": other.id}).data] == ["SPRING"]
    assert client.v1.coupons.delete("SPRING").deleted
    code_, param, words = refused(lambda: client.v1.coupons.retrieve("SPRING"))
    assert (code_, param, words) == ("resource_missing", "coupon", "No such coupon: 'SPRING'")
    assert coupon(client, id="SPRING", percent_off=5).percent_off == 5  # the word is free again
    assert kinds(client) == [
        "coupon.created",
        "coupon.updated",
        "coupon.created",
        "coupon.deleted",
        "coupon.created",
    ]


BAD: list[tuple[dict[str, Any], str | None]] = [
    ({"duration": "once"}, None),
    ({"percent_off": 10, "amount_off": 10, "currency": "eur"}, None),
    ({"percent_off": 0}, "percent_off"),
    ({"percent_off": 101}, "percent_off"),
    ({"amount_off": 0, "currency": "eur"}, "amount_off"),
    ({"amount_off": 10}, "currency"),
    ({"percent_off": 10, "duration": "repeating"}, "duration_in_months"),
    ({"percent_off": 10, "max_redemptions": 0}, "max_redemptions"),
    ({"percent_off": 10, "redeem_by": 1}, "redeem_by"),
    ({"percent_off": 10, "applies_to": {"products": ["prod_x"]}}, "applies_to[products][0]"),
]


@pytest.mark.parametrize(("params", "param"), BAD)
def test_what_coupons_refuse(client: stripe.StripeClient, params: Any, param: str | None) -> None:
    assert refused(lambda: client.v1.coupons.create(params))[1] == param
    assert client.v1.coupons.list().data == []


def test_a_percentage_is_taken_off_each_line(client: stripe.StripeClient) -> None:
    session = sell(client, 999, coupon=coupon(client, percent_off=50).id)
    assert (session.amount_subtotal, session.amount_total) == (999, 499)  # 499.5 off, half up: 500
    assert session.total_details is not None
    assert session.total_details.amount_discount == 500
    (line,) = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (line.amount_subtotal, line.amount_discount, line.amount_total) == (999, 500, 499)


def test_an_amount_is_shared_by_the_lines_it_is_for(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "VPS"})
    price = client.v1.prices.create({"product": product.id, "currency": "eur", "unit_amount": 1000})
    inline = {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Backup"}}
    lines: Any = [{"price": price.id, "quantity": 1}, {"price_data": inline, "quantity": 1}]
    whole = coupon(client, amount_off=100, currency="eur")
    some = coupon(client, amount_off=100, currency="eur", applies_to={"products": [product.id]})
    for made, off in ((whole, [66, 34]), (some, [100, 0])):
        params = session_params(line_items=lines, discounts=[{"coupon": made.id}])
        session = client.v1.checkout.sessions.create(params)
        assert session.amount_total == 1400
        rows = client.v1.checkout.sessions.line_items.list(session.id).data
        assert [row.amount_discount for row in rows] == off
    shown = client.v1.coupons.retrieve(some.id, {"expand": ["applies_to"]})
    assert shown.applies_to is not None
    assert shown.applies_to.products == [product.id]


def test_a_payment_uses_the_coupon_up(client: stripe.StripeClient, visiting: Callable[[str | None], Page]) -> None:
    made = coupon(client, percent_off=25, max_redemptions=1)
    session = sell(client, coupon=made.id)
    assert session.to_dict()["discounts"] == [{"coupon": made.id, "promotion_code": None}]
    assert client.v1.coupons.retrieve(made.id).times_redeemed == 0  # an open session has used nothing yet
    pay_by_card(visiting(session.url), "4242424242424242")
    (intent,) = client.v1.payment_intents.list().data
    assert (intent.amount, intent.amount_received) == (750, 750)
    used = client.v1.coupons.retrieve(made.id)
    assert (used.times_redeemed, used.valid) == (1, False)
    assert refused(lambda: sell(client, coupon=made.id))[:2] == ("coupon_expired", "discounts[0][coupon]")


def test_a_coupon_ends_in_time(client: stripe.StripeClient, simulator: Server) -> None:
    now = int(simulator.control.get("clock")["now"])
    made = coupon(client, percent_off=10, redeem_by=now + 100)
    timed = code(client, made, expires_at=now + 50)
    simulator.control.advance(60)
    assert not client.v1.promotion_codes.retrieve(timed.id).active
    assert client.v1.coupons.retrieve(made.id).valid
    simulator.control.advance(60)
    assert not client.v1.coupons.retrieve(made.id).valid
    assert kinds(client)[-1] == "promotion_code.updated"


def test_promotion_codes(client: stripe.StripeClient, simulator: Server) -> None:
    made = coupon(client)
    customer = client.v1.customers.create({"email": "alice@example.com"})
    word, own = code(client, made, code="MAI2026"), code(client, made, customer=customer.id)
    assert (word.code, word.active, word.promotion.coupon) == ("MAI2026", True, made.id)
    assert [row.id for row in client.v1.promotion_codes.list({"code": "mai2026"}).data] == [word.id]
    assert [row.id for row in client.v1.promotion_codes.list({"coupon": made.id}).data] == [own.id, word.id]
    assert [row.id for row in client.v1.promotion_codes.list({"customer": customer.id}).data] == [own.id]
    assert refused(lambda: code(client, made, code="mai2026"))[1] == "code"
    assert refused(lambda: code(client, made, code="mai 2026"))[1] == "code"
    client.v1.promotion_codes.update(word.id, {"active": False})
    assert [row.id for row in client.v1.promotion_codes.list({"active": False}).data] == [word.id]
    assert refused(lambda: sell(client, promotion_code=word.id))[0] == "promotion_code_inactive"
    assert code(client, made, code="MAI2026").active  # an ended code's word is free
    opened = client.v1.promotion_codes.retrieve(word.id, {"expand": ["promotion.coupon"]}).to_dict()
    assert opened["promotion"]["coupon"]["percent_off"] == 25
    assert kinds(client)[-3:] == ["promotion_code.created", "promotion_code.updated", "promotion_code.created"]
    del simulator


def test_a_code_in_checkout(client: stripe.StripeClient) -> None:
    made = coupon(client)
    least = code(client, made, restrictions={"minimum_amount": 2000, "minimum_amount_currency": "eur"})
    assert "minimum amount" in refused(lambda: sell(client, 1999, promotion_code=least.id))[2]
    session = sell(client, 2000, promotion_code=least.id)
    assert session.amount_total == 1500
    assert session.to_dict()["discounts"] == [{"coupon": None, "promotion_code": least.id}]
    alice = client.v1.customers.create({})
    own = code(client, made, customer=alice.id)
    assert "by this customer" in refused(lambda: sell(client, promotion_code=own.id))[2]


def test_what_checkout_refuses(client: stripe.StripeClient) -> None:
    made = coupon(client, amount_off=100, currency="usd")
    assert refused(lambda: sell(client, coupon="NOPE"))[:2] == ("resource_missing", "discounts[0][coupon]")
    assert "is in usd" in refused(lambda: sell(client, coupon=made.id))[2]
    assert refused(lambda: sell(client, coupon=made.id, promotion_code="promo_x"))[1] == "discounts[0]"
    two = session_params(discounts=[{"coupon": made.id}, {"coupon": made.id}])
    assert "only specify 1 discount" in refused(lambda: client.v1.checkout.sessions.create(two))[2]

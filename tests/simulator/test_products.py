"""Products and prices, and Checkout lines that name a price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds, pay_by_card, session_params

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.browser import Page


@pytest.fixture
def vps(client: stripe.StripeClient) -> stripe.Product:
    return client.v1.products.create({"name": "VPS Lanterne", "metadata": {"size": "4"}})


def refused(call: Callable[[], object]) -> tuple[str | None, str | None, str]:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value.code, caught.value.param, str(caught.value.user_message)


def test_a_product_and_its_life(client: stripe.StripeClient, vps: stripe.Product) -> None:
    assert (vps.active, vps.type, vps.to_dict()["default_price"]) == (True, "service", None)
    after = client.v1.products.update(vps.id, {"name": "VPS", "description": "Fast", "metadata": {"size": ""}})
    assert (after.name, after.description, after.metadata.to_dict()) == ("VPS", "Fast", {})
    assert client.v1.products.update(vps.id, {"description": ""}).description is None
    client.v1.products.update(vps.id, {"name": "VPS"})  # nothing changes: nothing to tell
    assert client.v1.products.delete(vps.id).deleted
    assert refused(lambda: client.v1.products.retrieve(vps.id))[:2] == ("resource_missing", "id")
    assert client.v1.products.list().data == []
    assert kinds(client) == ["product.created", "product.updated", "product.updated", "product.deleted"]
    changed = client.v1.events.list({"type": "product.updated"}).data[-1].to_dict()["data"]["previous_attributes"]
    assert set(changed) == {"name", "description", "metadata", "updated"}
    assert changed["name"] == "VPS Lanterne"


def test_a_product_with_an_id_and_a_default_price(client: stripe.StripeClient) -> None:
    data: Any = {"currency": "EUR", "unit_amount": 500, "recurring": {"interval": "month"}}
    product = client.v1.products.create({"id": "vps-1", "name": "VPS", "default_price_data": data})
    price = client.v1.prices.retrieve(str(product.default_price))
    assert (price.currency, price.type, price.unit_amount, price.product) == ("eur", "recurring", 500, "vps-1")
    assert kinds(client) == ["product.created", "price.created", "product.updated"]
    code, param, _ = refused(lambda: client.v1.products.create({"id": "vps-1", "name": "Again"}))
    assert (code, param) == ("resource_already_exists", "id")
    assert "default price" in refused(lambda: client.v1.prices.update(price.id, {"active": False}))[2]
    assert "user-created prices" in refused(lambda: client.v1.products.delete("vps-1"))[2]
    bad: Any = {"id": "vps-2", "name": "VPS", "default_price_data": {"currency": "euro", "unit_amount": 1}}
    assert refused(lambda: client.v1.products.create(bad))[1] == "default_price_data[currency]"
    assert [row.id for row in client.v1.products.list().data] == ["vps-1"]  # the refused one left nothing


def test_products_are_listed_and_filtered(client: stripe.StripeClient) -> None:
    made = [client.v1.products.create({"name": str(n), "active": n != 1, "shippable": n == 2}).id for n in range(4)]
    assert [row.id for row in client.v1.products.list({"limit": 1}).auto_paging_iter()] == made[::-1]
    assert [row.id for row in client.v1.products.list({"active": False}).data] == [made[1]]
    assert [row.id for row in client.v1.products.list({"shippable": True}).data] == [made[2]]
    assert [row.id for row in client.v1.products.list({"ids": [made[0], made[3]]}).data] == [made[3], made[0]]
    back = client.v1.products.list({"limit": 2, "ending_before": made[0]})
    assert ([row.id for row in back.data], back.has_more) == ([made[2], made[1]], True)
    code, param, words = refused(lambda: client.v1.products.list({"starting_after": "prod_x"}))
    assert (code, param, words) == ("resource_missing", "starting_after", "No such product: 'prod_x'")


def test_prices_once_and_recurring(client: stripe.StripeClient, vps: stripe.Product) -> None:
    once = client.v1.prices.create({"product": vps.id, "currency": "eur", "unit_amount": 1999})
    assert (once.type, once.recurring, once.active, once.to_dict()["unit_amount_decimal"]) == (
        "one_time",
        None,
        True,
        once.unit_amount_decimal,
    )
    yearly = client.v1.prices.create(
        {"product": vps.id, "currency": "usd", "unit_amount": 9900, "recurring": {"interval": "year"}}
    )
    assert yearly.recurring is not None
    assert (yearly.recurring.interval, yearly.recurring.interval_count) == ("year", 1)
    assert [row.id for row in client.v1.prices.list({"type": "recurring"}).data] == [yearly.id]
    assert [row.id for row in client.v1.prices.list({"recurring": {"interval": "year"}}).data] == [yearly.id]
    assert client.v1.prices.list({"recurring": {"interval": "month"}}).data == []
    assert [row.id for row in client.v1.prices.list({"currency": "eur"}).data] == [once.id]
    assert [row.id for row in client.v1.prices.list({"product": vps.id}).data] == [yearly.id, once.id]
    assert client.v1.prices.list({"active": False}).data == []
    data: Any = {"currency": "eur", "unit_amount": 1, "product_data": {"name": "Backup"}, "expand": ["product"]}
    inline = client.v1.prices.create(data).to_dict()
    assert (inline["product"]["name"], inline["product"]["active"]) == ("Backup", True)


def test_what_prices_refuse(client: stripe.StripeClient, vps: stripe.Product) -> None:
    def make(**params: Any) -> Callable[[], object]:
        sent: Any = {"product": vps.id, "currency": "eur", "unit_amount": 100, **params}
        return lambda: client.v1.prices.create({k: v for k, v in sent.items() if v is not None})  # type: ignore[arg-type]

    assert refused(make(product="prod_x"))[:2] == ("resource_missing", "product")
    assert refused(make(product=None))[:2] == ("parameter_missing", "product")
    assert refused(make(product_data={"name": "x"}))[2].startswith("You may only specify one")
    assert refused(make(unit_amount=None))[:2] == ("parameter_missing", "unit_amount")
    assert refused(make(unit_amount=-1))[:2] == ("parameter_invalid_integer", "unit_amount")
    assert refused(make(currency="euro"))[1] == "currency"
    assert refused(make(recurring={"interval": "year", "interval_count": 4}))[1] == "recurring[interval_count]"
    with pytest.raises(stripe.APIError, match="transform_quantity of prices is not implemented"):
        make(transform_quantity={"divide_by": 5, "round": "up"})()
    assert client.v1.prices.list().data == []


def test_lookup_keys_name_one_price_each(client: stripe.StripeClient, vps: stripe.Product) -> None:
    plain: Any = {"product": vps.id, "currency": "eur", "unit_amount": 100, "lookup_key": "vps"}
    old = client.v1.prices.create(plain)
    code, param, words = refused(lambda: client.v1.prices.create(plain))
    assert (code, param) == (None, "lookup_key")
    assert old.id in words
    transferring: Any = {**plain, "transfer_lookup_key": True}
    new = client.v1.prices.create(transferring)
    assert [row.id for row in client.v1.prices.list({"lookup_keys": ["vps", "other"]}).data] == [new.id]
    assert client.v1.prices.retrieve(old.id).lookup_key is None
    client.v1.prices.update(old.id, {"lookup_key": "older", "nickname": "old", "active": False})
    assert [row.id for row in client.v1.prices.list({"lookup_keys": ["older"]}).data] == [old.id]
    assert kinds(client)[-3:] == ["price.updated", "price.created", "price.updated"]
    inclusive = client.v1.prices.update(old.id, {"tax_behavior": "inclusive"})
    assert inclusive.tax_behavior == "inclusive"
    assert refused(lambda: client.v1.prices.update(old.id, {"tax_behavior": "exclusive"}))[1] == "tax_behavior"


def test_checkout_sells_a_price(
    client: stripe.StripeClient, vps: stripe.Product, visiting: Callable[[str | None], Page]
) -> None:
    price = client.v1.prices.create({"product": vps.id, "currency": "eur", "unit_amount": 1999})
    session = client.v1.checkout.sessions.create(session_params(line_items=[{"price": price.id, "quantity": 3}]))
    assert session.amount_total == 5997
    (line,) = client.v1.checkout.sessions.line_items.list(session.id).to_dict()["data"]
    assert (line["price"]["id"], line["description"], line["quantity"]) == (price.id, "VPS Lanterne", 3)
    pay_by_card(visiting(session.url), "4242424242424242")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_prices_that_checkout_refuses(client: stripe.StripeClient, vps: stripe.Product) -> None:
    plain: Any = {"product": vps.id, "currency": "eur", "unit_amount": 1999}
    recurring: Any = {**plain, "recurring": {"interval": "month"}}
    price, monthly = client.v1.prices.create(plain), client.v1.prices.create(recurring)

    def sell(**line: Any) -> tuple[str | None, str | None, str]:
        return refused(lambda: client.v1.checkout.sessions.create(session_params(line_items=[{"quantity": 1, **line}])))

    assert sell(price="price_x")[:2] == ("resource_missing", "line_items[0][price]")
    assert "recurring price" in sell(price=monthly.id)[2]
    assert sell(price_data={**plain, "product": "prod_x"})[:2] == (
        "resource_missing",
        "line_items[0][price_data][product]",
    )
    client.v1.products.update(vps.id, {"active": False})
    assert "its product is not active" in sell(price=price.id)[2]
    client.v1.prices.update(price.id, {"active": False})
    assert "only accepts active prices" in sell(price=price.id)[2]


def test_a_price_of_the_moment_for_a_known_product(client: stripe.StripeClient, vps: stripe.Product) -> None:
    line = {"price_data": {"currency": "eur", "unit_amount": 700, "product": vps.id}, "quantity": 1}
    session = client.v1.checkout.sessions.create(session_params(line_items=[line]))
    assert session.amount_total == 700
    (price,) = client.v1.prices.list({"product": vps.id}).data
    assert (price.active, price.unit_amount) == (False, 700)

"""Flows for test_every_operation.py: what is sold, and what a customer has beside payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulator.flows import Call, Flow

    from stripe_simulator.server import Control

FLOWS: list[Flow] = []


def flow(run: Flow) -> Flow:
    FLOWS.append(run)
    return run


@flow
def catalogue(call: Call, control: Control) -> None:
    vps = call("products.create", {"name": "VPS"})
    assert call("products.update", vps.id, {"name": "VPS Lanterne"}).name == "VPS Lanterne"
    assert call("products.retrieve", vps.id).active
    assert [each.id for each in call("products.list").data] == [vps.id]
    price = call("prices.create", {"product": vps.id, "currency": "eur", "unit_amount": 500})
    assert call("prices.update", price.id, {"nickname": "plain"}).nickname == "plain"
    assert call("prices.retrieve", price.id).unit_amount == 500
    assert [each.id for each in call("prices.list").data] == [price.id]
    other = call("products.create", {"name": "Backup"})
    assert call("products.delete", other.id).deleted
    del control


@flow
def discounts(call: Call, control: Control) -> None:
    spring = call("coupons.create", {"id": "SPRING", "percent_off": 10})
    assert call("coupons.update", "SPRING", {"name": "Spring"}).name == "Spring"
    assert call("coupons.retrieve", "SPRING").valid
    assert [each.id for each in call("coupons.list").data] == [spring.id]
    code = call("promotion_codes.create", {"promotion": {"type": "coupon", "coupon": "SPRING"}})
    assert call("promotion_codes.retrieve", code.id).active
    assert [each.id for each in call("promotion_codes.list").data] == [code.id]
    assert not call("promotion_codes.update", code.id, {"active": False}).active
    assert call("coupons.delete", "SPRING").deleted
    del control


@flow
def searching(call: Call, control: Control) -> None:
    alice = call("customers.create", {"email": "alice@example.com"})
    assert [each.id for each in call("customers.search", {"query": "email:'alice@example.com'"}).data] == [alice.id]
    bought = {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    never = {"enabled": True, "allow_redirects": "never"}
    intent = call("payment_intents.create", {**bought, "automatic_payment_methods": never})
    assert [each.id for each in call("payment_intents.search", {"query": "amount>1"}).data] == [intent.id]
    assert [each.id for each in call("charges.search", {"query": "amount>1"}).data] == [intent.latest_charge]
    product = call("products.create", {"name": "Game server"})
    price = call("prices.create", {"product": product.id, "currency": "eur", "unit_amount": 990})
    assert [each.id for each in call("products.search", {"query": "name~'server'"}).data] == [product.id]
    assert [each.id for each in call("prices.search", {"query": f"product:'{product.id}'"}).data] == [price.id]
    del control


@flow
def domains(call: Call, control: Control) -> None:
    made = call("payment_method_domains.create", {"domain_name": "shop.example"})
    assert call("payment_method_domains.retrieve", made.id).enabled
    assert not call("payment_method_domains.update", made.id, {"enabled": False}).enabled
    assert call("payment_method_domains.validate", made.id).apple_pay.status == "active"
    assert [each.id for each in call("payment_method_domains.list").data] == [made.id]
    del control


@flow
def tax_numbers(call: Call, control: Control) -> None:
    alice = call("customers.create", {"email": "alice@example.com"})
    made = call("customers.tax_ids.create", alice.id, {"type": "eu_vat", "value": "FR40303265045"})
    assert call("customers.tax_ids.retrieve", alice.id, made.id).country == "FR"
    assert [each.id for each in call("customers.tax_ids.list", alice.id).data] == [made.id]
    assert call("customers.tax_ids.delete", alice.id, made.id).deleted
    del control


@flow
def portal(call: Call, control: Control) -> None:
    alice = call("customers.create", {"email": "alice@example.com"})
    features = {"payment_method_update": {"enabled": True}}
    made = call("billing_portal.configurations.create", {"features": features})
    assert call("billing_portal.configurations.retrieve", made.id).active
    assert call("billing_portal.configurations.update", made.id, {"name": "plain"}).name == "plain"
    assert [each.id for each in call("billing_portal.configurations.list").data] == [made.id]
    session = call("billing_portal.sessions.create", {"customer": alice.id, "configuration": made.id})
    assert session.configuration == made.id
    del control


@flow
def own_tax_numbers(call: Call, control: Control) -> None:
    made = call("tax_ids.create", {"type": "eu_vat", "value": "FR40303265045"})
    assert call("tax_ids.retrieve", made.id).owner.type == "self"
    assert [each.id for each in call("tax_ids.list").data] == [made.id]
    assert call("tax_ids.delete", made.id).deleted
    del control


@flow
def customer_sessions(call: Call, control: Control) -> None:
    alice = call("customers.create", {"email": "alice@example.com"})
    components = {"payment_element": {"enabled": True}}
    session = call("customer_sessions.create", {"customer": alice.id, "components": components})
    assert session.client_secret.startswith("cuss_secret_")
    del control

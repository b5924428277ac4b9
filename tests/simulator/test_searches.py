"""Payments, charges, products and prices, found by Stripe's search language."""

from __future__ import annotations

from typing import Any

import pytest
import stripe
from tests.simulator.flows import NO_REDIRECT
from tests.simulator.test_products import refused


def pay(client: stripe.StripeClient, card: str, amount: int, **more: Any) -> stripe.PaymentIntent:
    params: Any = {
        "amount": amount,
        "currency": "eur",
        "payment_method": card,
        "confirm": True,
        "automatic_payment_methods": NO_REDIRECT,
        **more,
    }
    return client.v1.payment_intents.create(params)


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("amount>1000", [3000, 2000]),
        ("amount>1000 AND metadata['order']:'7'", [2000]),
        ("status:'succeeded' AND currency:'eur'", [3000, 2000, 1000]),
        ("currency:'usd'", []),
        ("customer:null AND amount<=1000", [1000]),
    ],
)
def test_payments(client: stripe.StripeClient, query: str, amounts: list[int]) -> None:
    pay(client, "pm_card_visa", 1000)
    pay(client, "pm_card_visa", 2000, metadata={"order": "7"})
    pay(client, "pm_card_mastercard", 3000)
    assert [each.amount for each in client.v1.payment_intents.search({"query": query}).data] == amounts


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("payment_method_details.card.last4:4242", [1000]),
        ("payment_method_details.card.brand:'mastercard'", [3000]),
        ("refunded:'true'", [3000]),
        ("disputed:'false' AND amount>2000", [3000]),
    ],
)
def test_charges(client: stripe.StripeClient, query: str, amounts: list[int]) -> None:
    pay(client, "pm_card_visa", 1000)
    intent = pay(client, "pm_card_mastercard", 3000)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert [each.amount for each in client.v1.charges.search({"query": query}).data] == amounts


def test_products_and_prices(client: stripe.StripeClient) -> None:
    product = client.v1.products.create({"name": "Game server"})
    client.v1.products.create({"name": "Old one", "active": False})
    price = client.v1.prices.create(
        {"product": product.id, "currency": "eur", "unit_amount": 990, "lookup_key": "small"}
    )
    assert [row.id for row in client.v1.products.search({"query": "active:'true' AND name~'game'"}).data] == [
        product.id
    ]
    assert [row.id for row in client.v1.prices.search({"query": "lookup_key:'small'"}).data] == [price.id]
    assert refused(lambda: client.v1.prices.search({"query": "unit_amount:990"}))[1] == "query"

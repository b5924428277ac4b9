"""Alice orders, Bob is another customer, a guest is nobody yet. They pay with the till of `tests/cash`, by the contract alone."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders

from comptoir.catalogue.models import Product, Shop
from comptoir.customers.models import Customer
from comptoir.modules.actions import set_enabled

FRENCH = {"accept-language": "fr"}


@pytest.fixture
def shop(db: None) -> Shop:
    """A shop that takes cash."""
    set_enabled(name="cash", enabled=True, who="test")
    return builders.shop()


@pytest.fixture
def vps(shop: Shop) -> Product:
    """99.90 a year or 9.99 a month, tax included; yearly by default."""
    return builders.product(prices={"annually": 9990, "monthly": 999})


@pytest.fixture
def free(shop: Shop) -> Product:
    """A product that costs nothing."""
    return builders.product("Web Étincelle", prices={"annually": 0})


@pytest.fixture
def alice(shop: Shop) -> Customer:
    """A customer with a full address."""
    return builders.customer("Alice")


@pytest.fixture
def bob(shop: Shop) -> Customer:
    """Another customer."""
    return builders.customer("Bob")


@pytest.fixture
def guest(shop: Shop) -> Client:
    """A browser in which nobody is signed in."""
    return Client(headers=FRENCH)


@pytest.fixture
def as_alice(alice: Customer) -> Client:
    """Alice's browser."""
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: Customer) -> Client:
    """Bob's browser."""
    return signed_in(bob)


def signed_in(customer: Customer) -> Client:
    """A browser of a customer."""
    client = Client(headers=FRENCH)
    client.force_login(customer.user)
    return client

"""Customers: found by search, their tax numbers."""

from __future__ import annotations

import pytest
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.test_products import refused


@pytest.fixture
def three(client: stripe.StripeClient) -> dict[str, str]:
    """Names by id."""
    made = [
        client.v1.customers.create({"email": "alice@example.com", "name": "Alice", "metadata": {"tier": "gold"}}),
        client.v1.customers.create({"email": "bob@example.com", "name": "Bob O'Hara", "metadata": {"tier": "tin"}}),
        client.v1.customers.create({"email": "charlie@example.net"}),
    ]
    return {customer.id: customer.name or "nobody" for customer in made}


FOUND = [
    ("email:'ALICE@example.com'", ["Alice"]),
    ('email~"example.com"', ["Bob O'Hara", "Alice"]),
    ("metadata['tier']:'gold'", ["Alice"]),
    ("metadata['tier']:null", ["nobody"]),
    ("name:null", ["nobody"]),
    ("-metadata['tier']:'gold'", ["nobody", "Bob O'Hara"]),
    ("name:'Bob O\\'Hara'", ["Bob O'Hara"]),
    ("email:'alice@example.com' OR email:'bob@example.com'", ["Bob O'Hara", "Alice"]),
    ("email~'example.com' AND metadata['tier']:'tin'", ["Bob O'Hara"]),
    ("email~'example.com' metadata['tier']:'tin'", ["Bob O'Hara"]),
    ("created>1000000 AND email:'bob@example.com'", ["Bob O'Hara"]),
    ("created<1000000", []),
]


@pytest.mark.parametrize(("query", "names"), FOUND)
def test_what_a_query_finds(client: stripe.StripeClient, three: dict[str, str], query: str, names: list[str]) -> None:
    found = client.v1.customers.search({"query": query})
    assert [three[customer.id] for customer in found.data] == names
    assert not found.has_more


def test_a_search_has_pages(client: stripe.StripeClient, three: dict[str, str]) -> None:
    first = client.v1.customers.search({"query": "email~'example'", "limit": 2})
    assert first.has_more
    assert [three[row.id] for row in first.auto_paging_iter()] == ["nobody", "Bob O'Hara", "Alice"]
    client.v1.customers.delete(first.data[0].id)
    assert len(client.v1.customers.search({"query": "email~'example'"}).data) == 2


@pytest.mark.parametrize(
    "query",
    [
        "email",
        "email:alice",
        "shoe:'x'",
        "metadata:'x'",
        "email['k']:'x'",
        "email>'x'",
        "created:'soon'",
        "email~'ab'",
        "email:'a' AND",
        "email:'a' AND name:'b' OR name:'c'",
    ],
)
def test_what_is_no_query(client: stripe.StripeClient, query: str) -> None:
    assert refused(lambda: client.v1.customers.search({"query": query}))[1] == "query"


def test_tax_numbers_of_a_customer(client: stripe.StripeClient) -> None:
    alice, bob = (client.v1.customers.create({}).id for _ in range(2))
    numbers = client.v1.customers.tax_ids
    french = numbers.create(alice, {"type": "eu_vat", "value": "FR40303265045"})
    assert (french.country, french.customer, french.value) == ("FR", alice, "FR40303265045")
    swiss = numbers.create(alice, {"type": "ch_vat", "value": "CHE-123.456.789 MWST"})
    assert swiss.country == "CH"
    assert [row.id for row in numbers.list(alice).data] == [swiss.id, french.id]
    assert [row.id for row in numbers.list(alice, {"ending_before": french.id}).data] == [swiss.id]
    assert numbers.list(bob).data == []
    held = client.v1.customers.retrieve(alice, {"expand": ["tax_ids"]}).tax_ids
    assert held is not None
    assert [row.id for row in held.data] == [swiss.id, french.id]
    assert numbers.retrieve(alice, french.id).type == "eu_vat"
    assert refused(lambda: numbers.retrieve(bob, french.id))[:2] == ("resource_missing", "id")
    assert refused(lambda: numbers.create(alice, {"type": "eu_vat", "value": "303265045"}))[:2] == (
        "tax_id_invalid",
        "value",
    )
    assert numbers.delete(alice, french.id).deleted
    assert refused(lambda: numbers.retrieve(alice, french.id))[0] == "resource_missing"
    assert kinds(client)[-3:] == ["customer.tax_id.created", "customer.tax_id.created", "customer.tax_id.deleted"]

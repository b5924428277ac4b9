"""Payment method domains."""

from __future__ import annotations

import pytest
import stripe
from tests.simulator.test_products import refused


def test_a_domain_is_registered_once(client: stripe.StripeClient) -> None:
    domains = client.v1.payment_method_domains
    made = domains.create({"domain_name": "Shop.example"})
    assert (made.domain_name, made.enabled, made.apple_pay.status) == ("shop.example", True, "active")
    assert domains.create({"domain_name": "shop.example"}).id == made.id
    assert not domains.update(made.id, {"enabled": False}).enabled
    assert not domains.validate(made.id).enabled
    other = domains.create({"domain_name": "pay.shop.example"})
    assert [row.id for row in domains.list().data] == [other.id, made.id]
    assert [row.id for row in domains.list({"limit": 1, "starting_after": other.id}).data] == [made.id]
    assert [row.id for row in domains.list({"enabled": True}).data] == [other.id]
    assert [row.id for row in domains.list({"domain_name": "shop.example"}).data] == [made.id]
    assert domains.retrieve(made.id).created == made.created
    assert refused(lambda: domains.retrieve("pmd_x"))[:2] == ("resource_missing", "payment_method_domain")
    assert refused(lambda: domains.list({"ending_before": "pmd_x"}))[:2] == ("resource_missing", "ending_before")


@pytest.mark.parametrize("name", ["https://shop.example", "shop", "-a.example", "a b.example"])
def test_what_is_no_domain(client: stripe.StripeClient, name: str) -> None:
    assert refused(lambda: client.v1.payment_method_domains.create({"domain_name": name}))[1] == "domain_name"

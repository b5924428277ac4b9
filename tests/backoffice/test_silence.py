"""A provider does not answer: the first page and its own pages say since when, until it answers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests import builders
from tests.backoffice.setting_up import ENGLISH, attribute, shown

from comptoir.customers.models import Customer
from comptoir_stripe import gateway, silence
from comptoir_stripe.models import StripeSilence

pytestmark = pytest.mark.django_db
WHOSE = ("acct_1", "test")


def page(client: Client, address: str, *, language: str = "en") -> str:
    return client.get(address, headers={"accept-language": language}).content.decode()


@pytest.fixture
def pages(alice: Customer) -> list[str]:
    """The first page and two of Stripe's."""
    return [
        reverse("admin:index"),
        reverse("backoffice:transactions", args=["stripe"]),
        reverse("backoffice:module_settings", args=["stripe"]),
    ]


def test_the_band_stands_on_the_first_page_and_on_stripes_until_it_answers(owner: Client, pages: list[str]) -> None:
    assert not any('data-test="silent"' in page(owner, each) for each in pages)
    silence.unheard(WHOSE, gateway.UNREACHABLE)
    for each in pages:
        (band,) = shown(page(owner, each), "silent")
        assert band.startswith("Stripe (test) has not answered since")
        assert "Nothing is charged twice" in band
        assert "It cannot be reached" in band
    assert attribute(page(owner, pages[0]), "silent", "data-gateway") == ["stripe"]
    french = shown(page(owner, pages[0], language="fr"), "silent")[0]
    assert "ne répond plus depuis le" in french
    assert "Il est injoignable" in french
    assert 'data-test="silent"' not in page(owner, reverse("admin:customers_customer_changelist"))
    silence.heard(WHOSE, at=timezone.now())
    assert not any('data-test="silent"' in page(owner, each) for each in pages)


def test_each_account_and_mode_has_its_line(owner: Client, pages: list[str]) -> None:
    for whose in (WHOSE, ("acct_1", "live")):
        silence.unheard(whose, "Timeout")
    bands = shown(page(owner, pages[0]), "silent")
    assert [each.partition(")")[0] for each in bands] == ["Stripe (test", "Stripe (live"]
    assert StripeSilence.objects.count() == 2


def test_it_is_told_to_whoever_may_see_payments_or_modules(staff: Client, pages: list[str]) -> None:
    silence.unheard(WHOSE, "Timeout")
    assert 'data-test="silent"' not in page(staff, pages[0])
    support = Client()
    support.force_login(builders.staff("Vera", "support"))
    assert 'data-test="silent"' in support.get(pages[0], headers=ENGLISH).content.decode()

"""The payment service does not answer: customers are told plainly, whatever they were about to do."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.shop.steps import named, pay_page, states, text_of

from comptoir.catalogue.models import Product
from comptoir.payments.models import Attempt
from comptoir_stripe import silence

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(as_alice: Client, vps: Product) -> str:
    """The address of the payment page of an order that is paid at Stripe, which does not answer."""
    found = pay_page(as_alice, vps)
    Attempt.objects.update(module="stripe", account="acct_1", url="https://pay.example.org/c/1")
    silence.unheard(("acct_1", Attempt.objects.get().mode), "Timeout")
    return found


def said(client: Client, address: str) -> str:
    return " ".join(text_of(client.get(address, headers={"accept-language": "en"})).split())


def test_whoever_has_paid_is_asked_not_to_pay_again(as_alice: Client, address: str) -> None:
    text = said(as_alice, f"{address}?back=done")
    assert "Stripe does not answer at the moment, so we cannot see yet how your payment stands." in text
    assert "nothing is lost" in text
    assert "Please do not pay again" in text


def test_whoever_is_about_to_pay_can_try(as_alice: Client, address: str) -> None:
    shown = as_alice.get(address, headers={"accept-language": "en"})
    assert "its payment page may not open. Nothing was charged" in " ".join(text_of(shown).split())
    assert named(shown, "to-stripe")
    assert states(shown, "payment-state") == ["open"]


def test_whoever_has_no_page_yet_is_told_that_nothing_was_charged(as_alice: Client, address: str) -> None:
    Attempt.objects.update(state="created", url="", calling_until=None)
    text = said(as_alice, address)
    assert "The payment page cannot be opened right now" in text
    assert "Nothing was charged, and your order is kept" in text
    french = text_of(as_alice.get(address, headers={"accept-language": "fr"}))
    assert "Rien n’a été débité" in french
    assert "ne répond pas en ce moment" in french


def test_of_another_account_nothing_is_said(as_alice: Client, address: str) -> None:
    Attempt.objects.update(account="acct_2")
    assert "does not answer" not in said(as_alice, address)

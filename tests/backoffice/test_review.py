"""The queue of held payments: each with its reason in words, its money, and choices that say what they will do."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.conftest import _signed_in
from tests.backoffice.test_refunds import plain, read

from comptoir.backoffice import held
from comptoir.customers.models import Customer
from comptoir.ledger.models import Credit
from comptoir.ledger.queries import paid_on
from comptoir.payments.actions.placing import alert_held
from comptoir.payments.models import Payment

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "backoffice:review"


def decide(client: Client, what: str, payment: Payment, **more: str) -> str:
    """Press a button of the queue; what the page says then."""
    address = reverse(f"backoffice:review_{what}", args=[payment.pk])
    answer = client.post(address, more, headers={"accept-language": "en"}, follow=True)
    payment.refresh_from_db()
    return plain(answer.content.decode())


def without_invoice(alice: Customer) -> Payment:
    """A payment of which nobody here knows whose it is."""
    payment = scenes.paid(alice, amount_minor=5000)
    Payment.objects.filter(pk=payment.pk).update(attempt=None, invoice=None)
    payment.refresh_from_db()
    return payment


def test_an_empty_queue_says_so_and_the_first_page_counts_none(boris: Client, alice: Customer) -> None:
    scenes.paid(alice)
    assert 'data-test="nothing"' in read(boris, reverse(QUEUE))
    assert 'data-test="due-held" data-count="0"' in read(boris, reverse("admin:index"))


def test_a_long_queue_has_pages(boris: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "PER_PAGE", 2)
    names = [scenes.paid(alice, amount_minor=12000).reference for _each in range(3)]
    first = read(boris, reverse(QUEUE))
    assert [name in first for name in names] == [True, True, False]
    further = re.search(r'href="([^"]+)" data-test="review-newer"', first)
    assert further is not None
    second = read(boris, reverse(QUEUE) + further[1])
    assert [name in second for name in names] == [False, False, True]
    assert 'data-test="review-newer"' not in second
    assert f'href="{reverse(QUEUE)}" data-test="review-older"' in second


def test_too_much_is_told_with_what_each_choice_will_do(boris: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=12000)
    assert 'data-test="due-held" data-count="1"' in read(boris, reverse("admin:index"))
    told = plain(read(boris, reverse(QUEUE)))
    assert "The amount differs: €120.00 instead of €99.90" in told
    assert f"€99.90 pays invoice {payment.invoice}. It is paid then, and what was ordered is delivered." in told
    assert "€20.10 becomes the credit of Alice Durand." in told
    assert "€120.00 becomes the credit of Alice Durand, who is told and can pay an invoice with it." in told
    assert "€120.00, or a part of it, goes back to Visa ·· 4242." in told
    said = decide(boris, "accept", payment)
    assert f"Accepted: €99.90 pays invoice {payment.invoice}." in said
    assert (payment.state, Credit.objects.get().balance_minor) == ("succeeded", 2010)
    assert "somebody has decided" in decide(boris, "credit", payment)  # the second of two people


def test_too_little_is_told_with_what_is_still_to_be_paid(boris: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=4000)
    told = plain(read(boris, reverse(QUEUE)))
    assert f"€40.00 pays invoice {payment.invoice}. €59.90 is still to be paid on it." in told
    said = decide(boris, "credit", payment)
    assert "Kept as credit: €40.00." in said
    assert payment.invoice is not None
    assert (payment.state, paid_on(payment.invoice).minor) == ("succeeded", 0)


def test_a_second_payment_cannot_pay_what_is_paid(boris: Client, alice: Customer) -> None:
    first = scenes.paid(alice, name="first")
    assert first.invoice is not None
    second = scenes.seen(scenes.attempt(first.invoice, name="second"), name="second")
    text = read(boris, reverse(QUEUE))
    assert "Its invoice is no longer to be paid. It cannot pay it." in plain(text)
    assert 'data-test="accept"' not in text
    assert "Its invoice is no longer to be paid." in decide(boris, "accept", second)
    assert second.state == "held"


def test_whose_payment_it_is_can_be_said_where_nobody_knows(boris: Client, alice: Customer) -> None:
    payment = without_invoice(alice)
    text = read(boris, reverse(QUEUE))
    assert 'data-test="held-owner"' in text
    assert "This payment names no invoice of ours." in plain(text)
    for address in ("", "nobody@example.org"):
        decide(boris, "credit", payment, customer=address)
        assert payment.state == "held"
    bob = builders.customer("Bob")
    decide(boris, "credit", payment, customer=" Bob@Example.org ")
    assert payment.state == "succeeded"
    assert Credit.objects.get().customer == bob
    for address in ("backoffice:payment", "backoffice:payment_refund"):
        assert boris.get(reverse(address, args=["stripe", payment.pk])).status_code == 200


def test_while_a_refund_is_under_way_nothing_is_decided(boris: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=4000)
    scenes.refund(payment, 1000, state="waiting")
    text = read(boris, reverse(QUEUE))
    assert 'data-test="refunding"' in text
    assert 'data-test="credit"' not in text
    decide(boris, "credit", payment)
    assert payment.state == "held"


def test_whoever_may_only_look_reads_the_queue_and_decides_nothing(alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=4000)
    sybil = _signed_in(builders.staff("Sybil", "support"))
    text = read(sybil, reverse(QUEUE))
    assert 'data-test="held-because"' in text
    assert 'data-test="accept"' not in text
    assert sybil.post(reverse("backoffice:review_accept", args=[payment.pk])).status_code == 403


def test_the_alert_leads_to_the_payment(boris: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=4000)
    alert_held(payment, payment.held_because)
    text = read(boris, reverse("admin:kernel_alert_changelist") + "?show=open")
    assert payment.reference in text
    assert reverse(QUEUE) in read(boris, reverse("backoffice:payment", args=["stripe", payment.pk]))

"""Giving money back: the page says what will happen and does just that, once; two people above an amount; what failed is owed again."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.conftest import _signed_in
from tests.backoffice.reading import Reading

from comptoir.customers.models import Customer
from comptoir.kernel import clock
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.payments.models import Dispute, Payment, Refund, Rules
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(payment: Payment) -> str:
    return reverse("backoffice:payment_refund", args=["stripe", payment.pk])


def read(client: Client, address: str) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def fields(text: str) -> dict[str, str]:
    """What the form of the page would send: its hidden fields, and all of it for no particular reason."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    return {**hidden, "how": "whole", "reason": "", "note": "", "policy": "keep"}


def send(client: Client, payment: Payment, filled: dict[str, str], **more: str) -> Any:
    return client.post(page_of(payment), {**filled, **more}, headers={"accept-language": "en"})


def plain(text: str) -> str:
    return " ".join(" ".join(Reading(text).texts).split())


def test_all_of_it_goes_back_by_one_click_that_is_sent_twice(boris: Client, payment: Payment) -> None:
    text = read(boris, page_of(payment))
    assert "Refund €99.90" in plain(text)
    assert "Stripe keeps its fee of €1.74: it is not given back." in plain(text)
    filled = fields(text)
    for _time in range(2):
        answer = send(boris, payment, filled, reason="duplicate", note="Paid twice, says Alice")
        assert answer["location"] == reverse("backoffice:payment", args=["stripe", payment.pk])
    row = Refund.objects.get()
    assert (row.amount_minor, row.state, row.reason, row.note, row.policy) == (
        9990,
        "created",
        "duplicate",
        "Paid twice, says Alice",
        "keep",
    )
    assert row.requested_by == "staff:boris@example.org"
    assert AuditEntry.objects.filter(verb="refund.requested").count() == 1
    assert "Nothing of this payment is left" in plain(read(boris, page_of(payment)))


def test_what_somebody_has_not_seen_is_not_done(boris: Client, payment: Payment) -> None:
    filled = fields(read(boris, page_of(payment)))
    answer = send(boris, payment, filled, how="part", amount="49.95")
    assert (answer.status_code, Refund.objects.count()) == (200, 0)
    said = plain(answer.content.decode())
    assert "Nothing was done yet: please check what will happen" in said
    assert "Refund €49.95" in said
    send(boris, payment, {**fields(answer.content.decode()), "how": "part", "amount": "49.95"})
    assert Refund.objects.get().amount_minor == 4995
    assert "All that is left" in plain(read(boris, page_of(payment)))


def test_looking_at_what_will_happen_does_nothing(boris: Client, payment: Payment) -> None:
    Service.objects.update(state="active")
    filled = fields(read(boris, page_of(payment)))
    answer = send(boris, payment, filled, how="part", amount="30", policy="end", look="1")
    said = plain(answer.content.decode())
    assert "Given back now −€30.00" in said
    assert "What stays with you €69.90" in said
    assert "ends for good once the money has gone" in said
    assert "is then: Partially refunded" in said or "is then: partially refunded" in said
    assert Refund.objects.count() == 0


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("", "How much is to be given back?"),
        ("lots", "An amount in figures"),
        ("0", "more than nothing"),
        ("1.005", "fewer decimals"),
        ("100", "No more than €99.90 can be given back."),
        ("1,000", "An amount in figures"),
    ],
)
def test_an_amount_that_cannot_be_is_said_and_nothing_is_done(
    boris: Client, payment: Payment, amount: str, said: str
) -> None:
    filled = fields(read(boris, page_of(payment)))
    for more in ({}, {"look": "1"}):
        text = send(boris, payment, filled, how="part", amount=amount, **more).content.decode()
        receipt = text[text.index('id="receipt"') : text.index("Show what will happen")]
        assert said in plain(receipt), "what is drawn anew while it is typed says it"
        assert "Refund €" not in plain(receipt)
        assert 'data-test="refund-submit"' not in receipt
    assert Refund.objects.count() == 0
    typed = {**fields(text), "how": "part", "amount": "40"}
    answer = send(boris, payment, typed)  # what was not shown yet is shown first
    assert "Refund €40.00" in plain(answer.content.decode())


def test_a_comma_is_understood_where_it_can_be_nothing_else(boris: Client, payment: Payment) -> None:
    filled = fields(read(boris, page_of(payment)))
    text = send(boris, payment, filled, how="part", amount="30,00", look="1").content.decode()
    assert "Refund €30.00" in plain(text)
    send(boris, payment, {**fields(text), "how": "part", "amount": "30,00"})
    assert Refund.objects.get().amount_minor == 3000


def test_two_who_give_all_of_it_back_at_once_give_it_back_once(boris: Client, owner: Client, payment: Payment) -> None:
    first, second = fields(read(boris, page_of(payment))), fields(read(owner, page_of(payment)))
    assert first["refund"] != second["refund"]
    send(boris, payment, first)
    answer = send(owner, payment, second)
    assert answer.status_code == 422
    assert "can be given back" in plain(answer.content.decode())
    assert Refund.objects.count() == 1


def test_a_disputed_payment_is_refused_with_the_reason(boris: Client, payment: Payment) -> None:
    filled = fields(read(boris, page_of(payment)))
    Dispute.objects.create(
        module="stripe",
        account=payment.account,
        mode=payment.mode,
        reference="du_1",
        payment=payment,
        charge="ch_1",
        amount_minor=9990,
        currency="EUR",
        reason="fraudulent",
        created_at=clock.now(),
    )
    text = read(boris, page_of(payment))
    assert "The customer’s bank disputes this payment" in plain(text)
    assert 'data-test="refund-submit"' not in text
    assert send(boris, payment, filled).status_code == 422
    assert Refund.objects.count() == 0


def test_a_debit_that_can_still_be_taken_back_wants_a_tick(boris: Client, payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(method_type="sepa_debit", method="SEPA ·· 2606")
    text = read(boris, page_of(payment))
    assert "can still be taken back by the customer’s bank" in plain(text)
    answer = send(boris, payment, fields(text))
    assert (answer.status_code, Refund.objects.count()) == (422, 0)
    assert "Please say that you know this" in plain(answer.content.decode())
    part = fields(send(boris, payment, fields(text), how="part", amount="30", look="1").content.decode())
    said = plain(send(boris, payment, {**part, "how": "part", "amount": "30"}).content.decode())
    assert "Please say that you know this" in said
    assert "Refund €30.00" in said
    assert "Refund €99.90" not in said
    send(boris, payment, fields(text), recall="on")
    assert Refund.objects.count() == 1


def test_the_service_is_asked_about_only_where_this_payment_paid_one(
    boris: Client, payment: Payment, alice: Customer
) -> None:
    assert 'data-test="policy-end"' in read(boris, page_of(payment))
    held = scenes.paid(alice, amount_minor=4000)
    text = read(boris, page_of(held))
    assert 'data-test="policy-end"' not in text
    assert "€40.00 of it pays nothing: it is held." in plain(text)


def test_above_an_amount_a_second_person_decides(boris: Client, owner: Client, payment: Payment) -> None:
    Rules.objects.create(pk=1, approval_above_minor=5000)
    text = read(boris, page_of(payment))
    assert "Ask for the refund of €99.90" in plain(text)
    send(boris, payment, fields(text))
    row = Refund.objects.get()
    assert row.state == "waiting"
    assert 'data-test="refund-approve"' not in read(boris, reverse("backoffice:refunds"))  # not one's own
    assert 'data-test="due-refunds-waiting" data-count="1"' in read(owner, reverse("admin:index"))
    assert "Approve: refund €99.90" in plain(read(owner, reverse("backoffice:refunds")))
    boris.post(reverse("backoffice:refund_approve", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == "waiting"
    answer = owner.post(reverse("backoffice:refund_approve", args=[row.pk]), {"back": "list"})
    assert answer["location"] == reverse("backoffice:refunds")
    row.refresh_from_db()
    assert (row.state, row.approved_by) == ("created", "staff:owner@example.org")


@pytest.mark.parametrize("who", ["boris", "owner"])
def test_one_that_waits_is_withdrawn_by_its_asker_or_refused(
    boris: Client, owner: Client, payment: Payment, who: str
) -> None:
    Rules.objects.create(pk=1, approval_above_minor=0)
    send(boris, payment, fields(read(boris, page_of(payment))))
    {"boris": boris, "owner": owner}[who].post(reverse("backoffice:refund_refuse", args=[Refund.objects.get().pk]))
    assert Refund.objects.get().state == "cancelled"


def test_what_failed_is_on_top_is_refunded_again_or_put_aside(boris: Client, payment: Payment) -> None:
    first = scenes.failed_refund(payment, 4000)
    listed = reverse("backoffice:refunds")
    assert 'data-test="due-refunds-owed" data-count="1"' in read(boris, reverse("admin:index"))
    text = read(boris, listed)
    assert text.index('data-test="owed"') < text.index(first.reference)
    again = read(boris, f"{page_of(payment)}?again={first.pk}")
    assert "Refund €40.00" in plain(again)
    send(boris, payment, {**fields(again), "how": "part", "amount": "40"})
    second = Refund.objects.exclude(pk=first.pk).get()
    assert second.again_of == first
    assert 'data-test="owed"' not in read(boris, listed)
    assert not Alert.objects.filter(key=f"refund-failed:stripe:{first.reference}", closed_at=None).exists()
    Refund.objects.filter(pk=second.pk).update(state="failed", reference="re_second")
    for row in (first, second):  # the second stands in the place of the first: it is owed once
        boris.post(reverse("backoffice:refund_aside", args=[row.pk]), {"back": "list"})
    assert 'data-test="owed"' not in read(boris, listed)
    assert AuditEntry.objects.filter(verb="refund.put_aside").count() == 1
    answer = boris.post(reverse("backoffice:refund_aside", args=[first.pk]), follow=True)
    assert "is not owed (any more)" in plain(answer.content.decode()) or "n’est" in plain(answer.content.decode())


def test_only_one_that_the_provider_lets_is_offered_to_be_stopped(boris: Client, payment: Payment) -> None:
    row = scenes.refund(payment, 4000)
    address = reverse("backoffice:payment", args=["stripe", payment.pk])
    assert 'data-test="refund-stop"' not in read(boris, address)
    Refund.objects.filter(pk=row.pk).update(stoppable=True)
    assert 'data-test="refund-stop"' in read(boris, address)


def test_who_may_not_give_money_back_is_shown_no_button(payment: Payment) -> None:
    vera = _signed_in(builders.staff("Vera", "read-only"))
    scenes.failed_refund(payment, 4000)
    for address in (reverse("backoffice:payment", args=["stripe", payment.pk]), reverse("backoffice:refunds")):
        text = read(vera, address)
        assert 'data-test="refund"' in text
        assert not re.search(r'data-test="(give-back|refund-again|refund-aside)"', text)
    assert vera.get(page_of(payment)).status_code == 403


def test_pages_of_the_list_go_on_where_the_one_before_ended(
    boris: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comptoir.backoffice import refund_lists

    monkeypatch.setattr(refund_lists, "PER_PAGE", 2)
    made = [scenes.refund(payment, 100 + number, state="succeeded") for number in range(5)]
    seen: list[str] = []
    address = reverse("backoffice:refunds")
    for _page in range(3):
        text = read(boris, address)
        seen += re.findall(r">(re_\w+)<", text)
        older = re.search(r'href="(\?before=[^"]+)"', text)
        address = reverse("backoffice:refunds") + older[1].replace("&amp;", "&") if older else ""
    assert address == ""
    assert sorted(seen) == sorted(row.reference for row in made)
    assert boris.get(reverse("backoffice:refunds"), {"before": "2026-01-01T00:00:00_no"}).status_code == 200
    assert (
        boris.get(reverse("backoffice:refunds"), {"before": f"2026-01-01T00:00:00_{uuid.uuid4()}"}).status_code == 200
    )

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
from tests.payments.test_credit import transfer

from comptoir.customers.models import Customer
from comptoir.kernel import clock
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.records import installation
from comptoir.ledger.models import CreditEntry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.modules.api import ChargeSeen, PaymentSeen, PaymentStatus, RefundSeen, RefundStatus, Subject
from comptoir.payments.actions import review, spend
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import Dispute, Payment, Refund, Rules

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(alice: Customer) -> Payment:
    """Alice has paid 99.90 by card."""
    return scenes.paid(alice)


@pytest.fixture
def boris() -> Client:
    """Billing: asks for refunds and approves those of others."""
    return _signed_in(builders.staff("Boris", "billing"))


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


def gone_back_by(payment: Payment, *amounts: int) -> None:
    """A look shows that these refunds of a payment have gone, each known by its amount."""
    amount = payment.amount
    observe(
        PaymentSeen(
            subject=Subject("stripe", payment.account, "test", "payment", payment.reference),
            installation=installation(),
            attempt=str(payment.attempt_id),
            payment_id=payment.reference,
            status=PaymentStatus.SUCCEEDED,
            amount=amount,
            ended=True,
            charges=(ChargeSeen(payment.reference.replace("pi_", "ch_"), amount, payment.created_at),),
            refunds=tuple(
                RefundSeen(f"re_{minor}", "ch_1", Money(minor, "EUR"), RefundStatus.SUCCEEDED, clock.now())
                for minor in amounts
            ),
            created=payment.created_at,
        ),
        read_at=scenes._now(),
    )


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


def test_what_was_given_in_another_way_is_not_given_again(boris: Client, payment: Payment) -> None:
    """The whole refund failed and the customer has the money otherwise: nothing is left, on every page and in the deed."""
    failed = scenes.failed_refund(payment, 9990)
    before = fields(read(boris, page_of(payment)))
    again = fields(read(boris, f"{page_of(payment)}?again={failed.pk}"))
    boris.post(reverse("backoffice:refund_aside", args=[failed.pk]))
    text = read(boris, page_of(payment))
    assert 'data-test="refund-submit"' not in text
    assert "The customer has €99.90 of it in another way" in plain(text)
    for filled in (before, again):
        assert send(boris, payment, filled).status_code == 422
    assert Refund.objects.get() == failed
    for address in (
        reverse("backoffice:payment", args=["stripe", payment.pk]),
        reverse("admin:invoices_invoice_change", args=[payment.invoice_id]),
    ):
        assert re.search(r"Given to the customer in another way on [^€]+ €99\.90", plain(read(boris, address)))


def test_a_part_given_in_another_way_leaves_the_rest(boris: Client, payment: Payment) -> None:
    failed = scenes.failed_refund(payment, 4000)
    again = fields(read(boris, f"{page_of(payment)}?again={failed.pk}"))
    boris.post(reverse("backoffice:refund_aside", args=[failed.pk]))
    text = read(boris, page_of(payment))
    assert "Refund €59.90" in plain(text)
    assert "Given to the customer in another way −€40.00" in plain(text)
    answer = send(boris, payment, {**again, "how": "part", "amount": "40", "shown": "4000"})
    assert "is not owed (any more)" in plain(answer.content.decode())  # a page that was opened before
    send(boris, payment, fields(text))
    assert Refund.objects.exclude(pk=failed.pk).get().amount_minor == 5990


def test_a_refund_of_all_takes_the_place_of_one_that_failed(boris: Client, payment: Payment) -> None:
    """Begun anew and not by the button of the failed one, it is the same money: nobody is to pay it in another way as well."""
    failed = scenes.failed_refund(payment, 9990)
    send(boris, payment, fields(read(boris, page_of(payment))))
    assert Refund.objects.exclude(pk=failed.pk).get().again_of == failed
    answer = boris.post(reverse("backoffice:refund_aside", args=[failed.pk]), follow=True)
    failed.refresh_from_db()
    assert failed.put_aside_by == ""
    assert answer.status_code == 200


def test_a_held_payment_given_in_another_way_cannot_become_credit(boris: Client, alice: Customer) -> None:
    held = scenes.paid(alice, amount_minor=4000)
    failed = scenes.failed_refund(held, 4000)
    assert held.state == "held"
    boris.post(reverse("backoffice:refund_aside", args=[failed.pk]))
    held.refresh_from_db()
    assert held.state == "succeeded"
    boris.post(reverse("backoffice:review_credit", args=[held.pk]))
    assert not CreditEntry.objects.exists()


def test_credit_that_is_spent_is_said_in_figures_before(boris: Client, alice: Customer) -> None:
    """Of 40.00 that became credit Alice has spent 19.90: 20.10 can be taken, and the rest is said before and after."""
    held = scenes.paid(alice, amount_minor=4000)
    review.keep_as_credit(payment_id=held.pk, who="staff:boris@example.org")
    other = builders.invoice(alice, builders.product("Domaine", prices={"annually": 1990}), total_minor=1990)
    spend.use_credit(invoice_id=other.pk, who="staff:boris@example.org")
    said = plain(read(boris, page_of(held)))
    assert "€20.10 of it had become credit that is still there" in said
    assert "€19.90 of it had become credit that the customer has spent: it cannot be taken back" in said
    gone_back_by(held, 4000)
    (alert,) = Alert.objects.filter(key__startswith="credit-spent:", closed_at=None)
    assert "€19.90" in alert.text.english
    assert "Ask them for it" in alert.text.english
    listed = read(boris, reverse("admin:customers_customer_change", args=[alice.pk]) + "?tab=linked")
    assert "€19.90 of it had become credit and is spent" in plain(listed)


def test_what_the_invoice_is_then_is_what_it_becomes(boris: Client, alice: Customer) -> None:
    """20.00 of 49.90 came by transfer; of a card payment of 49.90, 20.00 became credit. The card goes back in three parts."""
    invoice = builders.invoice(alice, builders.product("Petit", prices={"annually": 4990}), total_minor=4990)
    row = scenes.attempt(invoice, name="three")
    transfer(invoice, 2000)
    payment = scenes.seen(row, name="three")
    if payment.state == "held":
        review.accept(payment_id=payment.pk, who="staff:boris@example.org")
    for number, minor in enumerate((1500, 500, 2990)):
        page = send(
            boris,
            payment,
            fields(read(boris, page_of(payment))),
            how="part",
            amount=f"{minor / 100:.2f}",
            look="1",
        ).content.decode()
        invoice.refresh_from_db()
        before, found = invoice.state, re.search(r"is then: (\w+ ?refunded|Refunded)", plain(page))
        gone_back_by(payment, minor, *[(1500, 500, 2990)[each] for each in range(number)])
        invoice.refresh_from_db()
        assert invoice.state == (found[1].lower().replace(" ", "_") if found else before)
    assert (invoice.state, paid_on(invoice).minor) == ("partially_refunded", 2000)
    said = plain(read(boris, reverse("admin:invoices_invoice_change", args=[invoice.pk])))
    assert said.count("was taken off the customer’s credit") == 2
    assert Mail.objects.filter(fact="refunded:re_1500", values__credit={"minor": 1500, "currency": "EUR"}).exists()
    assert Mail.objects.filter(fact="refunded:re_2990", values__credit="").exists()
    assert alice.user is not None
    told = plain(read(_signed_in(alice.user), f"/client/invoices/{invoice.pk}/"))
    assert re.search(r"€15\.00 of it was taken off your credit\.|15,00.€ .*avoir", told)
    assert re.search(r"Still paid on this invoice €20\.00|Reste payé.*20,00", told)


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

"""What a refund's page forecasts is what comes of it; what a customer has in another way is not given again."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.conftest import _signed_in
from tests.backoffice.test_refunds import fields, page_of, plain, read, send
from tests.payments.test_credit import transfer

from comptoir.customers.models import Customer
from comptoir.kernel import clock, locks
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import installation
from comptoir.ledger import actions as ledger, credit
from comptoir.ledger.models import CreditEntry, Entry
from comptoir.ledger.queries import paid_on
from comptoir.mail.models import Mail
from comptoir.modules.api import ChargeSeen, PaymentSeen, PaymentStatus, RefundSeen, RefundStatus, Subject
from comptoir.payments.actions import placing, review, spend
from comptoir.payments.actions.observe import observe
from comptoir.payments.models import Payment, Refund

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_one_that_leaves_after_all_is_told_where_the_customer_has_it_already(boris: Client, payment: Payment) -> None:
    row = scenes.refund(payment, 4000, state="refused")
    Refund.objects.filter(pk=row.pk).update(reference="re_4000")
    boris.post(reverse("backoffice:refund_aside", args=[row.pk]))
    for _time in range(2):
        gone_back_by(payment, 4000)
    row.refresh_from_db()
    assert (row.state, row.otherwise) == ("succeeded", False)
    assert Alert.objects.filter(key=f"refund-twice:{row.pk}", closed_at=None).count() == 1


def test_a_held_payment_given_in_another_way_cannot_become_credit(boris: Client, alice: Customer) -> None:
    held = scenes.paid(alice, amount_minor=4000)
    failed = scenes.failed_refund(held, 4000)
    assert held.state == "held"
    boris.post(reverse("backoffice:refund_aside", args=[failed.pk]))
    held.refresh_from_db()
    assert held.state == "succeeded"
    boris.post(reverse("backoffice:review_credit", args=[held.pk]))
    assert not CreditEntry.objects.exists()
    gone_back_by(held, 4000)  # that was a mistake, and the provider's dashboard has refunded it
    held.refresh_from_db()
    assert held.state == "refunded"
    assert not Alert.objects.filter(key__startswith="credit-spent:").exists()


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


def test_a_payment_of_the_same_name_elsewhere_makes_nobody_else_owe(alice: Customer) -> None:
    """Another account may name a payment as this one does: Bob, whose credit came of that one, is not said to owe Alice's."""
    bob = builders.customer("Bob")
    held = scenes.paid(alice, amount_minor=4000)
    review.keep_as_credit(payment_id=held.pk, who="staff:boris@example.org")
    other = builders.invoice(alice, builders.product("Domaine", prices={"annually": 1990}), total_minor=1990)
    spend.use_credit(invoice_id=other.pk, who="staff:boris@example.org")
    amount = Money(500, "EUR")
    with locks.transaction():
        entry = ledger.record(
            source="stripe",
            account="acct_another",
            mode="test",
            kind=Entry.Kind.PAYMENT,
            reference="ch_bob",
            payment=held.reference,
            amount=amount,
            occurred_at=clock.now(),
        )
        credit.add(
            customer_id=bob.pk,
            mode="test",
            amount=amount,
            kind=CreditEntry.Kind.PAYMENT,
            reference="bob",
            who="staff:boris@example.org",
            entry=entry,
        )
    gone_back_by(held, 4000)
    assert [len(placing.credit_owed(each)) for each in (alice, bob)] == [1, 0]


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

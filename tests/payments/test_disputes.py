"""Disputes, through the simulator: what the bank takes is booked once, what is lost leaves the invoice, services follow the rules."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.test import Client
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs
from tests.payments.disputing import (
    HALF,
    TWICE,
    VERA,
    Later,
    agrees,
    decided,
    disputed,
    does,
    events,
    look,
    open_alerts,
    paid,
    rule,
    service,
    states,
    taken,
    told,
)
from tests.stripe import GOOD, Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice
from comptoir.kernel.models import Alert, StateChange
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim
from comptoir.mail.actions import render
from comptoir.mail.models import Mail
from comptoir.payments import refundable, sweep
from comptoir.payments.actions.dispute_services import decide
from comptoir.payments.gone_back import gone_back
from comptoir.payments.models import Dispute, Payment
from comptoir.payments.queries import dispute_subject
from comptoir.services.steering import steer

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_dispute_takes_the_money_from_the_balance_and_leaves_the_invoice_alone_until_it_is_decided(
    stripe: Stripe,
) -> None:
    payment = paid(stripe)
    row = disputed(stripe, payment)
    assert (row.state, row.reason, row.amount, row.inquiry, row.answerable) == (
        "needs_response",
        "fraudulent",
        Money(9990, "EUR"),
        False,
        True,
    )
    assert row.due_by is not None
    for _time in range(3):
        look(payment)
    assert taken() == [("dispute", -9990)]
    assert states(payment) == ("disputed", "paid", 9990)
    assert refundable.refusal(payment) is not None
    assert open_alerts("dispute") == [f"dispute:{row.pk}"]
    assert service().state == "active"
    assert not Mail.objects.filter(fact__startswith="suspend:").exists()
    agrees(stripe)


def test_a_lost_one_leaves_the_invoice_and_suspends_the_service_with_one_plain_mail(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = decided(stripe, disputed(stripe, payment), "lose")
    for _time in range(2):
        look(payment)
    assert (row.state, row.lost, row.policy, row.policy_by) == ("lost", Money(9990, "EUR"), "suspend", "")
    assert states(payment) == ("disputed", "refunded", 0)
    assert open_alerts("dispute") == [f"dispute-end:{row.pk}:lost:9990"]
    assert service().state == "suspended"
    mail = Mail.objects.get(fact__startswith="suspend:")
    assert "votre banque a définitivement repris le paiement" in mail.body
    assert "réglé" not in mail.body  # there is nothing left to be settled
    assert row.reference not in mail.body
    assert not Mail.objects.filter(fact__startswith="refunded:").exists()
    moves = StateChange.objects.filter(noun="dispute", object_id=str(row.pk)).order_by("pk")
    assert list(moves.values_list("from_state", "to_state")) == [("", "needs_response"), ("needs_response", "lost")]
    agrees(stripe)


def test_one_that_is_lost_keeps_suspended_for_what_is_true_by_then(stripe: Stripe) -> None:
    rule(on_dispute="suspend")
    row = disputed(stripe, paid(stripe))
    assert "disputes its payment" in service().wanted_because.english
    assert "Until that is settled" in told_in_english("suspend:")
    decided(stripe, row, "lose")
    assert "for good" in service().wanted_because.english
    assert Mail.objects.filter(fact__startswith="suspend:").count() == 1


@pytest.mark.parametrize(("policy", "on"), [("end", "on_dispute"), ("end", "on_lost")])
def test_the_end_of_a_service_says_which_of_both_it_was(stripe: Stripe, policy: str, on: str) -> None:
    rule(**{"on_dispute": "keep", "on_lost": "keep", on: policy})
    row = disputed(stripe, paid(stripe))
    decided(stripe, row, "lose")
    body = told_in_english("end:")
    assert ("takes back, or asks us" in body) is (on == "on_dispute")
    assert ("back for good" in body) is (on == "on_lost")


def told_in_english(fact: str) -> str:
    """The one mail of a fact, as an English reader has it."""
    run_jobs()
    mail = Mail.objects.get(fact__startswith=fact)
    Mail.objects.filter(pk=mail.pk).update(subject="", body="", locale="en")
    mail.refresh_from_db()
    render(mail)
    return mail.body


def test_a_won_one_brings_the_money_back_and_resumes_what_the_dispute_had_suspended(stripe: Stripe) -> None:
    rule(on_dispute="suspend")
    payment = paid(stripe)
    row = disputed(stripe, payment)
    assert (row.policy, service().state) == ("suspend", "suspended")
    row = decided(stripe, row, "win")
    assert (row.state, row.lost_minor, row.policy) == ("won", 0, "keep")
    assert taken() == [("dispute", -9990), ("dispute_reversal", 9990)]
    assert states(payment) == ("succeeded", "paid", 9990)
    assert service().state == "active"
    assert refundable.refusal(payment) is None
    assert refundable.left(payment) == Money(9990, "EUR")
    agrees(stripe)


def test_one_won_in_part_leaves_the_rest_with_the_customer(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = decided(stripe, disputed(stripe, payment), "win", "4000")
    assert (row.state, row.lost) == ("won", Money(5990, "EUR"))
    assert states(payment) == ("disputed", "partially_refunded", 4000)
    assert open_alerts("dispute-end") == [f"dispute-end:{row.pk}:won:5990"]
    assert refundable.left(payment) == Money(4000, "EUR")
    agrees(stripe)


def test_the_customer_reads_what_their_bank_has_kept_and_nothing_of_what_is_open_or_won(
    stripe: Stripe, client: Client
) -> None:
    payment = paid(stripe)
    invoice = payment.invoice
    assert invoice is not None
    row = disputed(stripe, payment)
    assert gone_back(invoice) == []
    decided(stripe, row, "win", "4000")
    assert [(each.how, each.amount) for each in gone_back(invoice)] == [("taken", Money(5990, "EUR"))]
    client.force_login(invoice.customer.user)
    page = client.get(f"/client/invoices/{invoice.pk}/", headers={"accept-language": "en"}).content.decode()
    assert 'data-how="taken"' in page
    assert "Taken back by your bank on" in page
    assert "€59.90" in page


def test_an_inquiry_moves_no_money_can_be_refunded_and_closes(stripe: Stripe) -> None:
    rule(on_dispute="suspend")
    payment = paid(stripe)
    row = disputed(stripe, payment, "inquiry")
    assert (row.inquiry, row.refundable, row.policy) == (True, True, "")
    assert refundable.refusal(payment) is None
    assert open_alerts("dispute") == [f"dispute:{row.pk}:inquiry"]
    row = decided(stripe, row, "win")
    assert (row.state, taken()) == ("closed", [])
    assert states(payment) == ("succeeded", "paid", 9990)
    assert service().state == "active"
    agrees(stripe)


def test_an_inquiry_that_becomes_a_chargeback_is_a_dispute_from_then_on(stripe: Stripe) -> None:
    rule(on_dispute="suspend")
    payment = paid(stripe)
    row = disputed(stripe, payment, "inquiry")
    key = row.evidence_key
    row = decided(stripe, row, "escalate")
    assert (row.state, row.inquiry, row.refundable, row.policy) == ("needs_response", False, False, "suspend")
    assert row.evidence_key != key, "each stage is answered by itself"
    assert open_alerts("dispute") == [f"dispute:{row.pk}"]
    assert refundable.refusal(payment) is not None
    row = decided(stripe, row, "lose")
    assert states(payment) == ("disputed", "refunded", 0)
    agrees(stripe)


def test_what_was_sent_to_an_inquiry_was_not_sent_to_the_chargeback_that_nobody_has_seen_open(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = disputed(stripe, payment, "inquiry")
    stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "He signed in."})
    look(payment)
    row.refresh_from_db()
    assert row.sent_at is not None
    does(stripe, row.reference, "escalate")
    row = decided(stripe, row, "lose")
    assert (row.state, row.inquiry, row.sent_at) == ("lost", False, None)
    agrees(stripe)


def test_an_appeal_waits_with_the_money_away_and_may_bring_it_back(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = disputed(stripe, payment)
    stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "He signed in."})
    row = decided(stripe, row, "lose")
    assert row.sent_at is not None, "sent in the dashboard"
    row = decided(stripe, row, "appeal")
    assert (row.state, row.appeal, row.sent_at, row.answerable) == ("needs_response", True, None, True)
    assert states(payment) == ("disputed", "refunded", 0)
    assert open_alerts("dispute:") == [f"dispute:{row.pk}:appeal"]
    assert service().state == "suspended"
    row = decided(stripe, row, "win")
    assert states(payment) == ("succeeded", "paid", 9990)
    assert (row.lost_minor, service().state) == (0, "active")
    agrees(stripe)


def test_a_debit_that_is_taken_back_weeks_after_delivery_is_lost_on_arrival(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Later(stripe, monkeypatch)
    payment = paid(stripe, iban="FR1420041010050500013M02606")
    later.by(days=10)
    look(payment)
    assert service().state == "active"
    later.by(weeks=8)
    row = disputed(stripe, payment)
    assert (row.state, row.answerable, row.due_by, row.policy) == ("lost", False, None, "suspend")
    assert states(payment) == ("disputed", "refunded", 0)
    assert service().state == "suspended"
    assert "nobody can answer" in Alert.objects.get(key__startswith="dispute-end").text.english
    agrees(stripe)


def test_nothing_is_left_to_give_back_of_what_the_bank_has_taken_and_no_button_leads_there(stripe: Stripe) -> None:
    payment = paid(stripe, number=GOOD)
    assert refundable.may_be_offered(payment)
    row = disputed(stripe, payment)
    payment.refresh_from_db()
    assert refundable.refusal(payment) is refundable.TO_ANSWER
    Dispute.objects.filter(pk=row.pk).update(sent_at=timezone.now())
    assert refundable.refusal(payment) is refundable.NOT_DECIDED
    Dispute.objects.filter(pk=row.pk).update(sent_at=None, answerable=False)
    assert refundable.refusal(payment) is refundable.ELSEWHERE
    decided(stripe, row, "lose")
    payment.refresh_from_db()
    assert refundable.refusal(payment) is refundable.TAKEN
    assert not refundable.may_be_offered(payment)
    client = Client(headers={"accept-language": "en"})
    client.force_login(builders.owner())
    page = client.get(f"/admin/billing/stripe/{payment.pk}/").content.decode()
    assert 'data-test="give-back"' not in page
    answer = client.get(f"/admin/billing/stripe/{payment.pk}/refund/").content.decode()
    assert "nothing is left to give back" in answer
    assert "answer the dispute" not in answer


def test_two_disputes_of_one_payment_stand_each_for_itself(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(on_dispute="suspend", on_lost="suspend")
    later = Later(stripe, monkeypatch)
    payment = paid(stripe, number=TWICE)
    later.by(seconds=20)
    look(payment)
    first, second = Dispute.objects.order_by("pk")
    assert [first.amount_minor, second.amount_minor] == [HALF, HALF]
    assert states(payment) == ("disputed", "paid", 9990)
    decided(stripe, first, "win")
    assert (states(payment), service().state) == (("disputed", "paid", 9990), "suspended")
    decided(stripe, second, "lose")
    assert states(payment) == ("disputed", "partially_refunded", HALF)
    assert refundable.refusal(payment) is not None
    assert service().state == "suspended"
    agrees(stripe)


def test_the_last_of_two_that_is_won_resumes_the_service(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(on_dispute="suspend")
    later = Later(stripe, monkeypatch)
    payment = paid(stripe, number=TWICE)
    later.by(seconds=20)
    look(payment)
    for row in Dispute.objects.order_by("pk"):
        assert service().state == "suspended"
        decided(stripe, row, "win")
    assert (states(payment), service().state) == (("succeeded", "paid", 9990), "active")


def test_what_a_person_has_decided_about_the_services_stays(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = disputed(stripe, payment)
    assert row.policy == "keep"
    assert decide(dispute_id=row.pk, policy="suspend", who=VERA)
    look()
    assert service().state == "suspended"
    assert decide(dispute_id=row.pk, policy="keep", who=VERA)
    look()
    assert service().state == "active"
    row = decided(stripe, row, "lose")
    assert (row.policy, row.policy_by, service().state) == ("keep", VERA, "active")


def test_a_service_that_a_person_has_suspended_is_not_resumed_by_a_dispute_that_is_won(stripe: Stripe) -> None:
    payment = paid(stripe)
    rule(on_dispute="suspend")
    steer(service_id=service().pk, wanted="suspended", why=verbatim("abuse"), who=VERA)
    look()
    decided(stripe, disputed(stripe, payment), "win")
    assert service().state == "suspended"


@pytest.mark.parametrize("seed", range(3))
def test_notices_in_any_order_and_any_number_book_everything_once(stripe: Stripe, seed: int) -> None:
    payment = paid(stripe)
    made = does(stripe, payment.reference, "dispute")
    does(stripe, made["id"], "win", "4000")
    notices = events(stripe, "charge.dispute.") * 2
    assert len(notices) == 8
    random.Random(seed).shuffle(notices)  # noqa: S311 - a fixed order, not a secret
    for notice in notices:
        told(stripe, [notice])
        look()
    assert taken() == [("dispute", -9990), ("dispute_reversal", 4000)]
    assert states(payment) == ("disputed", "partially_refunded", 4000)
    assert not Notice.objects.filter(done_at=None).exists()
    agrees(stripe)


def test_people_are_told_again_once_before_the_time_to_answer_ends(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Later(stripe, monkeypatch)
    payment = paid(stripe)
    row = disputed(stripe, payment)
    sweep.sweep()
    assert open_alerts("dispute-due") == []
    later.by(days=8)
    for _time in range(2):
        sweep.sweep()
    (key,) = open_alerts("dispute-due")
    Alert.objects.update(closed_at=payment.created_at)
    sweep.sweep()
    assert open_alerts("dispute-due") == [], "somebody has read it"
    Alert.objects.filter(key=key).update(closed_at=None)
    decided(stripe, row, "lose")
    assert open_alerts("dispute-due") == []


def test_many_that_were_looked_at_just_now_hold_back_no_other(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "MOST_DISPUTES", 1)
    fresh = disputed(stripe, paid(stripe))
    paid_by, other = Payment.objects.get(), Dispute.objects.get()
    paid_by.pk, paid_by.reference, paid_by.read_at = None, "pi_other", timezone.now() - sweep.DISPUTE_LOOK * 2
    paid_by.save()
    other.pk, other.payment, other.reference = None, paid_by, "du_other"
    other.due_by = (fresh.due_by or timezone.now()) + dt.timedelta(days=1)
    other.save()
    sweep.sweep()
    assert inbox.is_wished(dispute_subject(other))
    assert not inbox.is_wished(dispute_subject(fresh))


def test_a_dispute_that_nobody_told_us_of_the_end_of_is_looked_at_by_itself(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = disputed(stripe, paid(stripe))
    does(stripe, row.reference, "win")
    Payment.objects.update(read_at=timezone.now() - sweep.DISPUTE_LOOK * 2)
    sweep.sweep()
    look()
    row.refresh_from_db()
    assert row.state == "won"

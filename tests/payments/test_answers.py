"""Disputes answered from here: evidence assembled, laid with the provider, sent to the bank once and for good; or given up."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone, translation
from tests import builders
from tests.payments.disputing import Later, agrees, decided, disputed, does, look, paid, states
from tests.stripe import Stripe

from comptoir.customers.models import Customer, Visit
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import EVIDENCE_FIELDS, EVIDENCE_LONGEST, Account, DisputeSeen, Evidence
from comptoir.payments import evidence
from comptoir.payments.actions import answer, spend
from comptoir.payments.actions.closing import database_now
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.observe import observe
from comptoir.payments.actions.start import start
from comptoir.payments.models import Dispute, Payment
from comptoir.payments.queries import dispute_subject
from comptoir_stripe import disputes
from comptoir_stripe.disputes import LONGEST, LONGEST_IN_ALL, written

pytestmark = pytest.mark.django_db(transaction=True)
VERA = "staff:vera@example.org"


def theirs(stripe: Stripe, row: Dispute) -> dict[str, Any]:
    """The dispute as Stripe has it."""
    return stripe.api("GET", f"/v1/disputes/{row.reference}")


def updates(stripe: Stripe) -> int:
    """How often a dispute was written to."""
    return len(stripe.calls("POST", "/v1/disputes"))


def test_of_an_invoice_that_credit_paid_in_part_the_bank_reads_what_the_payment_is_over(stripe: Stripe) -> None:
    stripe.connect()
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice)
    key, credit = uuid.uuid4(), Money(3000, "EUR")
    spend.give_credit(customer=alice, mode="test", amount=credit, note="", key=key, who=VERA)
    spend.use_credit(invoice_id=invoice.pk, who=VERA)
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    visit(ready.attempt)
    look()
    with translation.override("en"):
        product = evidence.assembled(Payment.objects.get())["product"]
    assert "€69.90 of €99.90, paid by Visa" in product


def note_visits(*addresses: str) -> None:
    user = Customer.objects.get().user
    for number, address in enumerate(addresses):
        what = Visit.What.SIGN_IN if number else Visit.What.ORDER
        Visit.objects.create(user=user, what=what, address=address, about="TEST-2026-00001", at=clock.now())


def test_evidence_is_assembled_from_what_we_know_and_holds_no_secret(stripe: Stripe) -> None:
    payment = paid(stripe)
    note_visits("203.0.113.7", "203.0.113.9")
    row = disputed(stripe, payment)
    with translation.override("en"):
        texts = evidence.texts(row)
    assert set(texts) == set(EVIDENCE_FIELDS)
    assert texts["customer_name"] == "Alice Durand"
    assert texts["customer_email"] == "alice@example.org"
    assert texts["customer_address"] == "12, rue des Lilas, 75011, Paris, FR"
    assert texts["customer_address_ip"] == "203.0.113.7"
    assert "VPS Lanterne" in texts["product"]
    assert payment.reference in texts["product"]
    assert texts["service_date"]
    activity = texts["activity"].splitlines()
    assert len(activity) == 4, "order, delivery, two visits"
    assert all(" UTC  " in line for line in activity)
    times = [line.partition("  ")[0] for line in activity]
    assert times == sorted(times)
    assert "alice@example.org" in texts["letters"]
    assert "terms of sale" in texts["refund_policy"]
    assert "mot de passe" not in " ".join(texts.values()).lower()
    assert max(map(len, texts.values())) <= EVIDENCE_LONGEST


def test_evidence_holds_nothing_of_other_orders_and_is_written_for_a_bank(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where business time is ahead of the time of mails, as in a demo whose clock was moved."""
    Later(stripe, monkeypatch).by(days=30)
    payment = paid(stripe)
    alice = Customer.objects.get()
    free = builders.product("Essai", prices={"annually": 0})
    other = builders.invoice(alice, free, total_minor=0)
    Visit.objects.create(
        user=alice.user, what=Visit.What.ORDER, at=clock.now(), address="198.51.100.1", about=other.number or ""
    )
    decided(stripe, disputed(stripe, payment), "lose")  # by the rules the service is suspended
    with translation.override("en"):
        texts = evidence.assembled(payment)
    assert "Essai" not in texts["activity"]
    assert "198.51.100.1" not in texts["activity"]
    assert "VPS Lanterne was delivered" in texts["activity"]
    assert "VPS Lanterne was suspended" in texts["activity"]
    assert len(texts["letters"].splitlines()) == 3, "paid, delivered, suspended"


def test_of_two_answers_at_once_the_older_one_does_not_stay(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    row = disputed(stripe, paid(stripe))
    stage = disputes.stage_evidence

    def sent_meanwhile(account: Account, told: Evidence) -> DisputeSeen:
        seen = stage(account, told)
        answer.send(dispute_id=row.pk, who=VERA)
        return seen

    monkeypatch.setattr(disputes, "stage_evidence", sent_meanwhile)
    answer.stage(dispute_id=row.pk, who="staff:boris@example.org")
    look()
    row.refresh_from_db()
    assert (row.state, row.sent_by) == ("under_review", VERA)


def test_texts_of_any_length_fit_into_what_stripe_takes() -> None:
    long = written(dict.fromkeys(EVIDENCE_FIELDS, "x" * 50_000))
    assert max(map(len, long.values())) <= LONGEST
    assert sum(map(len, long.values())) <= LONGEST_IN_ALL
    texts = {**dict.fromkeys(EVIDENCE_FIELDS, "y" * EVIDENCE_LONGEST), "more": "z" * EVIDENCE_LONGEST}
    assert sum(map(len, written(texts).values())) >= len(EVIDENCE_FIELDS) * EVIDENCE_LONGEST, "nothing of ours is cut"
    assert written({}, emptied={"product", "letters"}) == {"product_description": "-", "uncategorized_text": "-"}
    assert written({"letters": " "}) == {}, "what Stripe has filled in stays"


def test_evidence_is_laid_with_stripe_without_being_sent_and_then_sent_once(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    answer.keep(dispute_id=row.pk, texts={"product": "A server\r\nfor a year", "more": "He uses it."})
    answer.stage(dispute_id=row.pk, who=VERA)
    row.refresh_from_db()
    assert (row.state, row.staged_at is not None, row.sent_at) == ("needs_response", True, None)
    their = theirs(stripe, row)
    assert (their["status"], their["evidence_details"]["submission_count"]) == ("needs_response", 0)
    assert their["evidence"]["product_description"] == "A server\nfor a year"
    answer.keep(dispute_id=row.pk, texts={"more": "He uses it."})
    answer.send(dispute_id=row.pk, who=VERA)
    row.refresh_from_db()
    assert (row.state, row.sent_by, row.sent_at is not None, row.calling_until) == ("under_review", VERA, True, None)
    assert not Alert.objects.filter(key__startswith="dispute:", closed_at=None).exists()
    made = updates(stripe)
    for deed in (answer.send, answer.stage, answer.give_up):
        with pytest.raises(SaidError) as refused:
            deed(dispute_id=row.pk, who=VERA)
        assert refused.value.sentence == answer.SENT
    with pytest.raises(SaidError):
        answer.keep(dispute_id=row.pk, texts={})
    assert updates(stripe) == made
    their = theirs(stripe, row)
    assert their["evidence_details"]["submission_count"] == 1
    assert their["evidence"]["product_description"] == "-", "what was taken out does not reach the bank"
    assert list(AuditEntry.objects.filter(verb__startswith="dispute.").values_list("verb", "who").order_by("pk")) == [
        ("dispute.staged", VERA),
        ("dispute.sent", VERA),
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_that_is_lost_is_looked_for_and_nothing_is_sent_twice(stripe: Stripe, times: int) -> None:
    row = disputed(stripe, paid(stripe))
    stripe.fault("drop_after", method="POST", path="/v1/disputes/*", times=times)
    answer.send(dispute_id=row.pk, who=VERA)
    row.refresh_from_db()
    assert (row.state, row.sent_by, row.sent_at is not None) == ("under_review", VERA, True)
    assert theirs(stripe, row)["evidence_details"]["submission_count"] == 1
    assert AuditEntry.objects.filter(verb="dispute.sent", who=VERA).count() == 1


def test_what_never_arrived_may_be_sent_again_after_a_look(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    stripe.fault("drop_before", method="POST", path="/v1/disputes/*", times=2)
    with pytest.raises(SaidError) as unknown:
        answer.send(dispute_id=row.pk, who=VERA)
    assert unknown.value.sentence == answer.UNKNOWN
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.calling_until is not None) == ("needs_response", None, True)
    answer.send(dispute_id=row.pk, who="staff:boris@example.org")
    row.refresh_from_db()
    assert (row.sent_by, row.state) == ("staff:boris@example.org", "under_review")
    assert theirs(stripe, row)["evidence_details"]["submission_count"] == 1


def test_a_call_that_was_killed_is_found_by_the_next_click(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    past = timezone.now() - dt.timedelta(minutes=1)
    Dispute.objects.filter(pk=row.pk).update(calling_until=past, sent_by=VERA)  # claimed, called, and killed
    stripe.api("POST", f"/v1/disputes/{row.reference}", data={"evidence[uncategorized_text]": "x"})
    made = updates(stripe)
    answer.send(dispute_id=row.pk, who="staff:boris@example.org")
    row.refresh_from_db()
    assert (row.state, row.sent_at is not None) == ("under_review", True)
    assert updates(stripe) == made


def test_nothing_is_said_to_be_sent_while_stripe_does_not_answer(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    for do, method in (("drop_before", "GET"), ("status:500", "POST")):
        stripe.fault(do, method=method, path="/v1/disputes/*", times=4 if method == "GET" else 2)
        with pytest.raises(SaidError) as unknown:
            answer.send(dispute_id=row.pk, who=VERA)
        assert unknown.value.sentence == answer.UNKNOWN
        row.refresh_from_db()
        assert row.sent_at is None
    answer.send(dispute_id=row.pk, who=VERA)
    row.refresh_from_db()
    assert row.sent_at is not None


def test_while_somebody_is_sending_nobody_else_does(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    Dispute.objects.filter(pk=row.pk).update(calling_until=timezone.now() + dt.timedelta(minutes=1))
    for deed in (answer.send, answer.stage, answer.give_up):
        with pytest.raises(SaidError) as refused:
            deed(dispute_id=row.pk, who=VERA)
        assert refused.value.sentence == answer.BEING_SENT
    assert updates(stripe) == 0


def test_a_dispute_that_is_given_up_is_lost_at_once_with_all_that_follows(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = disputed(stripe, payment)
    answer.give_up(dispute_id=row.pk, who=VERA)
    row.refresh_from_db()
    assert (row.state, row.lost_minor, row.policy) == ("lost", 9990, "suspend")
    assert states(payment) == ("disputed", "refunded", 0)
    assert AuditEntry.objects.get(verb="dispute.accepted").who == VERA
    with pytest.raises(SaidError):
        answer.send(dispute_id=row.pk, who=VERA)
    agrees(stripe)


def test_what_was_decided_at_stripe_meanwhile_is_said_and_shown(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    does(stripe, row.reference, "lose")
    with pytest.raises(SaidError) as refused:
        answer.send(dispute_id=row.pk, who=VERA)
    assert refused.value.sentence == answer.REFUSED
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.sent_by) == ("lost", None, "")


def test_an_appeal_is_written_where_the_network_reads_it(stripe: Stripe) -> None:
    row = disputed(stripe, paid(stripe))
    answer.send(dispute_id=row.pk, who=VERA)
    row = decided(stripe, row, "appeal")
    assert row.sent_at is None
    answer.keep(dispute_id=row.pk, texts={"more": "winning_evidence"})
    answer.send(dispute_id=row.pk, who=VERA)
    stripe.control.advance(10)
    look(row.payment)
    row.refresh_from_db()
    assert (row.state, row.lost_minor) == ("won", 0)
    agrees(stripe)


def test_an_older_look_does_not_undo_what_was_sent(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    row = disputed(stripe, paid(stripe))
    account = modules.account(module="stripe", account=row.account, mode="test")
    began = database_now()
    seen = registry.gateway("stripe").look(account, dispute_subject(row))
    answer.send(dispute_id=row.pk, who=VERA)
    observe(seen, read_at=began)
    row.refresh_from_db()
    assert (row.state, row.sent_at is not None) == ("under_review", True)

"""The pages of disputes: what stands there, who may answer, and that the two steps that are for good are asked twice and done once."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.conftest import _signed_in
from tests.backoffice.reading import Reading
from tests.payments import disputing
from tests.payments.disputing import look, paid
from tests.stripe import Stripe

from comptoir.kernel import clock
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.payments.models import Dispute, FraudWarning, Payment
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def vera() -> Client:
    """Read-only."""
    return _signed_in(builders.staff("Vera", "read-only"))


def read(client: Client, name: str, *args: object, query: str = "") -> str:
    answer = client.get(reverse(f"backoffice:{name}", args=args) + query, headers=ENGLISH)
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, name: str, *args: object, **fields: str) -> Any:
    return client.post(reverse(f"backoffice:{name}", args=args), fields, headers=ENGLISH)


def plain(text: str) -> str:
    return " ".join(" ".join(Reading(text).texts).split())


def listed(text: str, test: str = "dispute") -> list[str]:
    return re.findall(rf'data-test="{test}" data-id="([^"]+)"', text)


def test_open_ones_stand_by_the_day_on_which_they_must_be_answered(boris: Client, payment: Payment) -> None:
    later = scenes.dispute(payment)
    sooner = scenes.dispute(payment, due_by=clock.now() + dt.timedelta(days=1))
    over = scenes.dispute(payment, state="won")
    assert listed(read(boris, "disputes")) == [sooner.reference, later.reference]
    assert listed(read(boris, "disputes", query="?show=closed")) == [over.reference]
    assert len(listed(read(boris, "disputes", query="?show=all&before=x"))) == 3
    home = boris.get("/admin/", headers=ENGLISH).content.decode()
    due = re.search(r'data-test="due-disputes" data-count="(\d+)"><span>([^<]+)', home)
    assert due is not None
    assert due[1] == "2"
    assert "the first by" in due[2]


def test_a_day_is_the_same_wherever_it_stands(boris: Client, payment: Payment) -> None:
    row = scenes.dispute(
        payment, due_by=dt.datetime(2031, 12, 9, 23, 59, 59, tzinfo=dt.UTC)
    )  # 00:59 of the next day in Paris
    home = boris.get("/admin/", headers=ENGLISH).content.decode()
    assert "the first by 10 Dec 2031" in home
    for page in (read(boris, "disputes"), read(boris, "dispute", row.pk)):
        assert "10 Dec 2031, 00:59" in page


def test_pages_follow_one_another(boris: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.backoffice.disputes.PER_PAGE", 2)
    rows = [scenes.dispute(payment, state="lost").reference for _number in range(3)]
    first = read(boris, "disputes", query="?show=closed")
    assert listed(first) == rows[:0:-1]
    older = re.search(r'href="(\?[^"]+)" data-test="disputes-older"', first)
    assert older is not None
    assert listed(read(boris, "disputes", query=older[1].replace("&amp;", "&"))) == rows[:1]


STANDING: list[tuple[dict[str, object], str]] = [
    ({}, "The bank has taken €99.90 and decides by what you send"),
    ({"inquiry": True, "refundable": True}, "The bank only asks, no money has moved"),
    ({"appeal": True}, "you can ask once more"),
    (
        {"calling_until": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        "Nobody knows yet whether the answer has reached the bank",
    ),
    ({"answerable": False, "due_by": None}, "cannot be answered from here"),
    ({"state": "under_review", "sent_by": "staff:boris@example.org"}, "The bank has your answer and decides"),
    ({"state": "under_review", "inquiry": True}, "No money has moved"),
    ({"state": "won"}, "Won. The €99.90 are yours"),
    ({"state": "won", "lost_minor": 5990}, "€59.90 have gone back to the customer for good"),
    ({"state": "lost", "lost_minor": 9990}, "Lost. €99.90 have gone back"),
    ({"state": "lost", "lost_minor": 9990, "due_by": None}, "the bank need not ask"),
    ({"state": "closed", "inquiry": True}, "the bank asks no more"),
    ({"state": "closed", "lost_minor": 100}, "€1.00 have gone back"),
]


@pytest.mark.parametrize(("values", "sentence"), STANDING)
def test_how_it_stands_is_said_in_words(
    boris: Client, payment: Payment, values: dict[str, object], sentence: str
) -> None:
    if values.get("state") == "under_review":
        values = {**values, "sent_at": clock.now()}
    row = scenes.dispute(payment, **values)
    text = read(boris, "dispute", row.pk)
    assert sentence in plain(text)
    assert "did not make this payment" in plain(text), "the reason in words"
    answerable = row.state == "needs_response" and row.answerable
    assert ('data-test="to-send"' in text) is answerable
    assert ('data-test="refund"' in text) is (answerable and row.refundable)
    shown = boris.get(f"/admin/billing/stripe/{payment.pk}/", headers=ENGLISH).content.decode()
    assert 'data-test="to-dispute"' in shown


def test_one_word_does_not_gainsay_the_other(boris: Client, payment: Payment) -> None:
    row = scenes.dispute(payment)
    Payment.objects.update(state="disputed")
    page = f"/admin/billing/stripe/{payment.pk}/"

    def shown() -> str:
        return plain(
            "".join(boris.get(at, headers=ENGLISH).content.decode() for at in (page, "/admin/billing/stripe/"))
        )

    assert "to be answered by" in read(boris, "dispute", row.pk)
    assert "Lost to" not in shown()
    Dispute.objects.update(state="won", lost_minor=1495)
    assert "Won in part" in plain(read(boris, "disputes", query="?show=all"))
    assert shown().count("Lost in part to a dispute") == 2
    Dispute.objects.update(state="lost", lost_minor=9990)
    assert "to be answered by" not in read(boris, "dispute", row.pk)
    assert shown().count("Lost to a dispute") == 2


def test_who_may_only_read_sees_what_is_known_and_can_press_nothing(vera: Client, payment: Payment) -> None:
    row = scenes.dispute(payment)
    text = read(vera, "dispute", row.pk)
    assert "alice@example.org" in plain(text)
    assert '<form method="post" action="/admin/disputes/' not in text


def test_what_was_written_is_kept_and_what_is_too_long_is_said_at_its_box(boris: Client, payment: Payment) -> None:
    row = scenes.dispute(payment)
    answer = press(boris, "dispute_evidence", row.pk, more="x" * 9_501, do="stage")
    assert answer.status_code == 422
    assert "9500" in plain(answer.content.decode()).replace(",", "")
    assert press(boris, "dispute_evidence", row.pk, more="He uses it.", do="send")["location"] == reverse(
        "backoffice:dispute_send", args=[row.pk]
    )
    confirm = read(boris, "dispute_send", row.pk)
    assert "He uses it." in plain(confirm)
    row.refresh_from_db()
    assert (row.evidence["more"], row.sent_at) == ("He uses it.", None)


def test_from_the_page_it_is_staged_sent_once_and_told(boris: Client, stripe: Stripe) -> None:
    row = disputing.disputed(stripe, paid(stripe))
    press(boris, "dispute_evidence", row.pk, product="A server", more="He uses it.", do="stage")
    assert "it was not sent to the bank" in plain(read(boris, "dispute", row.pk))
    for _time in range(2):
        press(boris, "dispute_send", row.pk)
    their = stripe.api("GET", f"/v1/disputes/{row.reference}")
    assert (their["status"], their["evidence_details"]["submission_count"]) == ("under_review", 1)
    text = read(boris, "dispute", row.pk)
    assert "boris@example.org" in plain(text)
    assert "He uses it." in plain(text)
    assert "Taken by the bank" in plain(text)
    assert "€15.00" in plain(text), "its fee"
    assert AuditEntry.objects.filter(verb="dispute.sent").count() == 1
    assert 'data-test="send"' not in read(boris, "dispute_send", row.pk)


def test_it_is_given_up_after_a_question_and_the_services_follow_or_do_not(boris: Client, stripe: Stripe) -> None:
    row = disputing.disputed(stripe, paid(stripe))
    assert "suspend them" in plain(read(boris, "dispute_give_up", row.pk))
    press(boris, "dispute_give_up", row.pk)
    look()
    row.refresh_from_db()
    assert (row.state, Service.objects.get().state) == ("lost", "suspended")
    press(boris, "dispute_services", row.pk, policy="keep")
    look()
    assert Service.objects.get().state == "active"
    assert "boris@example.org" in plain(read(boris, "dispute", row.pk))


def test_a_warning_leads_to_the_refund_and_can_be_put_aside(boris: Client, payment: Payment) -> None:
    row = scenes.warning(payment)
    alert(f"warning:{row.pk}", verbatim("x"))
    text = read(boris, "disputes")
    assert listed(text, "warning") == [row.reference]
    assert "a stolen card" in plain(text).lower()
    assert reverse("backoffice:payment_refund", args=["stripe", payment.pk]) in text
    assert 'data-test="payment-warning"' in boris.get(f"/admin/billing/stripe/{payment.pk}/").content.decode()
    for _time in range(2):
        press(boris, "warning_aside", row.pk)
    assert listed(read(boris, "disputes"), "warning") == []
    assert FraudWarning.objects.get().closed_by == "staff:boris@example.org"
    assert AuditEntry.objects.filter(verb="warning.closed").count() == 1
    assert not Alert.objects.filter(closed_at=None, key__startswith="warning:").exists()


def test_alerts_lead_to_what_they_are_about(boris: Client, payment: Payment) -> None:
    row, warning = scenes.dispute(payment), scenes.warning(payment)
    about = {
        f"dispute:{row.pk}:inquiry": reverse("backoffice:dispute", args=[row.pk]),
        f"dispute-due:{row.pk}:20261201": reverse("backoffice:dispute", args=[row.pk]),
        f"warning:{warning.pk}": reverse("backoffice:payment", args=["stripe", payment.pk]),
    }
    for key, address in about.items():
        alert(key, verbatim("x"))
        page = boris.get(f"/admin/kernel/alert/{Alert.objects.get(key=key).pk}/").content.decode()
        assert f'href="{address}"' in page, key


def test_a_list_of_many_asks_the_database_as_often_as_one_of_few(
    boris: Client, payment: Payment, django_assert_max_num_queries: Any
) -> None:
    for _number in range(12):
        scenes.dispute(payment)
    read(boris, "disputes")
    with django_assert_max_num_queries(14):
        read(boris, "disputes")


def test_the_story_of_a_payment_tells_of_its_dispute(boris: Client, stripe: Stripe) -> None:
    payment = paid(stripe)
    row = disputing.decided(stripe, disputing.disputed(stripe, payment), "lose")
    text = plain(read(boris, "payment", "stripe", payment.pk))
    assert f"Dispute {row.reference} is now: Lost" in text
    assert "took €99.90 back" in text
    assert Dispute.objects.count() == 1

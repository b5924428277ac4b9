"""A payment's own page: its story, what the provider sent, and the wish to look. And the page of a payment of others."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Permission
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from tests.backoffice import scenes
from tests.backoffice.reading import Reading
from tests.jobs import run_jobs
from tests.journeys.words import strangers

from comptoir.backoffice import totals
from comptoir.backoffice.raw import raw
from comptoir.backoffice.transactions import Wanted
from comptoir.customers.models import Customer, User
from comptoir.inbox.actions import KEPT_BYTES
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry
from comptoir.payments.models import Foreign, Payment, PaymentReference

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


def path(payment: Payment, rest: str = "") -> str:
    return f"/admin/billing/stripe/{payment.pk}/{rest}"


def told(client: Client, payment: Payment) -> list[str]:
    """The lines of the story, as one reads them in English."""
    page = client.get(path(payment), headers=EN).content.decode()
    story = page[page.index('data-test="story"') :]
    lines = re.findall(r'class="told">(.*?)</span><span class="by', story, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", line).split()) for line in lines]


def test_the_story_is_told_in_order(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="told")
    run_jobs()
    page = owner.get(path(payment), headers=EN).content.decode()
    story = page[page.index('data-test="story"') :]
    kinds = re.findall(r'class="what">([^<]*)<', story)
    assert set(kinds) == {
        *("Order", "Invoice", "Attempt", "Transaction", "Event", "Read"),
        *("Ledger", "Booked", "Service", "Delivery", "Mail"),
    }
    times = re.findall(r'datetime="([^"]*)"', story)
    assert times == sorted(times)
    assert "kept to ourselves" not in page
    assert f'href="https://dashboard.stripe.com/{scenes.ACCOUNT}/test/payments/pi_told"' in page


def test_the_story_says_who_did_what_and_how_much(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="told")
    run_jobs()
    lines = told(owner, payment)
    invoice = str(payment.invoice)
    for line in (
        "A payment page was asked for: cs_told €99.90",
        "Stripe told of payment_intent.succeeded, within a second not done yet",
        "The transaction became known: Open",
        "The transaction is now: Succeeded",
        f"€99.90 came in as ch_told for invoice {invoice}",
        "Stripe booked €99.90, its fee is €1.74: €98.16 net (txn_told)",
        f"Invoice {invoice} is now: Paid",
        "Delivery of VPS Lanterne: Done",
        "Service VPS Lanterne is now: Active",
    ):
        assert line in lines, (line, lines)
    assert any("to alice@example.org: Sent" in line for line in lines)


@pytest.mark.parametrize(("language", "said"), [("fr", "Stripe a annoncé"), ("en", "Stripe told of")])
def test_the_story_is_told_in_the_readers_language(owner: Client, alice: Customer, language: str, said: str) -> None:
    payment = scenes.paid(alice, name="told")
    run_jobs()
    page = owner.get(path(payment), headers={"accept-language": language}).content.decode()
    assert said in page
    assert strangers(language, Reading(page).texts) == []  # type: ignore[arg-type]  # one of two words


def test_what_went_back_is_told(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="back")
    for kind, minor in ((Entry.Kind.REFUND, -4000), (Entry.Kind.REFUND_FAILURE, 4000), (Entry.Kind.REFUND, -1000)):
        ledger.record(
            source="stripe",
            account=scenes.ACCOUNT,
            mode="test",
            kind=kind,
            reference=f"re_{minor}" if minor < 0 else "re_-4000",
            payment="pi_back",
            amount=Money(minor, "EUR"),
            occurred_at=timezone.now(),
        )
    lines = told(owner, payment)
    assert "€40.00 went back to the customer as re_-4000 allocated to nothing" in lines
    assert "The refund re_-4000 failed: €40.00 came back allocated to nothing" in lines
    page = owner.get(path(payment), headers=EN).content.decode()
    assert re.search(r'data-test="refunded">\s*<span class="num">€10.00<', page)
    row = owner.get("/admin/billing/stripe/", headers=EN).content.decode()
    assert '−<span class="num">€10.00</span>' in row


def test_a_debit_that_takes_days_says_when_it_is_expected(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    Payment.objects.update(state=Payment.State.IN_PROGRESS, expected_on=dt.date(2026, 12, 4), method="SEPA ·· 2606")
    page = owner.get(path(payment), headers=EN).content.decode()
    assert 'data-test="expected"' in page
    assert "4 Dec 2026" in page
    row = owner.get("/admin/billing/stripe/", headers=EN).content.decode()
    assert 'expected on <time class="num" datetime="2026-12-04">' in row


def test_the_next_look_and_what_hinders_it_are_told(owner: Client, alice: Customer) -> None:
    from comptoir.kernel.words import code

    payment = scenes.paid(alice, name="next")
    Wish.objects.update(done=F("wanted"))
    assert b'data-test="next-look"' not in owner.get(path(payment)).content
    Wish.objects.update(done=F("wanted") - 1, problem=code("RateLimitError"))
    page = owner.get(path(payment)).content.decode()
    assert "RateLimitError" in page[page.index('data-test="next-look"') :]


def test_more_events_cost_no_more_queries(
    owner: Client, alice: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    payment = scenes.paid(alice, name="many")
    for number in range(20):
        scenes.notice("pi_many", event=f"evt_{number}")
    run_jobs()
    owner.get(path(payment))
    with django_assert_max_num_queries(28):
        owner.get(path(payment))


def test_access_data_stay_the_customers(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    run_jobs()
    service = alice.services.get()
    assert service.state == "active"
    from comptoir.services.queries import access

    secret = access(service)["password"]
    for where in (
        f"billing/stripe/{payment.pk}/",
        f"services/service/{service.pk}/",
        f"services/operation/{service.operations.get().pk}/",
        f"customers/{alice.pk}/?tab=linked",
        *(f"mail/mail/{pk}/" for pk in range(1, 4)),
    ):
        assert secret not in owner.get(f"/admin/{where}").content.decode()


def test_look_now_is_a_wish_for_the_payment_itself(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="look")
    Wish.objects.update(done=F("wanted"))
    answer = owner.post(path(payment, "look/"))
    assert answer.status_code == 302
    wish = Wish.objects.get(wanted__gt=F("done"))
    assert (wish.module, wish.account, wish.mode, wish.kind, wish.external_id) == (
        *("stripe", scenes.ACCOUNT, "test", "payment", "pi_look"),
    )


def test_without_an_id_there_is_nothing_to_look_at(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    PaymentReference.objects.all().delete()
    wished = Wish.objects.get().wanted
    owner.post(path(payment, "look/"))
    assert Wish.objects.get().wanted == wished


def test_held_money_says_so(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, amount_minor=9000)
    page = owner.get(path(payment), headers=EN).content.decode()
    assert "Held for review: this money is allocated to nothing." in page
    assert "allocated to nothing" in page[page.index('data-test="story"') :]
    assert 'class="ribbon"' in page


# ------------------------------------------------------------------ what the provider sent

SENT = """{"id": "evt_1", "data": {"object": {"id": "pi_1", "client_secret": "pi_1_secret_opens", "amount": 9990,
"name": "Zoë <script>", "url": "https://checkout.stripe.com/c/pay/cs_1#opens", "metadata": {"note": "see https://h.org/t/opens"}}}}"""


def shown(owner: Client, payload: bytes | None, language: str = "en") -> str:
    payment = Payment.objects.get()
    notice = Notice.objects.get()
    Notice.objects.update(payload=payload)
    page = owner.get(path(payment, f"events/{notice.pk}/"), headers={"accept-language": language})
    assert page.status_code == 200
    text = page.content.decode()
    return text[text.index('data-test="raw"') :].partition("</section>")[0]


def test_an_event_is_one_click_from_its_payment(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="click")
    notice = Notice.objects.get()
    page = owner.get(path(payment)).content.decode()
    address = re.search(r'href="([^"]*)" data-test="event"', page)
    assert address is not None
    assert address.group(1) == path(payment, f"events/{notice.pk}/")
    event = owner.get(address.group(1), headers=EN).content.decode()
    for each in ("evt_click", "payment_intent.succeeded", "pi_click", "Not done yet", "within a second", "38 bytes"):
        assert each in event.replace("\xa0", " "), each


def test_what_was_sent_is_laid_out_and_opens_nothing(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    text = shown(owner, SENT.encode())
    assert "&quot;amount&quot;: 9990,\n" in text
    assert "Zoë &lt;script&gt;" in text
    assert "opens" not in text
    assert "https://checkout.stripe.com/…" in text


def test_what_was_too_large_is_not_kept_and_that_is_said(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    assert "Not kept: it was over 256 KiB." in shown(owner, None)
    assert "Non conservé" in shown(owner, None, "fr")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x00\x01<script>alert(1)</script>\xff",
        b'{"a": "\\ud800", "b": "\\u0000", "c": "\\u202e"}',
        b"[" * 200_000,
        b'{"a": ' * 5000 + b"1" + b"}" * 5000,
        b"9" * 5000,
        b'{"n": NaN, "i": 1e999, "https://x.org/y": {"secret": ["s"]}}',
        b'"https://[::1"',
        b"x" * KEPT_BYTES,
    ],
)
def test_bytes_of_any_kind_are_shown_safely(owner: Client, alice: Customer, payload: bytes) -> None:
    scenes.paid(alice)
    text = shown(owner, payload)
    assert "<script" not in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)


def test_what_this_counter_knows_as_secret_is_hidden_wherever_it_stands(alice: Customer) -> None:
    from comptoir.kernel import secrets

    secrets.seal({"secret_key": "sk_test_4eC39HqLyjWDarjtT1zdp7dc"})
    assert "sk_test_" not in raw(b'{"said": "your key is sk_test_4eC39HqLyjWDarjtT1zdp7dc"}').text
    assert "sk_test_" not in raw(b"no json: sk_test_4eC39HqLyjWDarjtT1zdp7dc").text


def test_events_are_for_those_who_may_see_events_and_payments(staff: Client, sam: User, alice: Customer) -> None:
    payment = scenes.paid(alice)
    address = path(payment, f"events/{Notice.objects.get().pk}/")
    allow = Permission.objects.get
    sam.user_permissions.set([allow(codename="view_payment")])
    assert staff.get(address).status_code == 403
    assert b'data-test="event"' not in staff.get(path(payment)).content
    sam.user_permissions.set([allow(codename="view_notice")])
    assert staff.get(address).status_code == 403
    sam.user_permissions.set([allow(codename="view_payment"), allow(codename="view_notice")])
    assert staff.get(address).status_code == 200


def test_an_event_of_another_payment_is_not_there(owner: Client, alice: Customer) -> None:
    payment, other = scenes.paid(alice, name="one"), scenes.paid(alice, name="two")
    notice = Notice.objects.get(event_id="evt_two")
    assert owner.get(path(payment, f"events/{notice.pk}/")).status_code == 404
    assert owner.get(path(other, f"events/{notice.pk}/")).status_code == 200
    assert owner.get(path(other, f"events/{10**18}/")).status_code == 404


# ------------------------------------------------------------------ payments of others


def test_the_page_of_a_payment_of_others_says_why_it_is_not_ours(owner: Client, alice: Customer) -> None:
    row = scenes.foreign("theirs")
    scenes.notice("pi_theirs", event="evt_theirs")
    page = owner.get(f"/admin/billing/stripe/others/{row.pk}/", headers=EN).content.decode()
    for each in (
        *("This transaction is not ours: it pays nothing here and is in no figure.", "made by another system"),
        *("mallory@example.net", "Visa ·· 1881", "€42.00", "€0.88", "€41.12", "txn_theirs", 'class="ribbon"'),
        f'href="https://dashboard.stripe.com/{scenes.ACCOUNT}/test/payments/pi_theirs"',
    ):
        assert each in page, each
    event = re.search(r'href="([^"]*)" data-test="event"', page)
    assert event is not None
    assert "evt_theirs" in owner.get(event.group(1)).content.decode()


def test_a_payment_of_others_is_looked_at_again(owner: Client, alice: Customer) -> None:
    row = scenes.foreign("theirs")
    assert owner.post(f"/admin/billing/stripe/others/{row.pk}/look/").status_code == 302
    assert Wish.objects.get().external_id == "pi_theirs"


def test_an_older_read_of_others_changes_nothing(alice: Customer) -> None:
    row = scenes.foreign("theirs", minor=4200)
    Foreign.objects.update(read_at=timezone.now() + dt.timedelta(minutes=1))
    scenes.foreign("theirs", minor=100)
    row.refresh_from_db()
    assert row.amount == Money(4200, "EUR")
    Foreign.objects.update(read_at=timezone.now() - dt.timedelta(minutes=1))
    assert scenes.foreign("theirs", minor=100).amount == Money(100, "EUR")
    assert Foreign.objects.count() == 1


def test_what_banks_took_is_no_refund(owner: Client, alice: Customer) -> None:
    """Refunds and disputes are summed apart, in the totals and on the page of each payment."""
    for kind, minor in (("refund", -1000), ("dispute", -9990), ("dispute", -9990), ("dispute_reversal", 4000)):
        payment = scenes.paid(alice)
        ledger.record(
            source="stripe",
            account=payment.account,
            mode=payment.mode,
            kind=kind,
            reference=f"txn_{payment.reference}",
            payment=payment.reference,
            amount=Money(minor, "EUR"),
            occurred_at=clock.now(),
        )
    (total,) = totals.totals(Wanted("stripe")).rows
    assert (total.back, total.taken) == (Money(1000, "EUR"), Money(15980, "EUR"))
    page = owner.get("/admin/billing/stripe/", headers=EN).content.decode()
    assert "Taken by banks" in page
    assert "€159.80" in page
    taken = Payment.objects.order_by("pk")[1]
    page = owner.get(path(taken), headers=EN).content.decode()
    assert 'data-test="taken"' in page
    assert 'data-test="refunded"' not in page

"""The pages of payouts: the list, and what one contains, added up and held against what arrives at the bank."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

import pytest
from django.test import Client
from tests.backoffice import scenes
from tests.backoffice.reading import Reading
from tests.journeys.words import strangers

from comptoir.backoffice import payouts as shown
from comptoir.customers.models import Customer
from comptoir.inbox.models import Wish
from comptoir.kernel import clock
from comptoir.kernel.models import AuditEntry
from comptoir.payments import payouts
from comptoir.payments.models import PAYOUT_STATES, Payout, PayoutRow

pytestmark = pytest.mark.django_db
Whose = Literal["ours", "others", "account", "unknown"]
EN = {"accept-language": "en"}


def payout(amount_minor: int, *, name: str = "one", automatic: bool = True, state: str = "paid") -> Payout:
    now = clock.now()
    row = Payout.objects.create(
        module="stripe",
        account=scenes.ACCOUNT,
        mode="test",
        reference=f"po_{name}",
        state=state,
        amount_minor=amount_minor,
        currency="EUR",
        arrival_on=now.date(),
        automatic=automatic,
        reconciled=automatic,
        created_at=now,
        read_at=now,
    )
    PAYOUT_STATES.born(row, who="stripe")
    return row


def row(
    of: Payout, name: str, amount_minor: int, *, fee: int = 0, category: str = "charge", whose: Whose = "ours"
) -> None:
    PayoutRow.objects.create(
        payout=of,
        reference=f"txn_{name}",
        kind="payment",
        whose=whose,
        type=category,
        category=category,
        source=f"ch_{name}",
        payment=f"pi_{name}" if whose != "account" else "",
        amount_minor=amount_minor,
        fee_minor=fee,
        net_minor=amount_minor - fee,
        currency="EUR",
        booked_at=clock.now(),
    )


def contents(of: Payout) -> None:
    """Alice's payment, a refund of it, one of others, a fee of the account's."""
    row(of, "told", 9990, fee=174)
    row(of, "others", 2500, fee=63, whose="others")
    row(of, "fee", -200, category="fee", whose="account")
    payouts._complete(of)
    of.refresh_from_db()


def page(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(f"/admin/payouts/{path}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def named(html: str, name: str) -> list[str]:
    """The texts of the elements of a `data-test` name."""
    found = re.findall(rf'data-test="{name}"[^>]*>(.*?)</', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", each).split()) for each in found]


def test_what_a_payout_contains_adds_up_and_leads_to_our_payments(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="told")
    foreign = scenes.foreign("others")
    one = payout(9816 + 2437 - 200)
    contents(one)
    html = page(owner, f"{one.pk}/")
    assert 'data-agrees="yes"' in html
    assert named(html, "contents") == ["€120.53"] == named(html, "payout-amount")
    summed = re.findall(r'data-test="(part|kept)">.*?<dd class="num">(.*?)</dd>', html)
    told = [(name, re.sub(r"<[^>]*>", "", amount)) for name, amount in summed]
    assert told == [("part", "€99.90"), ("part", "€25.00"), ("part", "−€2.00"), ("kept", "−€2.37")]  # which is €120.53
    groups = re.findall(r'data-test="group" data-category="(\w+)" data-whose="(\w+)"', html)
    assert groups == [("charge", "ours"), ("charge", "others"), ("fee", "account")]
    assert f'href="/admin/billing/stripe/{payment.pk}/"' in html
    assert f'href="/admin/billing/stripe/others/{foreign.pk}/"' in html
    assert 'data-test="unknown-row"' not in html


def test_what_does_not_add_up_is_said_with_the_rows_that_nobody_knows(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="told")
    one = payout(20000)
    contents(one)
    row(one, "lost", 5000)
    row(one, "whose", 100, whose="unknown")
    html = page(owner, f"{one.pk}/")
    assert 'data-agrees="no"' in html
    assert "differs by −€79.47" in " ".join(Reading(html).texts)
    unknown = re.findall(r'data-test="unknown-row".*?<span class="id">(\w+)<', html, re.DOTALL)
    assert sorted(unknown) == ["txn_lost", "txn_whose"]
    assert named(page(owner, ""), "agrees") == ["differs by −€79.47"]


def test_one_by_hand_and_one_that_is_not_known_yet_say_so(owner: Client) -> None:
    by_hand, fresh = payout(1000, name="hand", automatic=False), payout(1000, name="fresh", state="pending")
    assert 'data-test="manual"' in page(owner, f"{by_hand.pk}/")
    assert 'data-test="not-yet"' in page(owner, f"{fresh.pk}/")
    assert sorted(re.findall(r'data-agrees="(\w+)"', page(owner, ""))) == ["manual", "unknown"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_in_one_language(owner: Client, alice: Customer, language: Literal["fr", "en"]) -> None:
    scenes.paid(alice, name="told")
    good, bad = payout(9816 + 2437 - 200), payout(5, name="bad", state="failed")
    for each in (good, bad):
        contents(each) if each is good else row(each, "whose", 100, whose="unknown")
    payouts._complete(bad)
    by_hand = payout(1000, name="hand", automatic=False, state="in_transit")
    for path in ("", "?state=paid", "?mode=live", *(f"{each.pk}/" for each in (good, bad, by_hand))):
        assert strangers(language, Reading(page(owner, path, language)).texts) == [], path


def test_the_list_is_cut_by_key_and_narrowed(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "PER_PAGE", 2)
    made = [payout(100 + number, name=f"{number}", state="failed" if number == 2 else "paid") for number in range(5)]
    for number, each in enumerate(made):
        Payout.objects.filter(pk=each.pk).update(created_at=clock.now() - dt.timedelta(days=number))
    seen, address = [], ""
    while True:
        html = page(owner, address)
        seen += re.findall(r'data-test="payout-id">([^<]+)<', html)
        older = re.search(r'href="(\?[^"]*)" data-test="older"', html)
        if older is None:
            break
        address = older[1].replace("&amp;", "&")
    assert seen == [each.reference for each in made]
    newer = re.search(r'href="(\?[^"]*)" data-test="newer"', html)
    assert newer is not None
    assert re.findall(r'data-test="payout-id">([^<]+)<', page(owner, newer[1].replace("&amp;", "&"))) == [
        "po_2",
        "po_3",
    ]
    assert re.findall(r'data-test="payout-id">([^<]+)<', page(owner, "?state=failed")) == ["po_2"]
    assert 'data-test="nothing"' in page(owner, "?mode=live")


def test_rows_are_cut_by_key(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "ROWS", 2)
    one = payout(100)
    for number in range(5):
        row(one, f"{number}", 100)
    seen, address = [], ""
    while True:
        html = page(owner, f"{one.pk}/{address}")
        seen += re.findall(r'data-test="payout-row".*?<span class="id">(\w+)<', html, re.DOTALL)
        older = re.search(r'href="(\?[^"]*)" data-test="older"', html)
        if older is None:
            break
        address = older[1]
    assert seen == [f"txn_{number}" for number in (4, 3, 2, 1, 0)]


def test_a_look_is_wished_for_and_told(owner: Client, alice: Customer) -> None:
    one = payout(100)
    answer = owner.post(f"/admin/payouts/{one.pk}/look/")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/payouts/{one.pk}/")
    assert Wish.objects.filter(kind="payout", external_id="po_one").exists()
    assert AuditEntry.objects.filter(verb="payment.looked", name="po_one").exists()

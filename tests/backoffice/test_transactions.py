"""The list of a gateway's payments, ours and those of others: found by any id, narrowed, paged by key, summed apart."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries
from tests import builders
from tests.backoffice import scenes

from comptoir.backoffice import totals, transactions
from comptoir.backoffice.transactions import Booked, Place, Wanted, rate
from comptoir.customers.models import Customer
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry
from comptoir.modules.api import PaymentStatus, Settlement
from comptoir.payments import finding
from comptoir.payments.models import Payment

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/stripe/"
ID = re.compile(r'data-test="(?:payment|foreign)-id">([^<]*)<')


def ids(client: Client, query: str = "") -> list[str]:
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return ID.findall(answer.content.decode())


def test_each_id_finds_its_payment_whole_and_by_its_beginning(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="3Qabc001")
    scenes.paid(alice, name="3Qabd002")
    for id_ in ("pi_3Qabc001", "cs_3Qabc001", "ch_3Qabc001", "txn_3Qabc001", "evt_3Qabc001"):
        assert ids(owner, f"?q={id_}") == ["pi_3Qabc001"]
        assert ids(owner, f"?q={id_[:9]}") == ["pi_3Qabc001"]
        assert ids(owner, f"?q=+{id_}+") == ["pi_3Qabc001"]
    assert ids(owner, "?q=pi_3Q") == ["pi_3Qabd002", "pi_3Qabc001"]
    assert ids(owner, "?q=3Qabc001") == []  # a beginning is meant, and an index answers it


def test_what_a_host_has_at_hand_finds_it_too(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="one")
    scenes.paid(builders.customer("Bob"), name="two")
    assert payment.invoice is not None
    number = payment.invoice.number or ""
    assert ids(owner, f"?q={number}") == ids(owner, f"?q={number.lower()}") == ["pi_one"]
    assert ids(owner, "?q=alice@example.org") == ids(owner, "?q=Alice@ex") == ["pi_one"]


def test_a_beginning_that_fits_too_many_lists_the_newest_and_says_so(
    owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        scenes.paid(alice, name=f"3Q{number}")
    assert b'data-test="search-cut"' not in owner.get(f"{LIST}?q=ch_3Q").content
    monkeypatch.setattr(finding, "MOST", 2)
    for text in ("ch_3Q", "evt_3", "txn_", "alice@"):
        assert ids(owner, f"?q={text}") == ["pi_3Q2", "pi_3Q1"], text
        page = owner.get(f"{LIST}?q={text}").content
        assert b'data-test="search-cut"' in page
        assert b'data-test="totals-cut"' in page
    assert ids(owner, "?q=ch_3Q0") == ["pi_3Q0"]


def test_no_letter_is_a_wildcard(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="3Q_1")
    scenes.paid(alice, name="3Qx1")
    assert ids(owner, "?q=pi_3Q_") == ["pi_3Q_1"]
    assert ids(owner, "?q=pi%25") == []
    assert ids(owner, "?q=pi%5C") == []
    assert ids(owner, "?q=pi%00_3Qx1") == ["pi_3Qx1"]


@pytest.mark.parametrize(
    "query",
    [
        f"q={'p' * 1000}",
        *("before=x", "before=1.2", "before=99999999999999999.9.99999999999999999", "after=-1.1.1", "after=0.0.0"),
        *("customer=%00", "state=none", "mode=none", "show=none", "method=%00%25", "currency=%F0%9F%92%B6"),
        *("from=yesterday", "to=9999-12-31", "from=0001-01-01&to=9999-99-99", "from=2026-02-30", "to=%00"),
    ],
)
def test_whatever_an_address_says(owner: Client, alice: Customer, query: str) -> None:
    scenes.paid(alice)
    assert owner.get(f"{LIST}?{query}").status_code == 200


def test_a_row_tells_all_of_a_payment(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="one")
    page = owner.get(LIST, headers={"accept-language": "en"}).content.decode()
    row = page[page.index('data-test="payment"') :]
    assert 'data-state="succeeded" data-test="payment-state"' in row
    for told in ("Alice Durand", str(payment.invoice), "Visa ·· 4242", "€99.90", "€1.74", "€98.16", "tag test"):
        assert told in row, told


def test_a_page_that_nobody_paid_on_is_found(owner: Client, alice: Customer) -> None:
    scenes.attempt(builders.invoice(alice, total_minor=9990), name="unused")
    page = owner.get(f"{LIST}?q=cs_unus").content.decode()
    assert 'data-test="attempt"' in page
    assert "cs_unused" in page
    assert ids(owner, "?q=cs_unus") == []
    for module, count in (("stripe", 1), ("cash", 0)):
        listed = owner.get(f"/admin/payments/attempt/?module={module}").content.decode()
        assert listed.count('data-test="row"') == count


def test_an_event_about_nothing_that_we_know_is_shown_as_such(owner: Client, alice: Customer) -> None:
    scenes.notice("po_payout", event="evt_payout")
    page = owner.get(f"{LIST}?q=evt_pay").content.decode()
    assert page.count('data-test="notice"') == 1
    assert 'data-test="nothing"' not in page


def test_filters(owner: Client, alice: Customer) -> None:
    bob = builders.customer("Bob")
    scenes.paid(alice, name="test1")
    scenes.gateway("live")
    scenes.paid(bob, name="live1")
    scenes.paid(bob, name="held1", amount_minor=9000)
    Payment.objects.filter(reference="pi_live1").update(method_type="sepa_debit", currency="CHF")
    assert ids(owner, "?mode=live") == ["pi_held1", "pi_live1"]
    assert ids(owner, "?state=held") == ["pi_held1"]
    assert ids(owner, f"?customer={alice.pk}") == ["pi_test1"]
    assert ids(owner, "?mode=test&q=pi_live") == []
    assert ids(owner, "?method=sepa_debit") == ids(owner, "?currency=chf") == ["pi_live1"]
    assert ids(owner, "?method=card&mode=live") == ["pi_held1"]
    page = owner.get(f"{LIST}?method=klarna", headers={"accept-language": "en"}).content.decode()
    offered = re.findall(r'<option value="([^"]*)"', page[page.index('name="method"') : page.index('id="from"')])
    assert offered == ["", "card", "klarna", "sepa_debit", "", "CHF", "EUR"]  # what there is, and what was asked for


def test_days_are_the_counters_own_and_both_are_included(owner: Client, alice: Customer) -> None:
    times = {
        "before": dt.datetime(2026, 3, 9, 22, 59, tzinfo=dt.UTC),  # in Paris the 9th, 23:59
        "first": dt.datetime(2026, 3, 9, 23, 0, tzinfo=dt.UTC),  # the 10th, midnight
        "last": dt.datetime(2026, 3, 11, 22, 59, 59, tzinfo=dt.UTC),
        "after": dt.datetime(2026, 3, 11, 23, 0, tzinfo=dt.UTC),
    }
    for name, at in times.items():
        scenes.paid(alice, name=name)
        Payment.objects.filter(reference=f"pi_{name}").update(created_at=at)
    assert ids(owner, "?from=2026-03-10&to=2026-03-11") == ["pi_last", "pi_first"]
    assert ids(owner, "?from=2026-03-12") == ["pi_after"]
    assert ids(owner, "?to=2026-03-09") == ["pi_before"]


def test_those_of_others_are_shown_when_asked_for(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="ours")
    scenes.foreign("theirs")
    assert ids(owner) == ids(owner, "?show=ours") == ["pi_ours"]
    assert ids(owner, "?show=others") == ["pi_theirs"]
    assert ids(owner, "?show=all") == ids(owner, "?q=pi_") == ["pi_theirs", "pi_ours"]
    assert ids(owner, "?q=pi_&show=ours") == ["pi_ours"]
    for text in ("pi_theirs", "pi_th", "txn_theirs", "mallory@"):
        assert ids(owner, f"?q={text}") == ["pi_theirs"], text
    assert ids(owner, "?show=others&state=failed") == ids(owner, "?show=others&method=sepa_debit") == []
    assert ids(owner, "?show=others&method=card&currency=EUR&mode=test") == ["pi_theirs"]
    row = owner.get(f"{LIST}?show=others", headers={"accept-language": "en"}).content.decode()
    row = row[row.index('data-test="foreign"') :]
    for told in ("mallory@example.net", "Visa ·· 1881", "€42.00", "€0.88", "€41.12", "not ours"):
        assert told in row, told


def test_an_object_of_others_that_is_no_payment_is_found_by_its_id_alone(owner: Client, alice: Customer) -> None:
    row = scenes.foreign("setup")
    type(row).objects.update(amount_minor=None, currency="", state="")
    assert ids(owner, "?show=others") == []
    assert ids(owner, "?q=pi_setup") == ["pi_setup"]


def test_money_of_others_is_in_no_figure(owner: Client, alice: Customer) -> None:
    scenes.gateway("live")
    scenes.paid(alice, name="ours")
    scenes.foreign("theirs", mode="live")
    for show in ("ours", "all"):
        found = totals.totals(Wanted("stripe", show=show)).rows
        assert [(each.count, each.paid) for each in found] == [(1, Money(9990, "EUR"))]
    page = owner.get(f"{LIST}?show=others", headers={"accept-language": "en"}).content.decode()
    assert 'data-test="totals"' not in page
    home = owner.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert "€99.90" in home
    assert "€42.00" not in home


def walk(client: Client, query: str = "") -> tuple[list[list[str]], list[list[str]]]:
    """Every page from the newest to the oldest, and back again."""
    pages: tuple[list[list[str]], list[list[str]]] = ([], [])
    for rel, seen in zip(("older", "newer"), pages, strict=True):
        while True:
            page = client.get(LIST + query).content.decode()
            seen.append(ID.findall(page))
            step = re.search(rf'href="(\?[^"]*)" data-test="{rel}"', page)
            if step is None:
                break
            query = html.unescape(step.group(1))
    return pages


def test_pages_are_cut_by_key(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours and those of others in one order, many of them of the very same time: each once, forwards and backwards."""
    monkeypatch.setattr(transactions, "PER_PAGE", 2)
    now = clock.now().replace(microsecond=0)
    for number in range(4):
        scenes.paid(alice, name=f"n{number}")
        scenes.foreign(f"f{number}", at=now - dt.timedelta(hours=number // 2))
        Payment.objects.filter(reference=f"pi_n{number}").update(created_at=now - dt.timedelta(hours=number // 3))
    order = [f"pi_{name}" for name in ("n2", "n1", "n0", "f1", "f0", "n3", "f3", "f2")]
    older, newer = walk(owner, "?show=all")
    assert older == [order[each : each + 2] for each in (0, 2, 4, 6)]
    assert newer == older[::-1]
    older, _newer = walk(owner)
    assert older == [["pi_n2", "pi_n1"], ["pi_n0", "pi_n3"]]
    oldest = owner.get(f"{LIST}?after={Place(0, 0, 0)}").content.decode()
    assert ID.findall(oldest) == ["pi_n0", "pi_n3"]


def test_a_place_is_read_as_it_is_written() -> None:
    place = Place(1_763_900_000_123_456, 1, 42)
    assert Place.read(str(place)) == place
    assert place.time == dt.datetime(2025, 11, 23, 12, 13, 20, 123456, tzinfo=dt.UTC)


def test_test_money_is_summed_apart(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    scenes.gateway("live")
    scenes.paid(alice, name="live1")
    scenes.paid(alice)

    def summed(**wanted: str) -> set[tuple[str, int, Money, Money]]:
        rows = totals.totals(Wanted("stripe", **wanted)).rows  # type: ignore[arg-type]  # texts alone here
        return {(each.mode, each.count, each.paid, each.fee + each.net) for each in rows}

    one, two = Money(9990, "EUR"), Money(19980, "EUR")
    assert summed() == {("live", 2, two, two), ("test", 1, one, one)}
    assert summed(mode="test") == {("test", 1, one, one)}
    assert summed(text="pi_live1") == {("live", 1, one, one)}
    assert summed(state="failed") == set()
    assert totals.totals(Wanted("another")).rows == []
    assert b'data-test="totals"' in owner.get(LIST).content
    assert b'data-test="totals"' not in owner.get(f"{LIST}?state=failed").content


def test_sums_are_bounded_and_say_so(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    for _each in range(3):
        scenes.paid(alice)
    assert b'data-test="totals-cut"' not in owner.get(LIST).content
    monkeypatch.setattr(totals, "MOST_SUMMED", 2)
    found = totals.totals(Wanted("stripe"))
    assert (found.cut, [each.count for each in found.rows]) == (True, [2])
    assert b'data-test="totals-cut"' in owner.get(LIST).content


@pytest.mark.parametrize(
    "query", ["", "?show=all", "?q=pi_", "?q=evt_", "?q=alice", "?state=succeeded&mode=test&from=2020-01-01"]
)
def test_more_rows_cost_no_more_queries(
    owner: Client, alice: Customer, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    scenes.paid(alice)
    scenes.foreign("first")
    owner.get(LIST + query)
    with CaptureQueriesContext(connection) as few:
        owner.get(LIST + query)
    for each in range(8):
        scenes.paid(builders.customer(f"Alice{each}"))
        scenes.foreign(f"n{each}")
    with django_assert_max_num_queries(min(len(few), 24)):
        owner.get(LIST + query)


def test_a_declined_card_has_no_fee(owner: Client, alice: Customer) -> None:
    row = scenes.attempt(builders.invoice(alice, total_minor=9990), name="no")
    scenes.seen(row, name="no", status=PaymentStatus.FAILED)
    page = owner.get(LIST).content.decode()
    assert 'data-state="failed" data-test="payment-state"' in page


def test_another_gateway_is_not_there(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    theirs = scenes.foreign("theirs")
    assert owner.get("/admin/billing/manual/").status_code == 404
    assert owner.get("/admin/billing/nothing/").status_code == 404
    assert owner.get(f"/admin/billing/cash/{payment.pk}/").status_code == 404
    assert owner.get(f"/admin/billing/cash/others/{theirs.pk}/").status_code == 404


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Cut pages after so many rows."""

    def cut(most: int) -> None:
        monkeypatch.setattr(transactions, "PER_PAGE", most)
        monkeypatch.setattr("comptoir.backoffice.related.PER_PAGE", most)

    return cut


def test_a_customers_page_lists_all_services_and_transactions(
    owner: Client, alice: Customer, pages: Callable[[int], None]
) -> None:
    pages(2)
    for number in range(5):
        scenes.paid(alice, builders.product(f"VPS {number}"), name=f"n{number}")
    scenes.paid(builders.customer("Bob"), name="bobs")
    services: list[str] = []
    payments: list[str] = []
    for list_, name, seen in (
        ("services", r'data-test="service"><td[^>]*><a[^>]*>([^<]*)<', services),
        ("transactions", ID.pattern, payments),
    ):
        query = "?tab=linked"
        for _page in range(3):
            page = owner.get(f"/admin/customers/{alice.pk}/{query}").content.decode()
            seen.extend(re.findall(name, page))
            step = re.search(rf'href="([^"]*)" data-test="{list_}-older"', page)
            query = html.unescape(step.group(1)) if step else ""
        assert query == ""
    assert payments == [f"pi_n{number}" for number in (4, 3, 2, 1, 0)]
    assert services == [f"VPS {number}" for number in (4, 3, 2, 1, 0)]


def test_a_customers_lists_are_cut_each_by_itself(owner: Client, alice: Customer, pages: Callable[[int], None]) -> None:
    pages(1)
    for number in range(3):
        scenes.paid(alice, builders.product(f"VPS {number}"), name=f"n{number}")
    page = owner.get(f"/admin/customers/{alice.pk}/?tab=linked").content.decode()
    step = re.search(r'href="([^"]*)" data-test="services-older"', page)
    assert step is not None
    page = owner.get(f"/admin/customers/{alice.pk}/{html.unescape(step.group(1))}").content.decode()
    assert "VPS 1" in page
    assert ID.findall(page) == ["pi_n2"]
    step = re.search(r'href="([^"]*)" data-test="transactions-older"', page)
    assert step is not None
    page = owner.get(f"/admin/customers/{alice.pk}/{html.unescape(step.group(1))}").content.decode()
    assert "VPS 1" in page
    assert ID.findall(page) == ["pi_n1"]
    assert 'data-test="services-newer"' in page


@pytest.mark.parametrize(
    ("paid", "told", "settled", "said"),
    [
        (Money(5000, "USD"), "0.8", Money(4000, "EUR"), "1 USD = 0.80 EUR"),
        (Money(5000, "JPY"), "0.625", Money(3125, "EUR"), "1 JPY = 0.00625 EUR"),
        (Money(50000, "KWD"), "0.3125", Money(15625, "EUR"), "1 KWD = 3.125 EUR"),
        (Money(5000, "ISK"), "0.00666667", Money(3333, "EUR"), ""),  # told for hundredths of a króna
        (Money(5000, "USD"), "", Money(5000, "USD"), ""),
    ],
)
def test_a_rate_is_said_for_whole_units(paid: Money, told: str, settled: Money, said: str) -> None:
    nothing = Money(0, settled.currency)
    with override("en"):
        assert rate(paid, Booked(settled, nothing, settled, rate=told)) == said


def test_what_was_paid_and_what_was_settled_are_both_shown(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="exchanged")
    entry = Entry.objects.get()
    booked = Settlement("txn_usd", Money(12500, "USD"), Money(200, "USD"), Money(12300, "USD"), "1.251251")
    ledger.settle_entry(entry, booked)
    for path in (f"/admin/billing/stripe/{payment.pk}/", "/admin/billing/stripe/"):
        page = owner.get(path, headers={"accept-language": "en"}).content.decode()
        assert "€99.90" in page
        assert re.search(r'data-test="settled"[^>]*><span class="num">(US)?\$125\.00<', page), path

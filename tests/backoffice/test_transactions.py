"""The list of a gateway's payments: found by any id, paged by key, summed apart."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import builders
from tests.backoffice import scenes

from comptoir.backoffice import transactions
from comptoir.customers.models import Customer
from comptoir.kernel.money import Money
from comptoir.modules.api import PaymentStatus

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/stripe/"


def ids(client: Client, query: str = "") -> list[str]:
    page = client.get(LIST + query).content.decode()
    return re.findall(r'data-test="payment-id">([^<]*)<', page)


def test_each_id_finds_its_payment_whole_and_by_its_beginning(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="3Qabc001")
    scenes.paid(alice, name="3Qabd002")
    for id_ in ("pi_3Qabc001", "cs_3Qabc001", "ch_3Qabc001"):
        assert ids(owner, f"?q={id_}") == ["pi_3Qabc001"]
        assert ids(owner, f"?q={id_[:8]}") == ["pi_3Qabc001"]
        assert ids(owner, f"?q=+{id_}+") == ["pi_3Qabc001"]
    assert ids(owner, "?q=pi_3Q") == ["pi_3Qabd002", "pi_3Qabc001"]
    assert ids(owner, "?q=3Qabc001") == []  # a beginning is meant, and an index answers it


def test_no_letter_is_a_wildcard(owner: Client, alice: Customer) -> None:
    scenes.paid(alice, name="3Q_1")
    scenes.paid(alice, name="3Qx1")
    assert ids(owner, "?q=pi_3Q_") == ["pi_3Q_1"]
    assert ids(owner, "?q=pi%25") == []
    assert ids(owner, "?q=pi%5C") == []
    assert ids(owner, "?q=pi%00_3Qx1") == ["pi_3Qx1"]
    assert owner.get(f"{LIST}?q={'p' * 1000}&before=x&after=-1&customer=%00&state=none&mode=none").status_code == 200


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


def test_filters(owner: Client, alice: Customer) -> None:
    bob = builders.customer("Bob")
    scenes.paid(alice, name="test1")
    scenes.gateway("live")
    scenes.paid(bob, name="live1")
    scenes.paid(bob, name="held1", amount_minor=9000)
    assert ids(owner, "?mode=live") == ["pi_held1", "pi_live1"]
    assert ids(owner, "?state=held") == ["pi_held1"]
    assert ids(owner, f"?customer={alice.pk}") == ["pi_test1"]
    assert ids(owner, "?mode=test&q=pi_live") == []


def test_pages_are_cut_by_key(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PER_PAGE", 2)
    for number in range(5):
        scenes.paid(alice, name=f"n{number}")
    seen, query = [], ""
    for _page in range(3):
        page = owner.get(LIST + query).content.decode()
        seen.append(re.findall(r'data-test="payment-id">([^<]*)<', page))
        older = re.search(r'href="(\?[^"]*)" data-test="older"', page)
        query = older.group(1) if older else ""
    assert seen == [["pi_n4", "pi_n3"], ["pi_n2", "pi_n1"], ["pi_n0"]]
    assert query == ""
    newest = owner.get(f"{LIST}?after=0").content.decode()
    assert re.findall(r'data-test="payment-id">([^<]*)<', newest) == ["pi_n1", "pi_n0"]


def test_test_money_is_summed_apart(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    scenes.gateway("live")
    scenes.paid(alice)
    scenes.paid(alice)
    found = {(each.mode, each.count, each.paid, each.fee + each.net) for each in transactions.totals("stripe")}
    assert found == {
        ("live", 2, Money(19980, "EUR"), Money(19980, "EUR")),
        ("test", 1, Money(9990, "EUR"), Money(9990, "EUR")),
    }
    assert transactions.totals("another") == []
    assert b'data-test="totals"' in owner.get(LIST).content
    assert b'data-test="totals"' not in owner.get(f"{LIST}?state=held").content


def test_more_rows_cost_no_more_queries(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    owner.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        owner.get(LIST)
    for _each in range(8):
        scenes.paid(builders.customer(f"Buyer{_each}"))
    with CaptureQueriesContext(connection) as many:
        owner.get(LIST)
    assert len(many) == len(few)
    assert len(many) <= 16


def test_a_declined_card_has_no_fee(owner: Client, alice: Customer) -> None:
    row = scenes.attempt(builders.invoice(alice, total_minor=9990), name="no")
    scenes.seen(row, name="no", status=PaymentStatus.FAILED)
    page = owner.get(LIST).content.decode()
    assert 'data-state="failed" data-test="payment-state"' in page


def test_another_gateway_is_not_there(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    assert owner.get("/admin/billing/manual/").status_code == 404
    assert owner.get("/admin/billing/nothing/").status_code == 404
    assert owner.get(f"/admin/billing/cash/{payment.pk}/").status_code == 404

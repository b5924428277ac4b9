"""Lists do not count, do not repeat queries, and search as an index does; facts cannot be added, changed or deleted."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests import builders
from tests.backoffice import scenes
from tests.jobs import run_jobs

from comptoir.customers.models import Customer
from comptoir.inbox.models import Notice
from comptoir.kernel import admin as kernel_admin
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.mail import actions as mail
from comptoir.mail.models import Mail
from comptoir.orders.models import Order

pytestmark = pytest.mark.django_db
LISTS = (
    *("orders/order", "invoices/invoice", "ledger/entry", "services/service", "services/operation"),
    *("customers/customer", "payments/attempt", "inbox/notice", "inbox/wish", "mail/mail", "kernel/alert"),
    *("catalogue/product", "catalogue/price", "catalogue/group"),
)
FACTS = LISTS[:5] + LISTS[6:11] + ("payments/foreign",)


def fill(number: int) -> None:
    buyer = builders.customer(f"Buyer{number}")
    scenes.paid(buyer, builders.product(f"VPS {number}"))
    alert(f"key {number}", verbatim("Something."))
    run_jobs()


def rows(client: Client, path: str) -> int:
    return client.get(f"/admin/{path}").content.decode().count('data-test="row"')


def test_more_rows_cost_no_more_queries_and_nothing_is_counted(owner: Client, alice: Customer) -> None:
    del alice
    fill(0)
    few: dict[str, int] = {}
    for path in LISTS:
        owner.get(f"/admin/{path}/")
        with CaptureQueriesContext(connection) as queries:
            owner.get(f"/admin/{path}/")
        few[path] = len(queries)
    for number in range(1, 5):
        fill(number)
    for path in LISTS:
        with CaptureQueriesContext(connection) as queries:
            owner.get(f"/admin/{path}/")
        assert len(queries) == few[path], path
        assert few[path] <= 12, path
        assert not [each for each in queries.captured_queries if "COUNT(" in each["sql"].upper()], path


def test_pages(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_admin.Page, "list_per_page", 2)
    for _each in range(3):
        scenes.paid(alice)
    first = owner.get("/admin/invoices/invoice/").content.decode()
    assert (first.count('data-test="row"'), 'data-test="older"' in first, 'data-test="newer"' in first) == (
        2,
        True,
        False,
    )
    last = owner.get("/admin/invoices/invoice/?p=2").content.decode()
    assert (last.count('data-test="row"'), 'data-test="older"' in last, 'data-test="newer"' in last) == (1, False, True)
    for odd in ("-3", "0", "x", "99999999999", "1.5"):
        assert owner.get(f"/admin/invoices/invoice/?p={odd}").status_code in {200, 302}, odd
    assert owner.get("/admin/invoices/invoice/?nonsense=1", follow=True).status_code == 200


def test_search_is_exact_or_a_beginning(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="abc1")
    scenes.paid(builders.customer("Bob"), name="abd2")
    number = Order.objects.earliest("id").number or ""
    assert rows(owner, f"orders/order/?q={number}") == 1
    assert rows(owner, f"orders/order/?q={number[:-1].lower()}") == 2
    assert rows(owner, "orders/order/?q=T_") == 0
    assert rows(owner, "orders/order/?q=%25") == 0
    assert rows(owner, f"invoices/invoice/?q={payment.invoice}") == 1
    assert rows(owner, "payments/attempt/?q=pi_abc") == 1
    assert rows(owner, "payments/attempt/?q=pi_ab") == 2
    assert rows(owner, "ledger/entry/?q=ch_abd2") == 1
    assert rows(owner, "inbox/notice/?q=evt_abc") == 1
    assert rows(owner, "customers/customer/?q=alice@") == 1
    assert rows(owner, "customers/customer/?q=Dur") == 2


def test_filters(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    scenes.gateway("live")
    scenes.paid(alice)
    assert rows(owner, "invoices/invoice/?mode=test") == 1
    assert rows(owner, "invoices/invoice/?state__exact=paid&mode=live") == 1
    assert rows(owner, "invoices/invoice/?state__exact=void") == 0
    assert rows(owner, "inbox/notice/?show=open") == 2
    assert rows(owner, "inbox/notice/?show=done") == 0
    assert rows(owner, "mail/mail/?show=unsent") == 2
    assert rows(owner, "services/operation/?show=people") == 0


def test_facts_cannot_be_added_changed_or_deleted(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    alert("a key", verbatim("Something."))
    for path in FACTS:
        for more in ("add/", "1/change/", "1/delete/", "1/history/"):
            assert owner.get(f"/admin/{path}/{more}").status_code == 404, (path, more)
        assert owner.post(f"/admin/{path}/").status_code == 405, path
    notice = Notice.objects.get()
    assert owner.post(f"/admin/inbox/notice/{notice.pk}/", {"note": "x"}).status_code == 405
    assert owner.get("/admin/inbox/notice/999/").status_code == 404
    assert owner.get("/admin/inbox/notice/x/").status_code == 404


def test_test_mode_is_labelled(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice)
    assert payment.invoice is not None
    for path in (
        f"invoices/invoice/{payment.invoice_id}/",
        f"orders/order/{payment.invoice.order_id}/",
        f"billing/stripe/{payment.pk}/",
    ):
        assert b'class="ribbon"' in owner.get(f"/admin/{path}").content, path
    for path in ("invoices/invoice/", "orders/order/", "services/service/", "services/operation/", "billing/stripe/"):
        assert b'class="tag test"' in owner.get(f"/admin/{path}").content, path


def test_a_mail_about_an_account_keeps_its_link(owner: Client) -> None:
    for fact in ("account:1", "other:1"):
        mail.queue_text(
            fact=fact, to="alice@example.org", subject="A link", body="https://example.org/secret-link", locale="en"
        )
    for row in Mail.objects.all():
        page = owner.get(f"/admin/mail/mail/{row.pk}/").content.decode()
        assert ("secret-link" in page) == (row.fact == "other:1")

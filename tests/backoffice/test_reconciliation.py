"""The pages of the reconciliation: a period is asked for, its report is made by a worker and read here."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

import pytest
from django.test import Client
from django.utils import timezone
from tests.backoffice import scenes
from tests.backoffice.reading import Reading
from tests.journeys.words import strangers

from comptoir.backoffice import reconciliations
from comptoir.customers.models import Customer
from comptoir.kernel import clock
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import code
from comptoir.payments import books
from comptoir.payments.models import Reconciliation, ReconciliationSum
from comptoir.payments.models.reconciliation import line_row
from comptoir.payments.reconcile.result import Figures, Finding, Line, Side

pytestmark = pytest.mark.django_db
Language = Literal["fr", "en"]
EN = {"accept-language": "en"}
AMOUNTS = Figures(Money(9990, "EUR"), Money(174, "EUR"), Money(9816, "EUR"), Money(12000, "USD"))


def report(*findings: Finding, ended: bool = True, **more: object) -> Reconciliation:
    """A report of yesterday with a line of each of these findings."""
    until = clock.now().replace(microsecond=0)
    row = Reconciliation.objects.create(
        module="stripe",
        account=scenes.ACCOUNT,
        mode="test",
        since=until - dt.timedelta(days=1),
        until=until,
        read_until=until - dt.timedelta(hours=12),
        rows=2,
        who="staff:olive@example.org",
        **more,
    )
    for finding in findings:
        line = Line(finding, f"txn_{finding.value}", "charge", "ch_told", "pi_told", until, there=AMOUNTS, here=AMOUNTS)
        line_row(row, line).save()
    for side, net in ((Side.THERE, 9816), (Side.HERE, 9815 if findings else 9816), (Side.ACCOUNT, -500)):
        category = "payout" if side is Side.ACCOUNT else "charge"
        ReconciliationSum.objects.create(
            reconciliation=row,
            side=side,
            currency="EUR",
            category=category,
            count=1,
            amount_minor=9990,
            fee_minor=174,
            net_minor=net,
        )
    if ended:
        problems = sum(finding is not Finding.OTHERS for finding in findings)
        Reconciliation.objects.filter(pk=row.pk).update(ended_at=timezone.now(), problems=problems)
    row.refresh_from_db()
    return row


def page(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(f"/admin/reconciliation/{path}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def days(begin: int, end: int) -> dict[str, str]:
    """So many days ago."""
    today = timezone.localdate(clock.now())
    return {"begin": f"{today - dt.timedelta(days=begin)}", "end": f"{today - dt.timedelta(days=end)}"}


def test_a_period_is_asked_for_and_its_report_shown(owner: Client, alice: Customer) -> None:
    answer = owner.post("/admin/reconciliation/ask/", days(3, 1))
    row = Reconciliation.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/reconciliation/{row.pk}/")
    assert timezone.localtime(row.until) - timezone.localtime(row.since) == dt.timedelta(days=3)
    assert (timezone.localtime(row.since).hour, row.day, row.who) == (0, None, "staff:owner@example.org")
    assert AuditEntry.objects.filter(verb="reconciliation.asked").count() == 1
    shown = owner.get(f"/admin/reconciliation/{row.pk}/", headers=EN)
    assert shown["Refresh"] == "3"
    assert 'data-test="report-running"' in shown.content.decode()


def test_today_counts_until_now(owner: Client, alice: Customer) -> None:
    owner.post("/admin/reconciliation/ask/", days(0, 0))
    assert Reconciliation.objects.get().until <= clock.now()


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [(1, 2, "before the first"), (-1, -1, "not begun"), (500, 1, "400 days"), (None, None, "required")],
)
def test_a_period_without_sense_is_refused_in_words(
    owner: Client, alice: Customer, begin: int | None, end: int | None, said: str
) -> None:
    given = days(begin, end) if begin is not None and end is not None else {}
    answer = owner.post("/admin/reconciliation/ask/", given, headers=EN)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Reconciliation.objects.exists()


def test_of_several_accounts_one_or_all_are_chosen(owner: Client, alice: Customer) -> None:
    scenes.gateway("live")
    owner.post("/admin/reconciliation/ask/", days(1, 1))
    assert Reconciliation.objects.count() == 2
    live = next(reading for reading in books.readings() if reading.mode == "live")
    owner.post("/admin/reconciliation/ask/", {**days(1, 1), "account": f"{live.pk}"})
    assert list(Reconciliation.objects.order_by("-pk").values_list("mode", flat=True)[:1]) == ["live"]
    assert Reconciliation.objects.count() == 3


def test_a_clean_report_says_that_all_agrees(owner: Client, alice: Customer) -> None:
    row = report()
    html = page(owner, f"{row.pk}/")
    assert 'data-test="clean"' in html
    assert 'data-state="agrees"' in html
    assert 'data-agrees="yes"' in html
    assert 'data-state="agrees"' in page(owner, "")


def test_each_row_that_does_not_match_stands_there_with_its_id(owner: Client, alice: Customer) -> None:
    payment = scenes.paid(alice, name="told")
    row = report(*Finding)
    html = page(owner, f"{row.pk}/")
    lines = re.findall(r'data-test="line-id">(\w+)<', html)
    assert lines == [f"txn_{finding.value}" for finding in Finding if finding is not Finding.OTHERS]
    assert re.findall(r'data-finding="(\w+)" data-count="(\d+)"', html) == [(finding.value, "1") for finding in Finding]
    assert f'href="/admin/billing/stripe/{payment.pk}/"' in html
    assert 'data-agrees="no"' in html
    others = page(owner, f"{row.pk}/?finding=others")
    assert re.findall(r'data-test="line-id">(\w+)<', others) == ["txn_others"]
    assert re.findall(r'data-test="line-id">(\w+)<', page(owner, f"{row.pk}/?finding=nonsense")) == lines


def test_lines_and_reports_are_cut_by_key(owner: Client, alice: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliations, "LINES", 3)
    monkeypatch.setattr(reconciliations, "PER_PAGE", 1)
    row = report(*Finding)
    report()
    first = page(owner, f"{row.pk}/")
    older = re.search(r'href="(\?[^"]*)" data-test="older"', first)
    assert older is not None
    second = re.findall(r'data-test="line-id">(\w+)<', page(owner, f"{row.pk}/{older[1]}"))
    assert second == ["txn_amount", "txn_fee", "txn_unread"]
    listed = page(owner, "")
    older = re.search(r'href="(\?[^"]*)" data-test="older"', listed)
    assert older is not None
    assert f"/admin/reconciliation/{row.pk}/" in page(owner, older[1])
    assert f"/admin/reconciliation/{row.pk}/" not in listed


def test_an_outage_is_said_and_is_no_report_that_all_agrees(owner: Client, alice: Customer) -> None:
    row = report(ended=False, problem=code("APIConnectionError"))
    html = page(owner, f"{row.pk}/")
    assert 'data-test="report-problem"' in html
    assert "APIConnectionError" in html
    assert 'data-test="clean"' not in html
    assert 'data-state="unfinished"' in page(owner, "")


def test_one_that_has_failed_says_of_nothing_that_it_agrees(owner: Client, alice: Customer) -> None:
    row = report(ended=False, problem=code("no answer"), failed_at=timezone.now())
    answer = owner.get(f"/admin/reconciliation/{row.pk}/", headers=EN)
    html = answer.content.decode()
    assert "Refresh" not in answer.headers
    assert "no answer" in html
    for told in ("report-failed", "go-on", "cut-short"):
        assert f'data-test="{told}"' in html
    for told in ('data-test="clean"', "both alike", 'data-state="agrees"', 'data-agrees="yes"'):
        assert told not in html
    assert 'data-state="failed"' in page(owner, "")
    owner.post(f"/admin/reconciliation/{row.pk}/go-on/")
    row.refresh_from_db()
    assert not row.failed


def test_one_that_has_stopped_goes_on_by_a_button(owner: Client, alice: Customer) -> None:
    row = report(ended=False, alive_at=timezone.now() - dt.timedelta(hours=1))
    answer = owner.get(f"/admin/reconciliation/{row.pk}/", headers=EN)
    assert "Refresh" not in answer.headers
    assert 'data-test="go-on"' in answer.content.decode()
    assert (
        "goes on where it was"
        in owner.post(f"/admin/reconciliation/{row.pk}/go-on/", follow=True, headers=EN).content.decode()
    )
    complete = report()
    assert (
        "complete"
        in owner.post(f"/admin/reconciliation/{complete.pk}/go-on/", follow=True, headers=EN).content.decode()
    )


def test_an_alert_leads_to_its_report(owner: Client, alice: Customer) -> None:
    row = report(Finding.FEE, day=timezone.localdate())
    alert(f"reconciliation:{row.pk}", code("found"))
    assert (
        f'href="/admin/reconciliation/{row.pk}/"'
        in owner.get(f"/admin/kernel/alert/{Alert.objects.get().pk}/").content.decode()
    )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_in_one_language(owner: Client, alice: Customer, language: Language) -> None:
    rows = [
        report(*Finding),
        report(),
        report(ended=False),
        report(ended=False, alive_at=timezone.now() - dt.timedelta(hours=1)),
        report(day=timezone.localdate(), ended=False, problem=code("APIError 500")),
        report(ended=False, problem=code("APIError 500"), failed_at=timezone.now()),
    ]
    for path in ("", *(f"{row.pk}/" for row in rows), *(f"{rows[0].pk}/?finding={each.value}" for each in Finding)):
        assert strangers(language, Reading(page(owner, path, language)).texts) == [], path

"""Reports of the reconciliation: made in steps, stored for good, each night by themselves; an outage is never a report of nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.jobs import run_jobs
from tests.payments import ledger_world as world
from tests.stripe import Stripe

from comptoir.kernel import clock
from comptoir.kernel.models import Alert, Installation
from comptoir.kernel.money import Money
from comptoir.ledger.models import SettlementEntry
from comptoir.modules.api import OutcomeUnknownError
from comptoir.modules.models import ModuleAccount
from comptoir.payments import books
from comptoir.payments.models import BookReading, Reconciliation, ReconciliationLine
from comptoir.payments.models.reconciliation import line_row
from comptoir.payments.reconcile import compare, nightly, run
from comptoir.payments.reconcile.result import Figures, Finding, Key, Line, Reconciled, Side, Sum
from comptoir_stripe import reconcile as stripes_books

pytestmark = pytest.mark.django_db(transaction=True)


def reading() -> BookReading:
    (row,) = books.readings()
    return row


def ask(stripe: Stripe) -> Reconciliation:
    period = world.period(stripe)
    row = run.ask(reading(), since=period["since"], until=period["until"], who="staff:vera")
    assert row is not None
    return row


def sums(row: Reconciliation) -> dict[Key, Sum]:
    """The sums of a report, its parts added up."""
    found: dict[Key, Sum] = {}
    for part in row.sums.all():
        key = Key(Side(part.side), part.currency, part.category)
        one = Sum(part.count, part.amount_minor, part.fee_minor, part.net_minor)
        found[key] = found.get(key, Sum()) + one
    return found


def alike(row: Reconciliation, plain: Reconciled) -> bool:
    """Whether a report says what the plain comparison says."""
    stored = {
        (line.finding, line.reference, line.source, line.payment, line.at, line.figures_there, line.figures_here)
        for line in row.lines.all()
    }
    told = {
        (line.finding.value, line.reference, line.source, line.payment, line.at, line.there, line.here)
        for line in plain.lines
    }
    return stored == told and sums(row) == dict(plain.sums) and row.problems == len(plain.problems)


@pytest.fixture
def troubled(stripe: Stripe) -> Stripe:
    """An account with a bit of everything: agreeing, missing on either side, unread, altered, another's."""
    stripe.connect()
    for name in ("Alice", "Bob", "Carla", "Dora"):
        world.pay(stripe, name)
    world.by_others(stripe)
    first, second, third, _fourth = SettlementEntry.objects.order_by("pk").values_list("reference", flat=True)
    world.sql("DELETE FROM ledger_settlemententry WHERE reference = %s", first)
    world.sql("UPDATE ledger_settlemententry SET fee_minor = 1 WHERE reference = %s", second)
    stripe.server.world.test.forget(stripe.server.world.test.objects[third])
    run_jobs()
    return stripe


def test_a_report_says_what_the_plain_comparison_says_however_it_is_cut(
    troubled: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = world.period(troubled)
    plain = compare.reconciled(module="stripe", account=world.account(troubled), **period)
    assert sorted(line.finding.value for line in plain.lines) == ["fee", "missing_there", "others", "unread"]
    for page, pages in ((100, 20), (1, 20), (1, 1), (2, 1)):
        monkeypatch.setattr(stripes_books, "PAGE", page)
        monkeypatch.setattr(run, "PAGES", pages)
        row = run.ask(reading(), since=period["since"], until=period["until"], who="staff:vera")
        assert row is not None
        steps = run_jobs()
        row.refresh_from_db()
        assert row.ended_at is not None
        assert row.rows == 4
        assert row.part_read == 100
        assert alike(row, plain)
        assert steps > 1 if pages == 1 else steps == 1
    assert not Alert.objects.filter(key__startswith="reconciliation:").exists()  # somebody asked, and looks


def test_what_is_stored_of_a_report_is_stored_for_good(troubled: Stripe) -> None:
    row = ask(troubled)
    run_jobs()
    assert ReconciliationLine.objects.filter(reconciliation=row).exists()
    for statement in (
        "UPDATE payments_reconciliationline SET finding = 'others'",
        "DELETE FROM payments_reconciliationline",
        "DELETE FROM payments_reconciliationsum",
        "UPDATE payments_reconciliation SET problems = 0",
        "DELETE FROM payments_reconciliation",
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_two_workers_at_the_same_report_compare_each_row_once(
    troubled: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = compare.reconciled(module="stripe", account=world.account(troubled), **world.period(troubled))
    row = ask(troubled)
    windows, twins = compare.windows, list[int]()

    def met_by_a_twin(read: object, **period: dt.datetime) -> Iterator[compare.Window]:
        for window in windows(read, **period):  # type: ignore[arg-type]
            if not twins:
                twins.append(row.pk)
                run.step(row.pk)  # a worker that was believed dead goes on
            yield window

    monkeypatch.setattr(compare, "windows", met_by_a_twin)
    run.step(row.pk)
    row.refresh_from_db()
    assert twins
    assert row.ended_at is not None
    assert {line.finding for line in row.lines.all()} == {line.finding.value for line in plain.lines}
    assert alike(row, plain)


def test_an_outage_leaves_it_unfinished_with_the_reason_and_it_goes_on_where_it_was(
    troubled: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripes_books, "PAGE", 1)
    plain = compare.reconciled(module="stripe", account=world.account(troubled), **world.period(troubled))
    row = ask(troubled)
    rule = {"method": "GET", "path": "/v1/balance_transactions*", "nth": 3, "times": 2, "do": "status:500"}
    troubled.control.post("faults", **rule)
    run_jobs()
    row.refresh_from_db()
    assert (row.ended_at, "500" in row.problem.english) == (None, True)
    assert row.since < row.read_until < row.until
    assert row.rows == 1
    run.work(row.pk)  # as the job that waits for its time
    row.refresh_from_db()
    assert row.ended_at is not None
    assert not row.problem
    assert alike(row, plain)


def test_what_cannot_be_read_for_a_day_is_told_and_given_up(troubled: Stripe) -> None:
    row = ask(troubled)
    troubled.fault("status:500", method="GET", path="/v1/balance_transactions*", times=100)
    Reconciliation.objects.filter(pk=row.pk).update(asked_at=timezone.now() - dt.timedelta(days=2))
    run_jobs()
    row.refresh_from_db()
    assert (row.ended_at, row.failed) == (None, True)
    assert "could not be compared" in Alert.objects.get(key=f"reconciliation:{row.pk}").text.english
    troubled.control.delete("faults")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone() == (0,)
    run.take_up(row)  # somebody asks for it
    run_jobs()
    row.refresh_from_db()
    assert (row.ended_at is not None, row.failed) == (True, False)


def test_a_period_ends_after_it_begins(stripe: Stripe) -> None:
    stripe.connect()
    now = clock.now()
    with pytest.raises(ValueError, match="period"):
        run.ask(reading(), since=now, until=now, who="staff:vera")


def test_figures_come_back_as_they_were() -> None:
    for given in (
        None,
        Figures(Money(-5, "JPY")),
        Figures(Money(1, "EUR"), Money(2, "EUR"), Money(-1, "EUR"), Money(3, "KWD")),
    ):
        assert line_row(Reconciliation(), _line(given)).figures_there == given


def _line(figures: Figures | None) -> Line:
    return Line(Finding.FEE, "txn", "charge", "ch", "pi", clock.now(), there=figures)


# ------------------------------------------------------------------ by night


@pytest.fixture
def noon(stripe: Stripe) -> Stripe:
    """An account with a payment of yesterday, at noon of today."""
    stripe.connect()
    world.pay(stripe, "Alice")
    run_jobs()
    return stripe


def at(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> None:
    """Business time is this."""
    monkeypatch.setattr("comptoir.kernel.clock.now", lambda: moment)


def local(days: int, hour: int) -> dt.datetime:
    """So many days from today in the counter's zone."""
    today = nightly.midnight(timezone.localdate(timezone.now()))
    return today + dt.timedelta(days=days, hours=hour)


def used(days: int) -> None:
    ModuleAccount.objects.update(used_at=local(days, 12))


def nights() -> list[dt.date | None]:
    return list(Reconciliation.objects.order_by("day").values_list("day", flat=True))


def test_each_night_the_day_before_is_compared_once(noon: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    used(0)
    today = timezone.localdate(timezone.now())
    at(monkeypatch, local(1, 2))
    assert nightly.start_due() == 0  # not yet
    at(monkeypatch, local(1, 4))
    assert [nightly.start_due() for _time in range(3)] == [1, 0, 0]
    run_jobs()
    row = Reconciliation.objects.get()
    assert (row.day, row.since, row.until, row.problems) == (today, local(0, 0), local(1, 0), 0)
    assert row.ended_at is not None
    assert not Alert.objects.filter(key__startswith="reconciliation:").exists()


def test_a_night_that_finds_something_is_an_alert(noon: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    used(0)
    world.sql("UPDATE ledger_settlemententry SET net_minor = 1")
    at(monkeypatch, local(1, 4))
    nightly.start_due()
    run_jobs()
    row = Reconciliation.objects.get()
    assert row.problems == 1
    assert "do not agree" in Alert.objects.get(key=f"reconciliation:{row.pk}").text.english


def test_nights_that_were_missed_are_made_up_for_and_none_before_the_account_was_used(
    noon: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(0)
    today = timezone.localdate(timezone.now())
    at(monkeypatch, local(3, 4))
    assert nightly.start_due() == 3
    assert nights() == [today + dt.timedelta(days=each) for each in range(3)]
    at(monkeypatch, local(40, 4))
    assert nightly.start_due() == nightly.MOST
    assert nights()[-1] == today + dt.timedelta(days=39)


def test_an_account_that_nobody_uses_any_more_is_compared_while_its_money_may_move(
    noon: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    used(0)
    ModuleAccount.objects.update(current=False)
    at(monkeypatch, local(1, 4))
    assert nightly.start_due() == 1
    at(monkeypatch, local(300, 4))
    assert nightly.start_due() == 0


def test_a_copy_of_the_counter_compares_nothing(noon: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    used(0)
    at(monkeypatch, local(1, 4))
    Installation.objects.update(address="https://elsewhere.example.org")
    assert nightly.start_due() == 0


def test_steps_by_hand_raise_what_went_wrong(troubled: Stripe) -> None:
    row = ask(troubled)
    troubled.fault("status:500", method="GET", path="/v1/balance_transactions*", times=2)
    with pytest.raises(OutcomeUnknownError):
        run.step(row.pk)
    while run.step(row.pk):
        pass
    row.refresh_from_db()
    assert row.ended_at is not None

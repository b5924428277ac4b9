"""What a comparison of the ledger with the provider's books costs a row, in time and in memory, for small and for large periods.

The books are the simulator's, in a process of their own, read over the network as in production; what it takes to read its lists is
counted apart. A row's cost is told in CPU time of our own process, which other programs of the machine do not change. The ledger is in
an embedded PostgreSQL that is made for the run.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bin.benches import booked
from bin.benches.figures import Figure

from comptoir.run.postgres import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW, MANY = 10_000, 100_000  # rows
AT_ONCE = 2_000  # rows written at once
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds in all, of them for the provider's lists; the same of CPU time; bytes that the process has grown at its largest."""

    seconds: float
    listing: float
    cpu: float
    cpu_listing: float
    grown: int
    findings: int
    rows: int

    @property
    def a_row(self) -> float:
        """Of CPU time for the comparison itself, in microseconds."""
        return (self.cpu - self.cpu_listing) / self.rows * 1e6

    @property
    def listed_row(self) -> float:
        """Of CPU time to ask for it and to read the answer, in microseconds."""
        return self.cpu_listing / self.rows * 1e6


def run() -> list[Figure]:
    """Time and memory a row."""
    with tempfile.TemporaryDirectory() as folder, _house(Path(folder)):
        few, many = _compared(FEW), _compared(MANY)
    return [
        Figure(f"a comparison of {MANY:,} rows", many.seconds, "s"),
        Figure("of that, for the provider's lists", many.listing, "s"),
        Figure("to read a row from these lists", many.listed_row, "microseconds of CPU"),
        Figure(f"to compare a row, {FEW:,} rows", few.a_row, "microseconds of CPU"),
        Figure(f"to compare a row, {MANY:,} rows", many.a_row, "microseconds of CPU", target=1_000, at_most=True),
        Figure(
            "a row of the large one, as a multiple of the small one's",
            many.a_row / few.a_row,
            "times",
            1.5,
            at_most=True,
        ),
        Figure("memory that the large one took more than the small one", many.grown / MIB, "MiB", 20, at_most=True),
        Figure("the same for each row", many.grown / MANY, "bytes", 200, at_most=True),
        Figure(
            "rows that did not match", many.findings + few.findings, f"of {many.rows + few.rows:,}", 0, at_most=True
        ),
    ]


@contextlib.contextmanager
def _house(folder: Path) -> Iterator[None]:
    """A counter with an empty database."""
    with Embedded(folder) as server:
        os.environ |= {
            "COMPTOIR_HOME": str(folder / "home"),
            "COMPTOIR_DATABASE_URL": server.url,
            "COMPTOIR_URL": "http://localhost:8000",
            "COMPTOIR_LOG": "json",
            "DJANGO_SETTINGS_MODULE": "comptoir.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connection.close()


def _compared(rows: int) -> Taken:
    """Make one report of all that an account has booked, as a worker does, step by step."""
    from comptoir.kernel.records import installation
    from comptoir.payments.models import BookReading
    from comptoir.payments.reconcile import run as reports

    with _provider(rows, installation()) as (address, key, account):
        _connect(address, key, account)
        since, until = _period(address, rows)
        _book(rows, account, since)
        listing = _count_listing()
        reading = BookReading(module="stripe", account=account, mode="test")
        before = _largest()
        began, cpu = time.perf_counter(), time.process_time()
        report = reports.ask(reading, since=since, until=until, who="bench")
        if report is None:
            raise RuntimeError("No report was made.")
        while reports.step(report.pk):
            pass
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        report.refresh_from_db()
    if report.rows != rows:
        raise RuntimeError(f"{report.rows} rows were compared instead of {rows}.")
    return Taken(seconds, listing[0], cpu, listing[1], _largest() - before, report.problems, rows)


@contextlib.contextmanager
def _provider(rows: int, installation: str) -> Iterator[list[str]]:
    """The simulator's address, its key and its account."""
    command = [sys.executable, "-m", "bin.benches.booked", str(rows), installation]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            if not said.startswith("ready: "):
                raise RuntimeError(f"The simulator did not start: {said!r}")
            yield said.split()[1:]
        finally:
            process.terminate()


def _connect(address: str, key: str, account: str) -> None:
    from comptoir.conf import conf
    from comptoir.modules import actions, queries

    settings: Any = conf().model_copy(update={"stripe_api_base": address})
    vars(queries)["conf"] = lambda: settings
    values = {"secret_key": key, "publishable_key": "pk_test_" + "0" * 24, "webhook_secret": "whsec_" + "0" * 32}
    actions.store_account(module="stripe", account=account, mode="test", values=values, who="bench")


def _period(address: str, rows: int) -> tuple[dt.datetime, dt.datetime]:
    """From the oldest row's second on, by the simulator's clock."""
    import requests

    now = requests.get(f"{address}/_control/clock", timeout=10).json()["now"]
    until = dt.datetime.fromtimestamp(int(now), dt.UTC) - dt.timedelta(hours=12)
    return until - dt.timedelta(hours=13, seconds=booked.APART * rows), until


def _book(rows: int, account: str, since: dt.datetime) -> None:
    """The same in the ledger, read from the provider's own newest row on: its times are not ours to guess."""
    from comptoir.ledger.models import Entry, SettlementEntry
    from comptoir.modules import queries
    from comptoir_stripe.reconcile import books

    page = books(queries.account(module="stripe", account=account, mode="test"), since=since, until=_ever())
    newest = next(row for row in page.rows if row.id == booked.name("booked", rows - 1)).created
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE ledger_entry, ledger_settlemententry CASCADE")
    for begin in range(0, rows, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, rows))
        at = {number: newest - dt.timedelta(seconds=booked.APART * (rows - 1 - number)) for number in numbers}
        entries = Entry.objects.bulk_create(
            Entry(
                source="stripe", account=account, mode="test", kind=Entry.Kind.PAYMENT,
                reference=booked.name("charge", number), payment=booked.name("intent", number),
                amount_minor=booked.AMOUNT, currency="EUR", occurred_at=at[number],
            )
            for number in numbers
        )  # fmt: skip
        SettlementEntry.objects.bulk_create(
            SettlementEntry(
                entry=entry, reference=booked.name("booked", number), amount_minor=booked.AMOUNT, fee_minor=booked.FEE,
                net_minor=booked.AMOUNT - booked.FEE, currency="EUR", category="charge", booked_at=at[number],
            )
            for entry, number in zip(entries, numbers, strict=True)
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _ever() -> dt.datetime:
    return dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def _count_listing() -> list[float]:
    """Count the seconds, and those of CPU time, in which the provider is asked, from now on."""
    from comptoir_stripe import gateway

    counted, ask = [0.0, 0.0], gateway.ask

    def timed(call: Any) -> Any:
        began, cpu = time.perf_counter(), time.process_time()
        try:
            return ask(call)
        finally:
            counted[0] += time.perf_counter() - began
            counted[1] += time.process_time() - cpu

    vars(gateway)["ask"] = timed
    return counted


def _largest() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

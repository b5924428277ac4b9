"""`kill -9` of the real web and worker processes at each point of the money path: afterwards everything is paid and delivered once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from tests.crashes.points import POINTS, Point
from tests.shopper import Shopper

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS, SETTLED_SECONDS = 90.0, 60.0
pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("crashes"), pytest.mark.timeout(180)]


class Counter:
    """A running demo whose processes can be told where to die."""

    def __init__(self, home: Path, order: Path) -> None:
        self.demo: dict[str, Any] = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        self.order = order
        self.database = psycopg.connect(self.demo["database_url"], autocommit=True)

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the counter's own database."""
        return self.database.execute(statement, values).fetchall()

    def arm(self, point: Point) -> None:
        """Order a death."""
        fresh = self.order.with_suffix(".new")
        fresh.write_text(point.name, encoding="utf-8")
        fresh.rename(self.order)

    @property
    def died(self) -> bool:
        """Whether a process has died as ordered."""
        return not self.order.exists()


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One demo for all points: its supervisor starts what dies again, as it does for a host."""
    home, folder = tmp_path_factory.mktemp("counter"), tmp_path_factory.mktemp("order")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COMPTOIR_", "PYTEST"))}
    environment |= {
        "PYTHONPATH": str(Path(__file__).parent / "hooks"),
        "CRASH_POINTS": json.dumps([point.as_row() for point in POINTS]),
        "CRASH_ORDER": str(folder / "order"),
    }
    ports = ["--port", str(free_port()), "--simulator-port", str(free_port())]
    with (home / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "comptoir", "demo", "--home", str(home), *ports],
            env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + READY_SECONDS
        while not (home / "demo.json").exists():
            said = (home / "demo.log").read_text(encoding="utf-8")
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)
        running = Counter(home, folder / "order")
        yield running
        running.database.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)


def persist(step: Callable[[], Any], *, seconds: float = 40) -> Any:
    """What a person does whose page does not load: try again."""
    until = time.monotonic() + seconds
    while True:
        try:
            return step()
        except requests.RequestException:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_killed_there_and_still_paid_and_delivered_once(counter: Counter, point: Point) -> None:
    newest = counter.rows("SELECT coalesce(max(id), 0) FROM orders_order")[0][0]
    shopper = Shopper(counter.demo)
    persist(shopper.sign_in)
    page = persist(shopper.fill_basket)
    counter.arm(point)
    persist(lambda: shopper.order(page))
    token = counter.rows("SELECT pay_token FROM invoices_invoice WHERE order_id > %s", newest)[0][0]
    # The lease of a call outlives the process that made it by less than a minute; we do not wait for it here.
    counter.rows("UPDATE payments_attempt SET calling_until = now() WHERE state = 'created' RETURNING id")
    url = persist(lambda: shopper.pay_page(f"/pay/{token}/"))
    shopper.pay(url)  # and never comes back: notices and sweeps must do
    settle(counter, newest)
    assert counter.died, f"nobody came by {point.name}"
    once(counter, newest, point)


def settle(counter: Counter, newest: int) -> None:
    """Wait until the order's service is active and its mails are told."""
    until = time.monotonic() + SETTLED_SECONDS
    open_mails = "SELECT 1 FROM mail_mail WHERE state IN ('waiting', 'sending')"
    active = (
        "SELECT 1 FROM services_service s JOIN orders_orderline l ON l.id = s.order_line_id "
        "WHERE l.order_id > %s AND s.state = 'active'"
    )
    while not counter.rows(active, newest) or counter.rows(open_mails):
        assert time.monotonic() < until, counter.rows(
            "SELECT 'wish', kind, wanted::text, done::text, problem FROM inbox_wish WHERE wanted > done "
            "UNION ALL SELECT 'operation', state, leased_by, leased_until::text, note FROM services_operation WHERE state <> 'done' "
            "UNION ALL SELECT 'job', task_name, status::text, scheduled_at::text, args::text FROM procrastinate_jobs "
            "UNION ALL SELECT 'mail', state, fact, '', problem FROM mail_mail WHERE state IN ('waiting', 'sending') "
            "UNION ALL SELECT 'invoice', state, number, '', '' FROM invoices_invoice WHERE state <> 'paid'"
        )
        time.sleep(0.1)


def once(counter: Counter, newest: int, point: Point) -> None:
    """One order, one invoice, one payment, one ledger row, one service, one record of the driver; no mail twice."""
    facts = counter.rows(
        """
        SELECT (SELECT count(*) FROM orders_order WHERE id > %(o)s),
               (SELECT string_agg(state, ',') FROM invoices_invoice WHERE order_id > %(o)s),
               (SELECT count(*) FROM payments_payment p JOIN invoices_invoice i ON i.id = p.invoice_id WHERE i.order_id > %(o)s),
               (SELECT count(*) FROM ledger_allocation a JOIN invoices_invoice i ON i.id = a.invoice_id WHERE i.order_id > %(o)s),
               (SELECT string_agg(s.state, ',') FROM services_service s JOIN orders_orderline l ON l.id = s.order_line_id
                WHERE l.order_id > %(o)s),
               (SELECT count(*) FROM services_instantrecord r JOIN services_service s ON s.id::text = r.service
                JOIN orders_orderline l ON l.id = s.order_line_id WHERE l.order_id > %(o)s)
        """.replace("%(o)s", str(int(newest)))
    )
    assert facts == [(1, "paid", 1, 1, "active", 1)]
    # Whoever is killed while sending leaves mails of which nobody knows: listed so, and not sent again. An order has two mails.
    uncertain = counter.rows("UPDATE mail_mail SET state = 'sent' WHERE state = 'uncertain' RETURNING fact")
    assert len(uncertain) <= (2 if point.role == "worker" else 0), point.name
    assert counter.rows("SELECT fact FROM mail_mail WHERE state <> 'sent'") == []
    entries, charged = money(counter)
    assert entries == charged


def money(counter: Counter) -> tuple[set[str], set[str]]:
    """The charges that our ledger knows, and those that Stripe has taken money for."""
    listed = requests.get(
        counter.demo["stripe"]["api_base"] + "/v1/charges?limit=100",
        auth=(counter.demo["stripe"]["secret_key"], ""), timeout=20,
    ).json()["data"]  # fmt: skip
    ours = {row[0] for row in counter.rows("SELECT reference FROM ledger_entry WHERE kind = 'payment'")}
    return ours, {charge["id"] for charge in listed if charge["paid"]}

"""The accounting after the kills: everything comes to rest, and then the books, Stripe, the driver, the mail server and what people
were told must agree.

What holds of rows and of the ledger is what `tests/proofs` holds of them, by the same oracle; here are the witnesses outside: the
spy's file, the mail server, and the people.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from tests.crashes.house import House, wait
from tests.crashes.people import Told
from tests.crashes.postbox import Postbox
from tests.proofs import facts, oracle
from tests.proofs.settling import UNQUIET
from tests.proofs.spy import Spy

from stripe_simulator.server import Control

REST_WITHIN = 600.0  # seconds; a loaded machine
HURRY_EVERY = 3.0  # seconds for what is due by itself; then back-offs are shortened, as if time had passed
DAYS = (
    1,
    1,
    14,
)  # of business: pages expire, debits are settled, what was not delivered is sent again and read from the list
# What waits for a time of the wall clock and is held by nobody. Leases are left alone: whoever has one may live.
HURRY = """
WITH jobs AS (UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now()),
     refunds AS (UPDATE payments_refund SET calling_until = now() WHERE state = 'created' AND calling_until > now()
                     AND calling_until < now() + interval '100 seconds'),  -- called for 20 seconds: its caller is dead
     wishes AS (UPDATE inbox_wish SET not_before = now() WHERE wanted > done AND not_before > now() AND leased_until IS NULL)
UPDATE payments_attempt SET calling_until = now() WHERE state = 'created' AND calling_until > now()
"""


@dataclass
class Scene:
    """What the oracle of the proofs looks at."""

    house: House
    modes: tuple[str, ...] = ("test",)

    @property
    def spy(self) -> Spy:
        """The spy's memory, read from its file."""
        lines = self.house.memory.read_text(encoding="ascii").splitlines() if self.house.memory.exists() else []
        return Spy(effects=[(service, kind, key) for service, kind, key in (line.split() for line in lines)])

    def api(self, method: str, path: str, *, mode: str = "test", **more: Any) -> dict[str, Any]:
        """One call of Stripe's API."""
        return self.house.api(method, path, mode=mode, **more)


@contextmanager
def books(house: House) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The oracle reads this counter's database."""
    with house.database() as connection, oracle.reading(connection):
        yield connection


def settle(house: House) -> float:
    """Nobody dies any more: wait until nothing is left to do. The seconds that it took."""
    began = time.monotonic()
    house.wait_ready()
    control = Control(house.stripe)
    try:
        with books(house) as connection:
            _rest(connection)
            for days in DAYS:
                control.advance(days * 86400)
                _rest(connection)
    finally:
        control.close()
    return time.monotonic() - began


def _rest(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    hurried, quiet = time.monotonic(), 0

    def still() -> bool:
        """Three looks in a row, a sweep apart from each other in what they find."""
        nonlocal hurried, quiet
        quiet = 0 if oracle.rows(UNQUIET)[0][0] else quiet + 1
        if not quiet and time.monotonic() - hurried > HURRY_EVERY:
            connection.execute(HURRY)
            hurried = time.monotonic()
        return quiet > 2

    wait(still, "rest", of=lambda: "\n".join(facts.left_undone()), seconds=REST_WITHIN)


def _stand_still(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """From here on this connection reads one moment, in which nothing was left to do: what comes again by itself has no other end."""

    def taken() -> bool:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        still = not oracle.rows(UNQUIET)[0][0]
        if not still:
            connection.execute("ROLLBACK")
        return still

    wait(taken, "a moment of rest", of=lambda: "\n".join(facts.left_undone()), seconds=REST_WITHIN)


def problems(house: House, told: Told, postbox: Postbox) -> list[str]:
    """Every sentence that does not hold."""
    scene = Scene(house)
    with books(house) as connection:
        _stand_still(connection)
        return [
            *oracle.compare(oracle.books(scene)),
            *facts.told(scene),
            *attempts(),
            *promises(told),
            *visits(told),
            *mails(postbox),
            *told.faults,
            *told.dishonest,
        ]


def attempts() -> list[str]:
    """After a fortnight none is open, and no refund waits for its call."""
    stuck = oracle.rows(
        "SELECT id::text, state FROM payments_attempt WHERE state IN ('created', 'open', 'in_progress')"
    )
    stuck += oracle.rows("SELECT id::text, state FROM payments_refund WHERE state IN ('created', 'pending')")
    stuck += oracle.rows("SELECT id::text, state FROM services_operation WHERE state IN ('running', 'waiting')")
    return [f"{name} is {state} still" for name, state in stuck]


def promises(told: Told) -> list[str]:
    """What a customer or the team was told exists."""
    users = {row[0] for row in oracle.rows("SELECT email FROM customers_user")}
    pages: dict[str, str] = dict(
        oracle.rows(
            "SELECT i.pay_token, u.email FROM invoices_invoice i JOIN customers_customer c ON c.id = i.customer_id "
            "JOIN customers_user u ON u.id = c.user_id"
        )
    )
    refunds = {row[0] for row in oracle.rows("SELECT id::text FROM payments_refund WHERE made_here")}
    return [
        *(f"{email} has registered, and is not known" for email in sorted(told.accounts - users)),
        *(
            f"{who} has ordered {token}: {pages.get(token)}"
            for token, who in told.orders.items()
            if pages.get(token) != who
        ),
        *(f"the team has asked for refund {name}, which is not there" for name in sorted(set(told.refunds) - refunds)),
    ]


def visits(told: Told) -> list[str]:
    """One order for each that was confirmed, whoever clicked how often; one that has no answer may be there or not."""
    made: Counter[str] = Counter()
    for email, count in oracle.rows(
        "SELECT u.email, count(*) FROM orders_order o JOIN customers_customer c ON c.id = o.customer_id "
        "JOIN customers_user u ON u.id = c.user_id GROUP BY u.email"
    ):
        made[email] = count
    return [
        f"{email} has confirmed {told.visits[email]} orders and has {made[email]}"
        for email in sorted({*told.visits, *made})
        if not 0 <= made[email] - told.visits[email] <= (email in told.open_visits)
    ]


def mails(postbox: Postbox) -> list[str]:
    """None has reached the mail server twice; what is called sent has reached it; of what is uncertain the team is told."""
    found = [f"mail {number} was taken {count} times" for number, count in postbox.taken.items() if count > 1]
    for number, fact, state, alerted in oracle.rows(
        "SELECT m.id, m.fact, m.state, EXISTS (SELECT 1 FROM kernel_alert a WHERE a.key = 'mail:' || m.id) FROM mail_mail m"
    ):
        if state == "sent" and not postbox.taken[number]:
            found.append(f"mail {fact} is called sent, and was not taken")
        if state == "uncertain" and not alerted:
            found.append(f"mail {fact} is uncertain, and nobody is told")
    if postbox.nameless:
        found.append(f"{postbox.nameless} mails have no name")
    return found

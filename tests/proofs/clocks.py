"""Both clocks, moved: business time is the simulator's, wall time passes for the rows that wait by it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from comptoir.kernel import clock
from stripe_simulator.server import Control

# Leases, back-offs and throttles go by the database's own clock, which nobody can move: so what waits by it is made older. Times of
# business, and what is only shown, are left alone.
WAITS = {
    "inbox_wish": ("not_before", "leased_until"),
    "inbox_notice": ("received_at",),
    "inbox_pace": ("next_at", "careful_until", "held_until", "knocked_at"),
    "inbox_catchup": ("alive_at", "asked_at", "ended_at"),
    "ledger_entry": ("recorded_at",),
    "payments_attempt": ("calling_until", "wished_at"),
    "payments_payment": ("read_at",),
    "payments_payout": ("read_at",),
    "payments_foreign": ("read_at",),
    "payments_history": ("enqueued_at",),
    "payments_refund": ("calling_until",),
    "payments_dispute": ("calling_until",),
    "payments_bookreading": ("fees_read_at",),
    "services_operation": ("leased_until", "created_at"),
    "procrastinate_jobs": ("scheduled_at",),
}


@dataclass
class Wall:
    """How much wall time was let pass, in seconds: whoever keeps a time of the database's clock in hand makes it so much older, too."""

    passed: float = 0.0


wall = Wall()


def database() -> dt.datetime:
    """The database's clock, as whoever reads from the provider takes it before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, dt.datetime)
    return now


def pass_wall(seconds: float) -> None:
    """Let wall time pass: whatever waits by it has waited so much longer. The ledger's guard looks away for the time of writing."""
    past = f"interval '{float(seconds)} seconds'"
    statements = [
        f"UPDATE {table} SET {', '.join(f'{column} = {column} - {past}' for column in columns)}"
        for table, columns in WAITS.items()
    ]
    wall.passed += seconds
    with transaction.atomic(), connection.cursor() as cursor:
        whole = "; ".join(["SET LOCAL session_replication_role = replica", *statements])
        cursor.execute(whole)


def pass_business(control: Control, seconds: float) -> None:
    """Let business time pass, here and at the simulator: what falls due there on the way has happened when this returns."""
    control.advance(seconds)
    read_anew()


def read_anew() -> None:
    """The product reads the moved clock a few times a second; a run is faster than that."""
    clock._reading.taken = 0.0

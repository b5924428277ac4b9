"""What Stripe's side says of our payments, read over its API alone; and what our tables say, read as plain rows.

Nothing of the product is used here: what it gets wrong in reading, converting or adding up must not be got wrong in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from django.db import connection

HUNDREDFOLD = {"ISK", "UGX"}  # ISO 4217 gives them no decimals; Stripe writes two, which are 00
MOST_PAGES = 40
PART = None  # of an amount that was exchanged: not to be told to the cent
Row = tuple[Any, ...]


@dataclass
class Stripe:
    """Everything of one mode, by id."""

    intents: dict[str, dict[str, Any]]
    charges: dict[str, dict[str, Any]]
    refunds: dict[str, dict[str, Any]]
    disputes: dict[str, dict[str, Any]]
    sessions: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, Any]]  # balance transactions
    ours: set[str] = field(default_factory=set)  # of the intents

    def intent_of(self, thing: dict[str, Any]) -> str:
        """The intent that a charge, refund or dispute belongs to."""
        return str(thing.get("payment_intent") or "")


class Account(Protocol):
    """Whose books are read: the world of a run, or a counter of real processes (`tests/crashes`)."""

    modes: tuple[str, ...]

    def api(self, method: str, path: str, *, mode: str = "test", **more: Any) -> dict[str, Any]:
        """One call of Stripe's API by somebody else than the product."""


_elsewhere: list[psycopg.Connection[Row]] = []


@contextmanager
def reading(other: psycopg.Connection[Row]) -> Iterator[None]:
    """Until the end, our tables are those of another database."""
    _elsewhere.append(other)
    try:
        yield
    finally:
        _elsewhere.pop()


def rows(statement: str, **values: str | int) -> list[Row]:
    """Our own tables."""
    if _elsewhere:
        return _elsewhere[-1].execute(statement.encode(), values).fetchall()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def read(world: Account, mode: str) -> Stripe:
    """Read one mode of the simulator's account, page by page."""
    (installation,) = rows("SELECT id FROM kernel_installation")[0]
    kinds = {
        "intents": "/v1/payment_intents",
        "charges": "/v1/charges",
        "refunds": "/v1/refunds",
        "disputes": "/v1/disputes",
        "sessions": "/v1/checkout/sessions",
        "rows": "/v1/balance_transactions",
    }
    listed: dict[str, Any] = {
        name: {each["id"]: each for each in _every(world, path, mode)} for name, path in kinds.items()
    }
    stripe = Stripe(**listed)
    # Of those that name no attempt of ours, too: a restored backup may have forgotten it, and the money is here.
    named = {name: intent["metadata"].get("installation") for name, intent in stripe.intents.items()}
    stripe.ours.update(name for name, said in named.items() if said == str(installation))
    return stripe


def _every(world: Account, path: str, mode: str) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    for _page in range(MOST_PAGES):
        page = world.api("GET", path, mode=mode, params={"limit": "100", **after})
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}
    raise AssertionError(f"{path} does not end")


def money(minor: int, currency: str) -> tuple[int, str]:
    """An amount of Stripe's as our tables have it."""
    code = currency.upper()
    whole, rest = divmod(minor, 100) if code in HUNDREDFOLD else (minor, 0)
    assert not rest, (minor, currency)
    return whole, code


def expected_entries(stripe: Stripe) -> dict[tuple[str, str], Row]:
    """By kind and id: what our ledger must hold for the payments that are ours, and nothing else."""
    found: dict[tuple[str, str], Row] = {}
    for charge in stripe.charges.values():
        if stripe.intent_of(charge) in stripe.ours and charge["status"] == "succeeded" and charge["captured"]:
            found["payment", charge["id"]] = (
                stripe.intent_of(charge),
                *money(charge["amount_captured"], charge["currency"]),
            )
    for refund in stripe.refunds.values():
        if stripe.intent_of(refund) not in stripe.ours:
            continue
        minor, code = money(refund["amount"], refund["currency"])
        if refund["balance_transaction"] is not None:
            found["refund", refund["id"]] = (stripe.intent_of(refund), -minor, code)
        if refund.get("failure_balance_transaction") is not None:
            found["refund_failure", refund["id"]] = (stripe.intent_of(refund), minor, code)
    for dispute in stripe.disputes.values():
        if stripe.intent_of(dispute) in stripe.ours:
            found |= _of_dispute(stripe, dispute)
    return found


def _of_dispute(stripe: Stripe, dispute: dict[str, Any]) -> dict[tuple[str, str], Row]:
    """Each movement of the bank's, in the currency that was paid: where it settles in another, only a whole is known to the cent."""
    found: dict[tuple[str, str], Row] = {}
    minor, code = money(dispute["amount"], dispute["currency"])
    for row in dispute["balance_transactions"]:
        kind = "dispute_reversal" if row["amount"] > 0 else "dispute"
        booked, settled = money(row["amount"], row["currency"])
        amount: int | None = booked
        if settled != code and booked:
            amount = minor if booked > 0 else -minor
            if (
                dispute["status"] in {"won", "appeal_won"}
                and len(dispute["balance_transactions"]) > 1
                and kind != "dispute"
            ):
                amount = PART
        found[kind, row["id"]] = (stripe.intent_of(dispute), amount, code)
    return found


def expected_settlements(stripe: Stripe) -> dict[str, Row]:
    """By id: each balance transaction of our payments, with amount, fee and net in the currency of settlement."""
    found: dict[str, Row] = {}
    for row in stripe.rows.values():
        if _payment_of(stripe, str(row["source"] or "")) in stripe.ours:
            parts = [money(row[part], row["currency"]) for part in ("amount", "fee", "net")]
            found[row["id"]] = (*(part[0] for part in parts), parts[0][1])
    return found


def _payment_of(stripe: Stripe, source: str) -> str:
    for things in (stripe.charges, stripe.refunds, stripe.disputes):
        if source in things:
            return stripe.intent_of(things[source])
    return ""


def our_entries(mode: str) -> dict[tuple[str, str], Row]:
    """The same, as our ledger has it."""
    found = rows(
        "SELECT kind, reference, payment, amount_minor, currency FROM ledger_entry WHERE source = 'stripe' AND mode = %(mode)s",
        mode=mode,
    )
    return {(kind, reference): tuple(more) for kind, reference, *more in found}


def our_settlements(mode: str) -> dict[str, Row]:
    """The same, as our ledger has it; a row that is there twice is an error."""
    found = rows(
        "SELECT s.reference, s.amount_minor, s.fee_minor, s.net_minor, s.currency FROM ledger_settlemententry s "
        "JOIN ledger_entry e ON e.id = s.entry_id WHERE e.source = 'stripe' AND e.mode = %(mode)s",
        mode=mode,
    )
    names = [row[0] for row in found]
    assert len(names) == len(set(names)), f"booked twice: {sorted(names)}"
    return {row[0]: tuple(row[1:]) for row in found}


Books = dict[str, Stripe]  # by mode


def books(world: Account) -> Books:
    """All that Stripe has, read once for everything that is held against it."""
    return {mode: read(world, mode) for mode in world.modes}


def compare(found: Books) -> list[str]:
    """Every line in which our books and Stripe's differ, to the cent, in each mode and currency."""
    told: list[str] = []
    for mode, stripe in found.items():
        told += _differ(f"{mode} entry", expected_entries(stripe), our_entries(mode))
        told += _differ(f"{mode} settlement", expected_settlements(stripe), our_settlements(mode))
        told += _totals(stripe, mode)
        told += _states(stripe, mode)
    return told


def _differ(what: str, theirs: dict[Any, Row], ours: dict[Any, Row]) -> list[str]:
    return [
        f"{what} {name}: Stripe {theirs.get(name)}, we {ours.get(name)}"
        for name in sorted({*theirs, *ours}, key=str)
        if theirs.get(name) != ours.get(name) and not _alike(theirs.get(name), ours.get(name))
    ]


def _alike(theirs: Row | None, ours: Row | None) -> bool:
    return (
        theirs is not None and ours is not None and theirs[1] is PART and (theirs[0], theirs[2]) == (ours[0], ours[2])
    )


def _totals(stripe: Stripe, mode: str) -> list[str]:
    """By currency: what the rows of our payments sum up to in Stripe's books and in ours."""
    theirs: dict[str, int] = defaultdict(int)
    for _amount, _fee, net, code in expected_settlements(stripe).values():
        theirs[code] += net
    ours: dict[str, int] = defaultdict(int)
    for _amount, _fee, net, code in our_settlements(mode).values():
        ours[code] += net
    return [] if theirs == ours else [f"{mode} net: Stripe {dict(theirs)}, we {dict(ours)}"]


STATES = {  # of an intent -> what our payment may be called, where no money has gone back
    "requires_payment_method": {"open", "failed", "cancelled"},
    "requires_confirmation": {"open", "failed"},
    "requires_action": {"open", "failed", "cancelled"},
    "processing": {"in_progress"},
    "canceled": {"cancelled"},
    "succeeded": {"succeeded", "held", "partially_refunded", "refunded", "disputed"},
}


def _states(stripe: Stripe, mode: str) -> list[str]:
    """Every payment of ours that Stripe has is here, once, and called what it is."""
    listed = rows("SELECT reference, state FROM payments_payment WHERE module = 'stripe' AND mode = %(m)s", m=mode)
    found: dict[str, str] = {str(name): str(state) for name, state in listed}
    told = []
    for name in sorted(stripe.ours):
        status = stripe.intents[name]["status"]
        unpaid = name not in found and status in {"requires_payment_method", "requires_action"}
        if not unpaid and found.get(name) not in STATES[status]:
            told.append(f"{mode} {name}: at Stripe {status}, here {found.get(name)}")
    return told + [f"{mode} {name} is no payment of ours" for name in sorted(set(found) - stripe.ours)]

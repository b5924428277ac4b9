"""The comparison of our ledger with Stripe's books: nothing where all agrees, and each row that does not by its id and nothing else."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, strategies as st
from tests.payments import ledger_world as world
from tests.payments.ledger_world import sql
from tests.stripe import Stripe

from comptoir.kernel.money import Money
from comptoir.ledger.models import SettlementEntry
from comptoir.modules.api import BookKind, BookPage, BookRow, OutcomeUnknownError
from comptoir.payments.models import Payment
from comptoir.payments.reconcile import compare
from comptoir.payments.reconcile.result import Finding, Key, Reconciled, Side, Sum
from comptoir_stripe import reconcile as stripes_books
from stripe_simulator.types import Json

pytestmark = pytest.mark.django_db(transaction=True)
Told = list[tuple[str, str]]
DISPUTED, REFUND_FAILS = "4000000000000259", "4000000000005126"


def reconciled(stripe: Stripe) -> Reconciled:
    return compare.reconciled(module="stripe", account=world.account(stripe), **world.period(stripe))


def told(stripe: Stripe) -> Told:
    """Each finding but others' rows, with its id."""
    return sorted((line.finding.value, line.reference) for line in reconciled(stripe).problems)


def row_of(payment: Payment) -> str:
    """The id under which Stripe has booked a payment."""
    return SettlementEntry.objects.get(entry__payment=payment.reference, entry__kind="payment").reference


def at_stripe(stripe: Stripe, name: str) -> Json:
    """An object of Stripe's, to be changed where it lies."""
    return stripe.server.world.test.objects[name]


def booked_again(stripe: Stripe, name: str, again: str, **other: object) -> None:
    stripe.server.world.test.put({**at_stripe(stripe, name), "id": again, **other})


def test_a_period_in_which_all_agrees_reports_nothing_and_its_sums_keep_currencies_apart(stripe: Stripe) -> None:
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur", "jpy", "kwd"])
    alice = world.pay(stripe, "Alice")
    world.pay(stripe, "Bob", currency="USD", minor=5000)  # settles in EUR
    world.pay(stripe, "Carla", currency="JPY", minor=5000)
    world.pay(stripe, "Dora", currency="KWD", minor=50000)
    world.refund(stripe, alice, 4000)
    other = world.by_others(stripe)
    stripe.control.advance(5 * world.DAY)
    assert len(stripe.control.post("payouts/run")["payouts"]) == 3
    found = reconciled(stripe)
    assert found.problems == ()
    assert [(line.finding, line.payment) for line in found.lines] == [(Finding.OTHERS, other)]
    ours = {
        ("EUR", "charge"): Sum(2, 9990 + 4000, 175 + 85, 9815 + 3915),
        ("EUR", "refund"): Sum(1, -4000, 0, -4000),
        ("JPY", "charge"): Sum(1, 5000, 100, 4900),
        ("KWD", "charge"): Sum(1, 50000, 780, 49220),
    }
    for side in (Side.HERE, Side.THERE):
        assert {(key.currency, key.category): each for key, each in found.sums.items() if key.side is side} == ours
    assert found.sums[Key(Side.OTHERS, "EUR", "charge")] == Sum(1, 2500, 63, 2437)
    assert found.sums[Key(Side.ACCOUNT, "EUR", "payout")].net == -(9815 + 3915 - 4000 + 2437)


def test_disputes_with_their_fees_and_refunds_that_failed_agree_on_both_sides(stripe: Stripe) -> None:
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur"])
    won = world.pay(stripe, "Alice", card=DISPUTED)
    lost = world.pay(stripe, "Bob", currency="USD", minor=5000, card=DISPUTED)
    failing = world.pay(stripe, "Carla", card=REFUND_FAILS)
    world.refund(stripe, failing, 4000)
    stripe.control.advance(30)
    for payment, verdict in ((won, "win"), (lost, "lose")):
        (dispute,) = stripe.api("GET", f"/v1/disputes?payment_intent={payment.reference}")["data"]
        stripe.control.move(dispute["id"], verdict)
    for payment in (won, lost, failing):
        world.look_at(payment)
    found = reconciled(stripe)
    assert found.problems == ()
    here = {(key.category, each.count, each.fee) for key, each in found.sums.items() if key.side is Side.HERE}
    assert here == {
        ("charge", 3, 175 + 85 + 175),
        ("dispute", 2, 3000),
        ("dispute_reversal", 1, 0),
        ("refund", 1, 0),
        ("refund_failure", 1, 0),
    }
    names = SettlementEntry.objects.exclude(category="charge").values_list("reference", flat=True)
    for name in list(names):
        with world.undone(stripe):
            stripe.server.world.test.forget(at_stripe(stripe, name))
            assert told(stripe) == [("missing_there", name)]
        with world.undone(stripe):
            sql("UPDATE ledger_settlemententry SET fee_minor = fee_minor + 1 WHERE reference = %s", name)
            assert told(stripe) == [("fee", name)]


def test_money_that_is_held_and_money_that_is_not_stripes(stripe: Stripe) -> None:
    stripe.connect()
    held = world.pay(stripe, "Alice")
    sql("UPDATE payments_payment SET state = 'held' WHERE id = %s", held.pk)
    sql(
        "INSERT INTO ledger_entry (source, account, mode, kind, reference, payment, amount_minor, currency, occurred_at) "
        "VALUES ('transfer', '', 'test', 'payment', 'transfer:1', '', 9990, 'EUR', now())"
    )
    assert told(stripe) == []
    sql("DELETE FROM ledger_settlemententry; DELETE FROM ledger_allocation; DELETE FROM ledger_entry")
    assert [finding for finding, _name in told(stripe)] == ["missing_here"]


MONEY = "source, account, mode, kind, payment, amount_minor, currency, occurred_at"
BOOKED = "amount_minor, fee_minor, net_minor, currency, exchange_rate, category, booked_at"
FORGET = "DELETE FROM ledger_settlemententry WHERE reference = '{row}'; "
AGAIN = f"""INSERT INTO ledger_entry (reference, {MONEY}) SELECT 'ch_copy', {MONEY} FROM ledger_entry WHERE id = {{entry}} RETURNING id"""
FEE = f"INSERT INTO ledger_settlemententry (entry_id, reference, {BOOKED})"
THIS = "WHERE reference = '{row}'"
ALTER, BOOK = (
    "UPDATE ledger_entry SET {} WHERE id = {{entry}}",
    "UPDATE ledger_settlemententry SET {} WHERE reference = '{{row}}'",
)
OURS = {  # by hand in our database -> what is found
    "deleted, money and fee": (
        FORGET + "DELETE FROM ledger_allocation WHERE entry_id = {entry}; DELETE FROM ledger_entry WHERE id = {entry}",
        "missing_here {row}",
    ),
    "deleted, the fee alone": (FORGET, "unread {row}"),
    "deleted, the fee, and the amount altered": (FORGET + ALTER.format("amount_minor = 9991"), "amount {row}"),
    "doubled, the fee alone": (
        f"{FEE} SELECT entry_id, 'txn_copy', {BOOKED} FROM ledger_settlemententry {THIS}",
        "missing_there txn_copy",
    ),
    "doubled, the money alone": (AGAIN, "missing_there ch_copy"),
    "doubled, money and fee": (
        f"WITH twin AS ({AGAIN}) {FEE} SELECT twin.id, reference, {BOOKED} FROM ledger_settlemententry, twin {THIS}",
        "twice {row}",
    ),
    "altered, what was paid": (ALTER.format("amount_minor = 9989"), "amount {row}"),
    "altered, its currency": (ALTER.format("currency = 'CHF'"), "amount {row}"),
    "altered, what settles": (BOOK.format("amount_minor = amount_minor + 1"), "amount {row}"),
    "altered, the fee": (BOOK.format("fee_minor = fee_minor - 1"), "fee {row}"),
    "altered, the net": (BOOK.format("net_minor = net_minor - 1"), "fee {row}"),
    "altered, the kind": (ALTER.format("kind = 'dispute'"), "elsewhere {row}"),
    "altered, the payment": (ALTER.format("payment = 'pi_else'"), "elsewhere {row}"),
    "altered, the charge": (ALTER.format("reference = 'ch_else'"), "elsewhere {row}"),
    "altered, the account": (ALTER.format("account = 'acct_else'"), "missing_here {row}"),
    "altered, the row's id": (BOOK.format("reference = 'txn_else'"), "missing_here {row}, missing_there txn_else"),
}

Change = Callable[[Stripe, str], None]
THEIRS: dict[str, tuple[Change, str]] = {  # in Stripe's books -> what is found
    "deleted": (
        lambda stripe, row: stripe.server.world.test.forget(at_stripe(stripe, row)),
        "missing_there {row}",
    ),
    "doubled": (lambda stripe, row: booked_again(stripe, row, "txn_copy"), "missing_here txn_copy"),
    "altered, the amount": (lambda stripe, row: at_stripe(stripe, row).update(amount=1), "amount {row}"),
    "altered, the currency": (lambda stripe, row: at_stripe(stripe, row).update(currency="chf"), "amount {row}"),
    "altered, the fee": (lambda stripe, row: at_stripe(stripe, row).update(fee=1), "fee {row}"),
    "altered, the category": (
        lambda stripe, row: at_stripe(stripe, row).update(reporting_category="refund"),
        "elsewhere {row}",
    ),
    "added, of nobody": (
        lambda stripe, row: booked_again(stripe, row, "txn_of_whom", source=None),
        "unknown txn_of_whom",
    ),
    "added, Stripe's own fee": (
        lambda stripe, row: booked_again(
            stripe, row, "txn_fee", source=None, type="stripe_fee", reporting_category="fee"
        ),
        "",
    ),
}


def test_each_row_that_is_deleted_doubled_or_altered_on_either_side_is_reported_and_nothing_else(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripes_books, "PAGE", 2)
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur"])
    world.pay(stripe, "Alice")
    bob = world.pay(stripe, "Bob", currency="USD", minor=5000)
    world.by_others(stripe)
    row, entry = row_of(bob), SettlementEntry.objects.get(entry__payment=bob.reference).entry_id
    assert told(stripe) == []
    for name, (statement, expected) in OURS.items():
        with world.undone(stripe):
            sql(statement.format(row=row, entry=entry))
            assert told(stripe) == wanted(expected, row), name
    for name, (change, expected) in THEIRS.items():
        with world.undone(stripe):
            change(stripe, row)
            assert told(stripe) == wanted(expected, row), name
    assert told(stripe) == []


def wanted(expected: str, row: str) -> Told:
    pairs = (each.split(" ") for each in expected.format(row=row).split(", ") if each)
    return sorted((finding, name) for finding, name in pairs)


def test_another_installation_of_ours_is_another_and_what_is_known_here_stays_ours(stripe: Stripe) -> None:
    stripe.connect()
    alice = world.pay(stripe, "Alice")
    at_stripe(stripe, alice.reference)["metadata"] = {"installation": "elsewhere", "attempt": "1"}
    assert told(stripe) == []  # whoever edited it at Stripe: the money is in our ledger
    sql("DELETE FROM ledger_settlemententry; DELETE FROM ledger_allocation; DELETE FROM ledger_entry")
    (line,) = reconciled(stripe).lines
    assert (line.finding, line.payment) == (Finding.OTHERS, alice.reference)


def test_an_outage_is_never_a_report_of_nothing(stripe: Stripe) -> None:
    stripe.connect()
    world.pay(stripe, "Alice")
    stripe.fault("status:500", method="GET", path="/v1/balance_transactions*", times=2)
    with pytest.raises(OutcomeUnknownError):
        reconciled(stripe)
    assert told(stripe) == []


# ------------------------------------------------------------------ windows

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def at(second: int) -> dt.datetime:
    return START + dt.timedelta(seconds=second)


def row(number: int, second: int) -> BookRow:
    nothing = Money(0, "EUR")
    return BookRow(
        f"txn_{number}", BookKind.PAYMENT, "charge", "charge", nothing, nothing, nothing, at(second), at(second)
    )


def in_pages(rows: list[BookRow], size: int) -> Iterator[BookPage]:
    for start in range(0, max(len(rows), 1), size):
        more = start + size < len(rows)
        yield BookPage(tuple(rows[start : start + size]), cursor=f"{start}" if more else "")


@given(seconds=st.lists(st.integers(0, 9)), size=st.integers(1, 7))
def test_windows_leave_out_no_second_and_hold_every_row_once(seconds: list[int], size: int) -> None:
    rows = [row(number, second) for number, second in enumerate(sorted(seconds, reverse=True))]
    found = list(compare.windows(in_pages(rows, size), since=at(0), until=at(10)))
    assert [each for window in found for each in window.rows] == rows
    assert (found[0].until, found[-1].since) == (at(10), at(0))
    for newer, older in itertools.pairwise(found):
        assert newer.since == older.until
    for window in found:
        assert all(window.since <= each.created < window.until for each in window.rows)

"""Payouts: what leaves the balance, which rows it took, what the bank said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import kinds

if TYPE_CHECKING:
    from tests.simulator.guard import Guard

    from stripe_simulator.server import Server

DAY = 86400
FREE = 4 * DAY  # by then a charge's money is available
NET = 9990 - 175  # 1.5 % and 0.25 off 99.90


def earn(simulator: Server, amount: int = 9990, currency: str = "eur") -> str:
    """A payment; its charge."""
    charge: str = simulator.control.post("payments", amount=amount, currency=currency)["latest_charge"]
    simulator.control.advance(3)
    return charge


def run(simulator: Server, **which: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = simulator.control.post("payouts/run", **which)["payouts"]
    return made


def rows(client: stripe.StripeClient, payout: str) -> list[stripe.BalanceTransaction]:
    return client.v1.balance_transactions.list({"payout": payout, "limit": 100}).data


def test_what_is_available_is_paid_out_and_can_be_reconciled(
    simulator: Server, client: stripe.StripeClient, watch: Guard
) -> None:
    charges = {earn(simulator), earn(simulator, 2000)}
    assert run(simulator) == []  # pending money does not leave
    simulator.control.advance(FREE)
    late = earn(simulator, 5000)

    (made,) = run(simulator)
    assert watch.thing(made) == []
    assert (made["amount"], made["automatic"], made["status"]) == (NET + 2000 - 55, True, "pending")
    assert made["reconciliation_status"] == "in_progress"
    assert run(simulator) == []

    simulator.control.advance(3600)
    sent = client.v1.payouts.retrieve(made["id"])
    assert (sent.status, sent.reconciliation_status) == ("in_transit", "completed")
    taken = rows(client, made["id"])
    assert {row.source for row in taken} == {made["id"], *charges}
    assert late not in {row.source for row in taken}
    assert sum(row.net for row in taken) == 0
    assert sum(row.net for row in taken if row.type != "payout") == made["amount"]

    simulator.control.advance(5 * DAY)
    paid = client.v1.payouts.retrieve(made["id"])
    assert paid.status == "paid"
    assert paid.trace_id is not None
    assert paid.trace_id.value is not None
    assert [kind for kind in kinds(client) if kind.startswith("payout.")] == [
        "payout.created",
        "payout.updated",
        "payout.reconciliation_completed",
        "payout.updated",
        "payout.paid",
    ]


def test_a_refund_is_taken_off_the_next_payout(simulator: Server, client: stripe.StripeClient) -> None:
    charge = earn(simulator)
    refund = client.v1.refunds.create({"charge": charge, "amount": 1000})
    simulator.control.advance(FREE)
    (made,) = run(simulator)
    assert made["amount"] == NET - 1000
    assert {row.source for row in rows(client, made["id"])} == {charge, refund.id, made["id"]}


def test_a_payout_that_fails_gives_the_money_back_to_the_next_one(
    simulator: Server, client: stripe.StripeClient
) -> None:
    earn(simulator)
    simulator.control.advance(FREE)
    (first,) = run(simulator)
    simulator.control.move(first["id"], "settle")
    simulator.control.move(first["id"], "fail", code="account_frozen")

    failed = client.v1.payouts.retrieve(first["id"], {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_code) == ("failed", "account_frozen")
    back = failed.failure_balance_transaction
    assert isinstance(back, stripe.BalanceTransaction)
    assert (back.type, back.net) == ("payout_failure", NET)
    assert kinds(client)[-2:] == ["payout.updated", "payout.failed"]

    (second,) = run(simulator)
    assert second["amount"] == NET
    assert {row.source for row in rows(client, second["id"])} == {first["id"], second["id"]}
    simulator.control.advance(6 * DAY)
    assert client.v1.payouts.retrieve(first["id"]).status == "failed"  # what was planned for it came to nothing
    assert client.v1.payouts.retrieve(second["id"]).status == "paid"


def test_a_payout_by_hand(simulator: Server, client: stripe.StripeClient) -> None:
    earn(simulator)
    simulator.control.advance(FREE)
    made = client.v1.payouts.create({"amount": 4000, "currency": "eur", "metadata": {"for": "rent"}})
    assert (made.automatic, made.reconciliation_status) == (False, "not_applicable")
    assert client.v1.balance.retrieve().available[0].amount == NET - 4000
    with pytest.raises(stripe.InvalidRequestError, match="automatic transfers"):
        rows(client, made.id)

    canceled = client.v1.payouts.cancel(made.id)
    assert canceled.status == "canceled"
    assert client.v1.balance.retrieve().available[0].amount == NET
    assert kinds(client)[-1] == "payout.canceled"
    with pytest.raises(stripe.InvalidRequestError, match="pending"):
        client.v1.payouts.cancel(made.id)

    assert client.v1.payouts.update(made.id, {"metadata": {"for": ""}}).to_dict()["metadata"] == {}
    assert [payout.id for payout in client.v1.payouts.list({"status": "canceled"}).data] == [made.id]
    assert client.v1.payouts.list({"status": "paid"}).data == []
    assert client.v1.payouts.list({"arrival_date": {"gt": made.arrival_date}}).data == []
    assert len(client.v1.payouts.list({"arrival_date": made.arrival_date}).data) == 1


def test_what_no_payout_can_be(simulator: Server, client: stripe.StripeClient) -> None:
    earn(simulator)
    with pytest.raises(stripe.InvalidRequestError, match="insufficient funds") as refusal:
        client.v1.payouts.create({"amount": 1000, "currency": "eur"})
    assert refusal.value.code == "balance_insufficient"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.payouts.create({"amount": 0, "currency": "eur"})
    assert (refusal.value.code, refusal.value.param) == ("parameter_invalid_integer", "amount")

    simulator.control.advance(FREE)
    (automatic,) = run(simulator)
    with pytest.raises(stripe.InvalidRequestError, match="automatically"):
        client.v1.payouts.cancel(automatic["id"])
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        client.v1.payouts.retrieve("po_nobody")
    with pytest.raises(stripe.InvalidRequestError, match="No such payout"):
        rows(client, "po_nobody")


def test_a_day_of_payouts_has_one_for_each_currency(simulator: Server) -> None:
    earn(simulator)
    earn(simulator, 3000, "usd")
    simulator.control.advance(FREE)
    assert [payout["currency"] for payout in run(simulator, currency="usd")] == ["usd"]
    assert [payout["currency"] for payout in run(simulator)] == ["eur"]


@pytest.mark.parametrize("currency", ["huf", "twd"])
def test_forints_and_taiwan_dollars_leave_whole(simulator: Server, client: stripe.StripeClient, currency: str) -> None:
    earn(simulator, 100_050, currency)
    simulator.control.advance(FREE)
    held = {part.currency: part.amount for part in client.v1.balance.retrieve().available}[currency]
    assert held % 100
    with pytest.raises(stripe.InvalidRequestError, match="divisible by 100") as refusal:
        client.v1.payouts.create({"amount": 1050, "currency": currency})
    assert refusal.value.param == "amount"
    (made,) = run(simulator)
    assert made["amount"] == held // 100 * 100
    left = {part.currency: part.amount for part in client.v1.balance.retrieve().available}[currency]
    assert left == held % 100

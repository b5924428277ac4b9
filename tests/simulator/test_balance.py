"""The balance and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe
from tests.simulator.conftest import kinds
from tests.simulator.test_payouts import DAY, FREE, NET, earn, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from stripe_simulator.server import Server


def held(client: stripe.StripeClient) -> dict[str, tuple[int, int]]:
    """By currency, available and pending."""
    balance = client.v1.balance.retrieve()
    waiting = {part.currency: part.amount for part in balance.pending}
    return {part.currency: (part.amount, waiting[part.currency]) for part in balance.available}


def test_an_empty_balance_is_of_the_account_s_currency(client: stripe.StripeClient) -> None:
    assert held(client) == {"eur": (0, 0)}


def test_money_waits_and_is_available_then(simulator: Server, client: stripe.StripeClient) -> None:
    charge = earn(simulator)
    earn(simulator, 3000, "usd")
    assert held(client) == {"eur": (0, NET), "usd": (0, 3000 - 70)}
    simulator.control.advance(FREE)
    assert held(client) == {"eur": (NET, 0), "usd": (2930, 0)}
    late = earn(simulator)
    client.v1.refunds.create({"charge": charge})  # what is given back leaves at once
    client.v1.refunds.create({"charge": late, "amount": 90})  # of money that is pending, what is pending
    assert held(client)["eur"] == (NET - 9990, NET - 90)


def test_rows_are_found_by_what_they_are(simulator: Server, client: stripe.StripeClient) -> None:
    charge = earn(simulator)
    earn(simulator, 3000, "usd")
    simulator.control.advance(FREE)
    refund = client.v1.refunds.create({"charge": charge, "amount": 100})
    (payout, _) = run(simulator)

    def sources(**how: object) -> list[object]:
        return [row.source for row in client.v1.balance_transactions.list(how).data]  # type: ignore[arg-type]

    assert sources(type="refund") == [refund.id]
    assert sources(source=charge) == [charge]
    assert sources(type="payout", currency="eur") == [payout["id"]]
    assert len(sources(currency="usd")) == 2
    assert charge not in sources(created={"gt": int(simulator.control.now()) - DAY})
    (row,) = client.v1.balance_transactions.list({"type": "payout", "currency": "eur", "expand": ["data.source"]}).data
    assert (row.amount, row.net, row.fee) == (-payout["amount"], -payout["amount"], 0)
    assert row.reporting_category == "payout"


def test_a_restricted_key_reads_the_balance_with_its_own_permission(
    simulator: Server, connect: Callable[[str], stripe.StripeClient]
) -> None:
    key = simulator.control.post("keys", permissions=["rak_balance_read"])["key"]
    assert held(connect(key)) == {"eur": (0, 0)}


def test_a_refund_waits_for_money_where_the_bank_account_may_not_be_debited(
    simulator: Server, client: stripe.StripeClient
) -> None:
    account = simulator.control.post("account", debit_negative_balances=False)
    assert account["settings"]["payouts"]["debit_negative_balances"] is False
    charge, other = earn(simulator), earn(simulator, 4000)
    large = client.v1.refunds.create({"charge": charge})
    small = client.v1.refunds.create({"charge": other, "amount": 3000})
    for refund in (large, small):
        assert (refund.status, refund.pending_reason, refund.balance_transaction) == (
            "pending",
            "insufficient_funds",
            None,
        )
    assert client.v1.charges.retrieve(charge).refunded  # it is given back as far as the charge knows
    assert "refund.updated" not in kinds(client)

    simulator.control.advance(FREE)  # 98.15 and 39.15 come: enough for the large one, and for the small one after it
    done = [client.v1.refunds.retrieve(refund.id) for refund in (large, small)]
    assert [refund.status for refund in done] == ["succeeded", "succeeded"]
    assert all(refund.balance_transaction for refund in done)
    assert held(client) == {"eur": (NET + 4000 - 85 - 9990 - 3000, 0)}
    assert kinds(client).count("refund.updated") == 4  # each: the money left, the bank's reference


def test_a_waiting_refund_goes_when_later_money_comes(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("account", debit_negative_balances=False)
    charge = earn(simulator)
    simulator.control.advance(FREE)
    refund = client.v1.refunds.create({"charge": charge})  # 99.90 of 98.15
    assert refund.pending_reason == "insufficient_funds"
    simulator.control.advance(FREE)
    assert client.v1.refunds.retrieve(refund.id).status == "pending"
    earn(simulator, 1000)
    simulator.control.advance(FREE)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_waiting_refund_that_fails_moves_no_money(simulator: Server, client: stripe.StripeClient) -> None:
    simulator.control.post("account", debit_negative_balances=False)
    refund = client.v1.refunds.create({"charge": earn(simulator)})
    simulator.control.move(refund.id, "fail")
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert held(client) == {"eur": (0, NET)}
    simulator.control.advance(FREE)
    assert held(client) == {"eur": (NET, 0)}


def test_a_refund_cannot_be_called_off(simulator: Server, client: stripe.StripeClient) -> None:
    refund = client.v1.refunds.create({"charge": earn(simulator)})
    with pytest.raises(stripe.InvalidRequestError, match="unsupported"):
        client.v1.refunds.cancel(refund.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such refund"):
        client.v1.refunds.cancel("re_nobody")

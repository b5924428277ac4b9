"""Currencies: what Stripe takes, in which figures, and what happens to money that the account does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stripe
from tests.simulator.conftest import session_params
from tests.simulator.test_balance import held
from tests.simulator.test_payouts import FREE, earn, run

if TYPE_CHECKING:
    from stripe_simulator.server import Server


def ask(client: stripe.StripeClient, amount: int, currency: str) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create({"amount": amount, "currency": currency})


def refused(client: stripe.StripeClient, amount: int, currency: str) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        ask(client, amount, currency)
    return refusal.value


def row_of(client: stripe.StripeClient, charge: str) -> stripe.BalanceTransaction:
    row = client.v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}).balance_transaction
    assert isinstance(row, stripe.BalanceTransaction)
    return row


@pytest.mark.parametrize(
    ("currency", "least"),
    [("eur", 50), ("usd", 50), ("gbp", 30), ("sek", 300), ("czk", 1500), ("huf", 17500), ("jpy", 50), ("mxn", 1000)],
)
def test_the_least_of_a_currency(client: stripe.StripeClient, currency: str, least: int) -> None:
    assert ask(client, least, currency).amount == least
    assert refused(client, least - 1, currency).code == "amount_too_small"


@pytest.mark.parametrize("currency", ["eur", "jpy", "idr", "inr"])
def test_the_most_of_a_card(client: stripe.StripeClient, currency: str) -> None:
    most = 999_999_999_999
    assert ask(client, most, currency).amount == most
    refusal = refused(client, most + 1, currency)
    assert (refusal.code, refusal.param) == ("amount_too_large", "amount")
    for amount, fits in ((most, True), (most + 1, False)):
        params = session_params(amount)
        params["line_items"][0]["price_data"]["currency"] = currency
        if fits:
            assert client.v1.checkout.sessions.create(params).payment_method_types[0] == "card"
            continue
        with pytest.raises(stripe.InvalidRequestError, match="total amount due must be no more than") as caught:
            client.v1.checkout.sessions.create(params)
        assert caught.value.code == "amount_too_large"


@pytest.mark.parametrize(
    ("currency", "most"),
    [("eur", 99_999_999), ("idr", 999_999_999_999), ("cop", 9_999_999_999), ("inr", 999_999_999)],
)
def test_the_most_of_the_other_methods(client: stripe.StripeClient, currency: str, most: int) -> None:
    assert "link" in ask(client, most, currency).payment_method_types
    if most < 999_999_999_999:
        assert ask(client, most + 1, currency).payment_method_types == ["card"]


def test_a_larger_amount_leaves_cards_alone_and_a_smaller_one_brings_the_others_back(
    client: stripe.StripeClient,
) -> None:
    intent = ask(client, 5000, "eur")
    before = intent.payment_method_types
    assert "sepa_debit" in before
    assert client.v1.payment_intents.update(intent.id, {"amount": 100_000_000}).payment_method_types == ["card"]
    middle = client.v1.payment_intents.update(intent.id, {"amount": 1_000_001})
    assert middle.payment_method_types == [kind for kind in before if kind != "sepa_debit"]
    assert client.v1.payment_intents.update(intent.id, {"amount": 5000}).payment_method_types == before


def test_american_express_takes_nine_digits(client: stripe.StripeClient) -> None:
    def pay(card: str, amount: int) -> stripe.PaymentIntent:
        automatic: Any = {"enabled": True, "allow_redirects": "never"}
        return client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "eur",
                "payment_method": card,
                "confirm": True,
                "automatic_payment_methods": automatic,
            }
        )

    assert pay("pm_card_amex", 999_999_999).status == "succeeded"
    with pytest.raises(stripe.CardError) as caught:
        pay("pm_card_amex", 1_000_000_000)
    assert caught.value.error is not None
    assert (caught.value.code, caught.value.error.decline_code) == ("card_declined", "invalid_amount")
    assert pay("pm_card_visa", 1_000_000_000).status == "succeeded"


@pytest.mark.parametrize(
    ("currency", "good", "bad"),
    [("isk", 20_000, 20_050), ("ugx", 500_000, 500_001), ("kwd", 5000, 5001), ("bhd", 5010, 5015), ("jpy", 5001, None)],
)
def test_figures_that_a_currency_does_not_have(
    client: stripe.StripeClient, currency: str, good: int, bad: int | None
) -> None:
    assert ask(client, good, currency).amount == good
    if bad is None:
        return
    refusal = refused(client, bad, currency)
    assert (refusal.code, refusal.param) == ("invalid_charge_amount", "amount")
    params = session_params(bad)
    params["line_items"][0]["price_data"]["currency"] = currency
    with pytest.raises(stripe.InvalidRequestError, match="divisible by"):
        client.v1.checkout.sessions.create(params)


def test_a_currency_that_nobody_has(client: stripe.StripeClient) -> None:
    assert refused(client, 5000, "xxx").param == "currency"


def test_money_stays_what_it_is_until_the_account_says_what_it_holds(
    simulator: Server, client: stripe.StripeClient
) -> None:
    row = row_of(client, earn(simulator, 5000, "usd"))
    assert (row.amount, row.currency, row.exchange_rate, row.fee) == (5000, "usd", None, 100)


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "worth"),
    [(5000, "usd", 0.8, 4000), (5000, "jpy", 0.625, 3125), (400_000, "huf", 0.0025, 1000), (5000, "kwd", 0.3125, 1563)],
)
def test_money_that_the_account_does_not_hold_settles_in_its_own(
    simulator: Server, client: stripe.StripeClient, *, amount: int, currency: str, rate: float, worth: int
) -> None:
    account: dict[str, Any] = simulator.control.post("account", settlement_currencies=["eur", "gbp"])
    assert "settlement_currencies" not in account
    charge = earn(simulator, amount, currency)
    row = row_of(client, charge)
    cost = round(worth * 0.015 + 0.0001) + 25
    assert (row.amount, row.currency, row.exchange_rate) == (worth, "eur", rate)
    assert (row.fee, row.net) == (cost, worth - cost)
    assert row.fee_details[0].currency == "eur"

    refund = client.v1.refunds.create({"charge": charge, "amount": amount // 2, "expand": ["balance_transaction"]})
    back = refund.balance_transaction
    assert isinstance(back, stripe.BalanceTransaction)
    assert (refund.amount, refund.currency) == (amount // 2, currency)
    assert abs(-back.amount - worth / 2) <= 1
    assert (back.currency, back.exchange_rate) == ("eur", rate)


@pytest.mark.parametrize(
    ("amount", "currency", "cost"), [(400_000, "isk", 6000), (5000, "jpy", 100), (12_340, "kwd", 210)]
)
def test_a_fee_is_as_exact_as_its_currency(
    simulator: Server, client: stripe.StripeClient, amount: int, currency: str, cost: int
) -> None:
    row = row_of(client, earn(simulator, amount, currency))
    assert (row.fee, row.net) == (cost, amount - cost)


def test_held_currencies_are_not_exchanged_and_leave_as_they_are(
    simulator: Server, client: stripe.StripeClient
) -> None:
    simulator.control.post("account", settlement_currencies=["eur", "gbp"])
    pounds = row_of(client, earn(simulator, 5000, "gbp"))
    assert (pounds.amount, pounds.currency, pounds.exchange_rate) == (5000, "gbp", None)
    simulator.control.post("account", settlement_currencies=["eur"])
    simulator.control.advance(FREE)
    (payout,) = run(simulator)  # what was held is paid out as it is, though new pounds would be exchanged
    assert (payout["currency"], payout["amount"]) == ("gbp", pounds.net)
    assert held(client) == {"eur": (0, 0), "gbp": (0, 0)}
    simulator.control.post("account", settlement_currencies=None)
    assert row_of(client, earn(simulator, 5000, "usd")).currency == "usd"


def test_the_least_is_that_of_the_currency_in_which_a_payment_settles(
    simulator: Server, client: stripe.StripeClient
) -> None:
    simulator.control.post("account", settlement_currencies=["eur"])
    assert ask(client, 63, "usd").amount == 63
    refusal = refused(client, 60, "usd")
    assert refusal.code == "amount_too_small"
    assert "Amount must convert to at least €0.50. $0.60 converts to approximately €0.48." in str(refusal)
    assert ask(client, 1250, "czk").amount == 1250  # below what a payment that settles in it must be
    params = session_params(60)
    params["line_items"][0]["price_data"]["currency"] = "usd"
    with pytest.raises(stripe.InvalidRequestError, match="total amount due must convert to at least €0"):
        client.v1.checkout.sessions.create(params)

"""Balance transactions: what each movement of money did to the balance."""

from stripe_simulator import ids
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, narrow, page
from stripe_simulator.payments import cards, money
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ = "rak_balance_read"
DAY = 86400
WAITING = "balance"  # under this name, beside the objects: the refunds for which the money does not suffice yet
AVAILABLE_AFTER = 3 * DAY


def new_row(
    mode: Mode,
    kind: str,
    source: str,
    *,
    amount: int,
    currency: str,
    cost: int,
    description: str,
    category: str,
    available_on: int | None = None,
) -> Json:
    """A balance transaction. `amount` is minor units of `currency`; money that leaves is negative.

    Where the account holds no such currency, the row is of the one in which it settles, with the exchange rate; `cost` (the
    fee) is minor units of that one. What was held already (payouts) is not exchanged.
    `available_on` is the second from which the balance counts it as available: three days later when it is not given.
    """
    now = mode.world.clock.seconds()
    free = (now + AVAILABLE_AFTER) // DAY * DAY if available_on is None else available_on
    rate = None
    if not kind.startswith("payout"):
        amount, currency, rate = settled(mode, amount, currency)
    if mode.facts(WAITING).get("refunds") and amount > cost:
        plan(mode, free, "refund_wait")
    return mode.put(
        {
            "id": ids.make("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": free,
            "balance_type": "payments",
            "created": now,
            "currency": currency,
            "description": description,
            "exchange_rate": rate,
            "fee": cost,
            "fee_details": _parts(cost, currency),
            "net": amount - cost,
            "reporting_category": category,
            "source": source,
            "status": "available" if free <= now else "pending",
            "type": kind,
        }
    )


def _parts(cost: int, currency: str) -> list[Json]:
    if not cost:
        return []
    words = "Stripe processing fees"
    return [{"amount": cost, "application": None, "currency": currency, "description": words, "type": "stripe_fee"}]


def settled(mode: Mode, amount: int, currency: str) -> tuple[int, str, float | None]:
    """An amount as the balance sees it: minor units, the currency, and the rate when it was exchanged."""
    held = money.settles_in(mode, currency)
    if held == currency or not {held, currency} <= money.RATES.keys():
        return amount, currency, None
    rate = money.rate(currency, held)
    return money.exchange(amount, rate), held, float(rate)


def later(mode: Mode, charge: Json) -> None:
    """The row of a charge appears a little after it, as with Stripe's asynchronous capture."""
    due = mode.world.clock.now() + mode.world.settings.balance_delay
    plan(mode, due, "balance", charge=charge["id"])


@duty("balance")
def _book_due(mode: Mode, data: Json) -> None:
    if (charge := mode.get("charge", data["charge"])) is not None:
        book(mode, charge)


def book(mode: Mode, charge: Json) -> None:
    """Book the row of a charge and announce it with `charge.updated`."""
    if charge["balance_transaction"] is not None:
        return
    kind = "charge" if "card" in charge["payment_method_details"] else "payment"
    amount, currency = charge["amount_captured"], charge["currency"]
    row = new_row(
        mode,
        kind,
        charge["id"],
        amount=amount,
        currency=currency,
        cost=money.fee(*settled(mode, amount, currency)[:2]),
        description=charge["description"] or "",
        category="charge",
        available_on=mode.world.clock.seconds() if _at_once(mode, charge) else None,
    )
    charge["balance_transaction"] = row["id"]
    emit(mode, "charge.updated", charge, {"balance_transaction": None})


def _at_once(mode: Mode, charge: Json) -> bool:
    """Whether the test card behind a charge leaves out the days that money is pending."""
    number = mode.facts(charge["payment_method"]).get("number")
    return number is not None and cards.behaviour(number).at_once


@operation("GET", "/v1/balance_transactions/{id}", permission=READ)
def retrieve(call: Call) -> Json:
    return _seen(call, from_path(call, "balance_transaction", "id"))


@operation("GET", "/v1/balance_transactions", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("balance_transaction"), call.params, "type", "source", "currency")
    if "payout" in call.params:
        payout = find(call.mode, "payout", call.params["payout"], param="payout", status=400)
        if not payout["automatic"]:
            raise invalid(
                "Balance transaction history can only be filtered on automatic transfers, not manual.", param="payout"
            )
        things = narrow(things, call.params, lambda row: call.mode.facts(row["id"]).get("payout") == payout["id"])
    found = page(things, call.params, "/v1/balance_transactions", "balance transaction")
    return {**found, "data": [_seen(call, row) for row in found["data"]]}


def _seen(call: Call, row: Json) -> Json:
    # the day on which the money is free comes by itself
    if row["available_on"] <= call.world.clock.seconds():
        row["status"] = "available"
    return row

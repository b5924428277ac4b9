"""A payout's life: asked for or made by the schedule, sent to the bank, arrived, perhaps come back."""

from datetime import UTC, datetime, timedelta

from stripe_simulator import ids
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.metadata import merged
from stripe_simulator.moves import Impossible, move
from stripe_simulator.resources.balance import available, standing
from stripe_simulator.resources.balance_transactions import new_row
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SENT_AFTER = 3600.0  # seconds until the bank has it; until then a manual payout can be canceled
BUSINESS_DAYS = 2  # until it arrives
SATURDAY = 5
WHOLE = {"huf": 100, "twd": 100}  # payouts of these are whole forints and dollars, though charges need not be
TRACE_DIGITS = 15
FAILURE = "account_closed"
FAILURES = {  # as Stripe explains them
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on either the type, or the number, of payouts allowed.",
    "could_not_process": "The bank could not process this payout.",
    "declined": "The bank has declined this payout.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_account_number": "The bank account number provided is invalid.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be located.",
}


def new_payout(mode: Mode, amount: int, currency: str, params: Json, *, automatic: bool) -> Json:
    """Money (minor units) leaves the balance at once; the bank has it an hour later, and it arrives in two business days."""
    now = mode.world.clock.now()
    arrival = _arrival(now)
    payout: Json = {
        "id": ids.make("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival,
        "automatic": automatic,
        "balance_transaction": None,
        "created": int(now),
        "currency": currency,
        "description": "STRIPE PAYOUT" if automatic else params.get("description"),
        "destination": None,  # no bank account stands in the account's list
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": mode.livemode,
        "metadata": merged({}, params.get("metadata")),
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": params.get("statement_descriptor"),
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
    row = _row(mode, payout, "payout", -amount, "STRIPE PAYOUT")
    payout["balance_transaction"] = row["id"]
    mode.put(payout)
    emit(mode, "payout.created", payout)
    plan(mode, now + SENT_AFTER, "payout_send", payout=payout["id"])
    plan(mode, arrival, "payout_arrive", payout=payout["id"])
    return payout


def _arrival(now: float) -> int:
    """Midnight UTC, two business days later."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return int(day.timestamp())


def _row(mode: Mode, payout: Json, kind: str, amount: int, words: str) -> Json:
    return new_row(
        mode,
        kind,
        payout["id"],
        amount=amount,
        currency=payout["currency"],
        cost=0,
        description=words,
        category="payout" if kind == "payout" else "payout_reversal",
        available_on=mode.world.clock.seconds(),
    )


def run(mode: Mode, currency: str | None = None) -> list[Json]:
    """What the schedule does each day: everything available goes, one payout a currency (or the given one alone).

    Every available row that no payout has taken yet belongs to it, and its own row does, too. What is less than a whole unit
    where payouts must be whole stays in the balance for the next one.
    """
    made: list[Json] = []
    if not mode.world.account_changes.get("payouts_enabled", True):
        return made
    for held, (free, _) in standing(mode).items():
        amount = free - free % WHOLE.get(held, 1)
        if amount > 0 and currency in {None, held}:
            made.append(_take(mode, amount, held))
    return made


def _take(mode: Mode, amount: int, currency: str) -> Json:
    now = mode.world.clock.seconds()
    rows = [
        row
        for row in mode.all("balance_transaction")
        if row["currency"] == currency and row["available_on"] <= now and "payout" not in mode.facts(row["id"])
    ]
    payout = new_payout(mode, amount, currency, {}, automatic=True)
    for identifier in (*(row["id"] for row in rows), payout["balance_transaction"]):
        mode.facts(identifier)["payout"] = payout["id"]
    return payout


def covers(mode: Mode, amount: int, currency: str) -> bool:
    """Whether the available balance suffices for a payout of so many minor units."""
    return amount <= available(mode, currency)


def send(mode: Mode, payout: Json) -> None:
    """The bank has it. From now on the rows of an automatic payout are known."""
    if payout["status"] != "pending":
        return
    payout["status"] = "in_transit"
    emit(mode, "payout.updated", payout, {"status": "pending"})
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
        emit(mode, "payout.reconciliation_completed", payout)


def arrive(mode: Mode, payout: Json) -> None:
    """It is in the bank account. Does nothing to one that ended otherwise."""
    send(mode, payout)
    if payout["status"] != "in_transit":
        return
    before = {"status": "in_transit", "trace_id": payout["trace_id"]}
    value = "".join(str(ord(letter) % 10) for letter in payout["id"][-TRACE_DIGITS:])
    payout.update(status="paid", trace_id={"status": "supported", "value": value})
    emit(mode, "payout.updated", payout, before)
    emit(mode, "payout.paid", payout)


def fail(mode: Mode, payout: Json, code: str) -> None:
    """The bank sent it back, perhaps after it was paid: the money is in the balance again."""
    before = {"status": payout["status"]}
    row = _row(mode, payout, "payout_failure", payout["amount"], "PAYOUT FAILURE")
    payout.update(
        status="failed",
        failure_balance_transaction=row["id"],
        failure_code=code,
        failure_message=FAILURES.get(code, "The bank could not process this payout."),
        trace_id={"status": "unsupported", "value": None},
    )
    emit(mode, "payout.updated", payout, before)
    emit(mode, "payout.failed", payout)


def cancel(mode: Mode, payout: Json) -> None:
    """Called off before the bank had it; whether that may be is the caller's question."""
    row = _row(mode, payout, "payout_cancel", payout["amount"], "PAYOUT CANCELED")
    payout.update(
        status="canceled",
        failure_balance_transaction=row["id"],
        trace_id={"status": "unsupported", "value": None},
    )
    emit(mode, "payout.updated", payout, {"status": "pending"})
    emit(mode, "payout.canceled", payout)


@duty("payout_send")
def _send_due(mode: Mode, data: Json) -> None:
    if (payout := mode.get("payout", data["payout"])) is not None:
        send(mode, payout)


@duty("payout_arrive")
def _arrive_due(mode: Mode, data: Json) -> None:
    if (payout := mode.get("payout", data["payout"])) is not None:
        arrive(mode, payout)


@move("settle", "payout")
def _arrive_now(mode: Mode, payout: Json, _code: str | None) -> Json:
    if payout["status"] not in {"pending", "in_transit"}:
        raise Impossible(f"This payout is {payout['status']}: it cannot arrive.")
    arrive(mode, payout)
    return payout


@move("fail", "payout")
def _fail_now(mode: Mode, payout: Json, code: str | None) -> Json:
    if payout["status"] not in {"pending", "in_transit", "paid"}:
        raise Impossible(f"This payout is {payout['status']}: it cannot fail.")
    if code is not None and code not in FAILURES:
        raise Impossible(f"{code} is no failure of payouts that is known here: {', '.join(FAILURES)}.")
    fail(mode, payout, code or FAILURE)
    return payout

"""A refund's life: made, perhaps pending, known to the bank, perhaps failed weeks later."""

from stripe_simulator import ids
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.metadata import merged
from stripe_simulator.moves import Impossible, move
from stripe_simulator.payments import cards, disputing, sepa, warning
from stripe_simulator.resources.balance import awaits_funds
from stripe_simulator.resources.balance_transactions import WAITING, new_row
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

FAILURE = "expired_or_canceled_card"
SLOW = "slow_bank_refunds"  # among the account's changes: what goes back to a bank account is pending at first
TRANSFER_DAYS = 4  # business days of such a refund
REFERENCE_DIGITS = 23  # of an acquirer's reference number


def new_refund(mode: Mode, charge: Json, amount: int, params: Json) -> Json:
    """Money goes back; `amount` is minor units of the charge's currency. The fee is not given back.

    What the test card of the charge wants follows on the clock: pending then succeeded, or succeeded then failed. Where
    the balance does not suffice, a card's refund waits and any other fails.
    """
    card = "card" in charge["payment_method_details"]
    course = _course(mode, charge)
    short = awaits_funds(mode, amount, charge["currency"])
    pending = short or course == cards.PENDING
    refund: Json = {
        "id": ids.make("re" if card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": mode.world.clock.seconds(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": _destination(charge),
        "metadata": merged({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pending else "succeeded",
        "transfer_reversal": None,
    }
    if pending:
        refund["pending_reason"] = "insufficient_funds" if short else "processing"
    if not short:
        book(mode, refund)
    mode.put(refund)
    _leave(mode, charge, refund)
    if short and card:
        wait(mode, refund)
    elif short:
        fail(mode, refund, "insufficient_funds")
    else:
        _plan(mode, refund, course, card=card)
    return refund


def _leave(mode: Mode, charge: Json, refund: Json) -> None:
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += refund["amount"]
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    emit(mode, "refund.created", refund)
    emit(mode, "charge.refunded", charge, before)
    disputing.refunded(mode, charge)
    warning.calm(mode, charge)


def _course(mode: Mode, charge: Json) -> str | None:
    number = mode.facts(charge["payment_method"]).get("number")
    if number:
        return cards.behaviour(number).refund
    return cards.PENDING if mode.world.account_changes.get(SLOW) else None


def _plan(mode: Mode, refund: Json, course: str | None, *, card: bool) -> None:
    settings, now = mode.world.settings, mode.world.clock.now()
    if course is not None:
        what = "refund_settle" if course == cards.PENDING else "refund_fail"
        due = now + settings.refund_delay if card else sepa.after_days(now, TRANSFER_DAYS)
        plan(mode, due, what, refund=refund["id"])
    if card:
        plan(mode, now + settings.reference_delay, "refund_refer", refund=refund["id"])


def _destination(charge: Json) -> Json:
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return {"type": kind}
    return {
        "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
        "type": "card",
    }


def _row(mode: Mode, refund: Json, kind: str, amount: int) -> Json:
    """The balance transaction of a refund (money leaves) or of its failure (money comes back)."""
    of = "CHARGE" if refund["id"].startswith("re_") else "PAYMENT"
    words = f"REFUND FOR {of}" if amount < 0 else f"REFUND FAILURE FOR {of}"
    return new_row(
        mode,
        kind,
        refund["id"],
        amount=amount,
        currency=refund["currency"],
        cost=0,
        description=words,
        category="refund" if amount < 0 else "refund_failure",
        available_on=_available_on(mode, refund),
    )


def _available_on(mode: Mode, refund: Json) -> int:
    """Money leaves what is pending while the charge's own money is pending, and what is available from then on."""
    now = mode.world.clock.seconds()
    row = mode.get("balance_transaction", mode.objects[refund["charge"]]["balance_transaction"] or "")
    return now if row is None else max(now, row["available_on"])


def book(mode: Mode, refund: Json) -> None:
    """The money leaves the balance."""
    kind = "refund" if refund["id"].startswith("re_") else "payment_refund"
    refund["balance_transaction"] = _row(mode, refund, kind, -refund["amount"])["id"]


def wait(mode: Mode, refund: Json) -> None:
    """It waits until the balance suffices: looked at whenever pending money becomes available."""
    mode.facts(WAITING).setdefault("refunds", []).append(refund["id"])
    now = mode.world.clock.seconds()
    for moment in {row["available_on"] for row in mode.all("balance_transaction") if row["available_on"] > now}:
        plan(mode, moment, "refund_wait")


@duty("refund_wait")
def _pay_waiting(mode: Mode, _data: Json) -> None:
    """The oldest first; one that is too large does not hold up the smaller ones behind it."""
    waiting = mode.facts(WAITING).get("refunds", [])
    for identifier in list(waiting):
        refund = mode.objects[identifier]
        if refund["status"] != "pending" or refund["balance_transaction"] is not None:
            waiting.remove(identifier)
        elif not awaits_funds(mode, refund["amount"], refund["currency"]):
            waiting.remove(identifier)
            book(mode, refund)
            _go_on(mode, refund)


def _go_on(mode: Mode, refund: Json) -> None:
    """From here it is as if it had been asked for now."""
    charge = mode.objects[refund["charge"]]
    course = _course(mode, charge)
    _plan(mode, refund, course, card="card" in charge["payment_method_details"])
    if course == cards.PENDING:
        refund["pending_reason"] = "processing"
        _updated(mode, refund, {"balance_transaction": None, "pending_reason": "insufficient_funds"})
    else:
        settle(mode, refund)


def settle(mode: Mode, refund: Json) -> None:
    """A pending refund arrived. Does nothing to one that is not pending."""
    if refund["status"] != "pending":
        return
    if refund["balance_transaction"] is None:
        book(mode, refund)
    refund["status"] = "succeeded"
    before = {"pending_reason": refund.pop("pending_reason", None), "status": "pending"}
    _updated(mode, refund, before)


def refer(mode: Mode, refund: Json) -> None:
    """The bank's reference becomes known: all that this update says."""
    card = refund["destination_details"].get("card")
    if card is None or refund["status"] != "succeeded" or card["reference_status"] == "available":
        return
    before = {"destination_details": {"card": {"reference": None, "reference_status": "pending"}}}
    card["reference"] = "".join(str(ord(letter) % 10) for letter in refund["id"][-REFERENCE_DIGITS:])
    card["reference_status"] = "available"
    _updated(mode, refund, before)


def fail(mode: Mode, refund: Json, reason: str = FAILURE) -> None:
    """The money came back: the refund failed, even if it had succeeded. Does nothing twice."""
    if refund["status"] not in {"pending", "succeeded"}:
        return
    before = {"status": refund["status"]}
    refund.pop("pending_reason", None)
    kind = "refund_failure" if refund["id"].startswith("re_") else "payment_failure_refund"
    refund.update(status="failed", failure_reason=reason)
    if refund["balance_transaction"] is not None:  # nothing comes back of what never left
        refund["failure_balance_transaction"] = _row(mode, refund, kind, refund["amount"])["id"]
    charge = mode.objects[refund["charge"]]
    charged = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    emit(mode, "refund.failed", refund)
    _updated(mode, refund, before)
    emit(mode, "charge.updated", charge, charged)


def _updated(mode: Mode, refund: Json, before: Json) -> None:
    emit(mode, "refund.updated", refund, before)
    emit(mode, "charge.refund.updated", refund, before)  # the older name, still sent


@duty("refund_settle")
def _settle_due(mode: Mode, data: Json) -> None:
    if (refund := mode.get("refund", data["refund"])) is not None:
        settle(mode, refund)


@duty("refund_refer")
def _refer_due(mode: Mode, data: Json) -> None:
    if (refund := mode.get("refund", data["refund"])) is not None:
        refer(mode, refund)


@duty("refund_fail")
def _fail_due(mode: Mode, data: Json) -> None:
    if (refund := mode.get("refund", data["refund"])) is not None:
        fail(mode, refund)


@move("settle", "refund")
def _settle_now(mode: Mode, refund: Json, _code: str | None) -> Json:
    if refund["status"] != "pending":
        raise Impossible(f"This refund is {refund['status']}: there is nothing to settle.")
    settle(mode, refund)
    return refund


@move("fail", "refund")
@move("refund_fail", "refund")
def _fail_now(mode: Mode, refund: Json, code: str | None) -> Json:
    if refund["status"] not in {"pending", "succeeded"}:
        raise Impossible(f"This refund is {refund['status']}: it cannot fail.")
    fail(mode, refund, code or FAILURE)
    return refund

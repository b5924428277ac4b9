"""Payments: all of them, one of them, refunding it, moving one that waits, and one that somebody else made."""

import uuid
from itertools import islice

from starlette.responses import Response

from stripe_simulator import ids
from stripe_simulator.control.payments import elsewhere
from stripe_simulator.dashboard import moving
from stripe_simulator.dashboard.shell import Shell, Visit, fields, find, go, minor, moment, plain
from stripe_simulator.errors import StripeError
from stripe_simulator.hosted.texts import TEXTS as METHODS, money
from stripe_simulator.moves import verbs
from stripe_simulator.payments.disputing import blocks_refunds
from stripe_simulator.payments.refunding import new_refund
from stripe_simulator.resources.refunds import check
from stripe_simulator.types import Json
from stripe_simulator.world import Cause

SHOWN = 100  # rows
OTHERWISE = ("settle", "fail", "refund")  # moves that the page shows in its own forms


class PaymentPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def listing(self, visit: Visit, error: str | None = None) -> Response:
        rows = [_row(visit, intent) for intent in islice(visit.mode.all("payment_intent"), SHOWN)]
        return self.shell.page(visit, "payments", here="payments", rows=rows, error=error, status=400 if error else 200)

    async def make(self, visit: Visit) -> Response:
        """A payment as somebody else would make it."""
        sent = await fields(visit)
        currency = sent.get("currency", "eur").lower() or "eur"
        amount = minor(sent.get("amount", ""), currency)
        if amount is None:
            return await self.listing(visit, visit.words["bad_amount"])
        try:
            intent = elsewhere(visit.mode, amount, currency, description=sent.get("description"))
        except StripeError:
            return await self.listing(visit, visit.words["payment_refused"])
        return go(visit, f"/payments/{intent['id']}")

    async def show(self, visit: Visit, error: str | None = None, why: str = "") -> Response:
        intent = find(visit.mode, "payment_intent", visit.request.path_params["payment"])
        if intent is None:
            return self.shell.missing(visit, "payments")
        charge = visit.mode.get("charge", intent["latest_charge"] or "")
        events = [event for event in visit.mode.all("event") if _about(event, intent)]
        return self.shell.page(
            visit,
            "payment",
            here="payments",
            status=400 if error else 200,
            error=error,
            why=why,
            payment=_row(visit, intent),
            facts=_facts(visit, intent, charge),
            refunds=_refunds(visit, charge),
            left=_left(visit, charge),
            waits=intent["status"] == "processing",
            moves=_moves(visit, intent, charge),
            events=[{"id": e["id"], "type": e["type"], "time": moment(e["created"])} for e in reversed(events)],
        )

    async def refund(self, visit: Visit) -> Response:
        """Gives back an amount, or all that is left when none is typed."""
        intent = find(visit.mode, "payment_intent", visit.request.path_params["payment"])
        charge = visit.mode.get("charge", (intent or {}).get("latest_charge") or "")
        if intent is None or charge is None:
            return self.shell.missing(visit, "payments")
        typed = (await fields(visit)).get("amount", "")
        amount = minor(typed, charge["currency"]) if typed else None
        if typed and amount is None:
            return await self.show(visit, visit.words["bad_amount"])
        try:
            wanted = check(visit.mode, charge, amount)
        except StripeError:
            return await self.show(visit, visit.words["refund_refused"])
        with visit.mode.caused_by(Cause(ids.make("req"), str(uuid.uuid4()))):
            new_refund(visit.mode, charge, wanted, {"reason": "requested_by_customer"})
        return go(visit, f"/payments/{intent['id']}")

    async def move(self, visit: Visit) -> Response:
        """Ends the wait of a delayed payment, or whatever else the intent's type or the charge's knows."""
        intent = find(visit.mode, "payment_intent", visit.request.path_params["payment"])
        if intent is None:
            return self.shell.missing(visit, "payments")
        sent = await fields(visit)
        charge = visit.mode.get("charge", intent["latest_charge"] or "")
        moved = charge if charge and sent.get("do") not in verbs(intent["object"]) else intent
        hindered = moving.do(visit, moved, sent)
        if hindered:
            return await self.show(visit, *hindered)
        return go(visit, f"/payments/{intent['id']}")


def _moves(visit: Visit, intent: Json, charge: Json | None) -> list[Json]:
    """Of the intent, and those of its charge that the intent does not know."""
    own = moving.offered(visit, intent, *OTHERWISE)
    if charge is None:
        return own
    return own + moving.offered(visit, charge, *OTHERWISE, *verbs(intent["object"]))


def _row(visit: Visit, intent: Json) -> Json:
    charge = visit.mode.get("charge", intent["latest_charge"] or "") or {}
    method = visit.mode.get("payment_method", charge.get("payment_method") or "")
    return {
        "id": intent["id"],
        "amount": money(intent["amount"], intent["currency"], visit.lang),
        "currency": intent["currency"].upper(),
        "state": _state(intent, charge),
        "description": intent["description"] or "",
        "method": _method(method, visit.lang) if method else "",
        "time": moment(intent["created"]),
    }


def _state(intent: Json, charge: Json) -> str:
    if charge.get("refunded"):
        return "refunded"
    if charge.get("amount_refunded"):
        return "partially_refunded"
    status: str = intent["status"]
    return "failed" if status == "requires_payment_method" and intent["last_payment_error"] else status


def _method(method: Json, lang: str) -> str:
    kind: str = method["type"]
    details = method[kind]
    name = str(details["brand"]).title() if "brand" in details else METHODS[lang][kind]
    return f"{name} •••• {details['last4']}" if details.get("last4") else name


def _facts(visit: Visit, intent: Json, charge: Json | None) -> list[tuple[str, str]]:
    """What is known of a payment: a word of the page, and its value."""
    mode, words = visit.mode, visit.words
    row = mode.get("balance_transaction", (charge or {}).get("balance_transaction") or "")
    session = mode.facts(intent["id"]).get("session")
    failure = intent["last_payment_error"] or {}
    found = [
        (words["description"], intent["description"]),
        (words["customer"], intent["customer"]),
        (words["fee"], money(row["fee"], row["currency"], visit.lang) if row else None),
        (words["net"], money(row["net"], row["currency"], visit.lang) if row else None),
        (words["failure"], failure.get("message")),
        (words["charge"], charge["id"] if charge else None),
        (words["session"], session),
        (words["metadata"], ", ".join(f"{key}={value}" for key, value in intent["metadata"].items())),
    ]
    return [(word, str(value)) for word, value in found if value]


def _refunds(visit: Visit, charge: Json | None) -> list[Json]:
    if charge is None:
        return []
    return [
        {
            "id": refund["id"],
            "amount": money(refund["amount"], refund["currency"], visit.lang),
            "state": refund["status"],
            "time": moment(refund["created"]),
        }
        for refund in visit.mode.all("refund")
        if refund["charge"] == charge["id"]
    ]


def _left(visit: Visit, charge: Json | None) -> Json | None:
    """What can still be given back, for the form; nothing when there is none."""
    if charge is None or not charge["paid"] or charge["refunded"] or blocks_refunds(visit.mode, charge):
        return None
    amount = charge["amount"] - charge["amount_refunded"]
    return {
        "plain": plain(amount, charge["currency"], visit.lang),
        "shown": money(amount, charge["currency"], visit.lang),
    }


def _about(event: Json, intent: Json) -> bool:
    thing = event["data"]["object"]
    return intent["id"] in {thing["id"], thing.get("payment_intent")}

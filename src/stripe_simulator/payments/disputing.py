"""A dispute's life: opened, answered, won or lost, perhaps appealed; an inquiry closed or escalated."""

from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid
from stripe_simulator.payments import claims, enhanced, warning
from stripe_simulator.payments.claims import Claim
from stripe_simulator.resources.balance_transactions import new_row
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

AFTER = 3.0  # seconds from the payment to its dispute: the charge has its balance transaction by then
BETWEEN = 2.0  # seconds from one dispute of a charge to the next
VERDICT = 5.0  # seconds from evidence with a magic word to the bank's answer
WON, LOST, ESCALATED = "winning_evidence", "losing_evidence", "escalate_inquiry_evidence"
WAITS = ("needs_response", "warning_needs_response", "appeal_needs_response")
REVIEWED = {
    "needs_response": "under_review",
    "warning_needs_response": "warning_under_review",
    "appeal_needs_response": "appeal_under_review",
}
OPEN = (*WAITS, *REVIEWED.values())


def open_dispute(mode: Mode, charge: Json, claim: Claim) -> Json | None:
    """Dispute a charge; nothing when it was given back in full before."""
    amount = min(charge["amount"] // claim.part, _disputable(mode, charge))
    if amount < 1:
        return None
    dispute = claims.new_dispute(mode, charge, claim, amount)
    charge["disputed"] = True
    emit(mode, "charge.dispute.created", dispute)
    if not claim.inquiry:
        _withdraw(mode, dispute)
    warning.calm(mode, charge)
    if dispute["evidence_details"]["due_by"]:
        _expect(mode, dispute)
    else:
        lose(mode, dispute)  # a debit: the bank has decided, nobody can answer
    return dispute


def _disputable(mode: Mode, charge: Json) -> int:
    """Minor units of a charge that were neither given back nor are disputed already."""
    taken = sum(each["amount"] for each in of_charge(mode, charge) if each["status"] != "warning_closed")
    left: int = charge["amount"] - charge["amount_refunded"] - taken
    return left


def of_charge(mode: Mode, charge: Json) -> list[Json]:
    return [each for each in mode.all("dispute") if each["charge"] == charge["id"]]


def blocks_refunds(mode: Mode, charge: Json) -> bool:
    """Whether the bank holds the money of this charge: not for an inquiry, and no longer once it was won."""
    return charge["disputed"] and any(not each["is_charge_refundable"] for each in of_charge(mode, charge))


def _expect(mode: Mode, dispute: Json) -> None:
    due = dispute["evidence_details"]["due_by"]
    plan(mode, due + 1, "dispute_overdue", dispute=dispute["id"], until=due)


def _move_money(mode: Mode, dispute: Json, kind: str, amount: int, cost: int = 0) -> None:
    """Book a row and announce it by `charge.dispute.` and `kind`. `amount`: minor units of the dispute's currency."""
    back = amount > 0
    # the rows may be of another currency, in which the account settles
    mode.facts(dispute["id"])["held"] = missing(mode, dispute) - amount
    row = new_row(
        mode,
        "adjustment",
        dispute["id"],
        amount=amount,
        currency=dispute["currency"],
        cost=cost,
        description=f"Chargeback {'reversal' if back else 'withdrawal'} for {dispute['charge']}",
        category="dispute_reversal" if back else "dispute",
    )
    for part in row["fee_details"]:
        part["description"] = "Dispute fee"
    before = {"balance_transactions": list(dispute["balance_transactions"])}
    dispute["balance_transactions"] = [*dispute["balance_transactions"], row]
    emit(mode, f"charge.dispute.{kind}", dispute, before)


def _withdraw(mode: Mode, dispute: Json) -> None:
    card = dispute["payment_method_details"] is not None
    _move_money(mode, dispute, "funds_withdrawn", -dispute["amount"], claims.FEE if card else claims.SEPA_FEE)


def submit(mode: Mode, dispute: Json) -> Json:
    """Send the evidence to the bank; returns what was before. A magic word in it brings the verdict seconds later."""
    details = dispute["evidence_details"]
    before = {"evidence_details": dict(details), "status": dispute["status"]}
    text: str = dispute["evidence"]["uncategorized_text"] or ""
    if dispute["status"] == "appeal_needs_response":
        text = ((dispute["evidence"]["appeal"] or {}).get("card") or {}).get("reason_for_filing") or text
    details["submission_count"] += 1
    details.update(has_evidence=True, submission_method="manual", past_due=_late(mode, details))
    dispute["status"] = REVIEWED[dispute["status"]]
    for word in (WON, LOST, ESCALATED):
        if word in text:
            due = mode.world.clock.now() + VERDICT
            plan(mode, due, "dispute_verdict", dispute=dispute["id"], word=word)
            break
    return before


def _late(mode: Mode, details: Json) -> bool:
    return bool(mode.world.clock.seconds() > details["due_by"])


@duty("dispute_verdict")
def _verdict_due(mode: Mode, data: Json) -> None:
    dispute = mode.get("dispute", data["dispute"])
    if dispute is None or dispute["status"] not in REVIEWED.values():
        return
    if data["word"] == ESCALATED and is_inquiry(dispute):
        escalate(mode, dispute)
    elif data["word"] == WON:
        win(mode, dispute)
    elif data["word"] == LOST:
        lose(mode, dispute)


@duty("dispute_overdue")
def _overdue(mode: Mode, data: Json) -> None:
    dispute = mode.get("dispute", data["dispute"])
    if dispute is None or dispute["status"] not in WAITS or dispute["evidence_details"]["due_by"] != data["until"]:
        return
    lose(mode, dispute)


def is_inquiry(dispute: Json) -> bool:
    return str(dispute["status"]).startswith("warning_")


def win(mode: Mode, dispute: Json, back: int | None = None) -> None:
    """The bank sides with the business. `back` is what returns, in minor units: all that is missing if not given."""
    before = {"is_charge_refundable": dispute["is_charge_refundable"], "status": dispute["status"]}
    if is_inquiry(dispute):
        _close(mode, dispute, "warning_closed", before)
        return
    dispute.update(status="won", is_charge_refundable=True)
    amount = missing(mode, dispute) if back is None else back
    if amount:
        _move_money(mode, dispute, "funds_reinstated", amount)
    emit(mode, "charge.dispute.closed", dispute, before)


def missing(mode: Mode, dispute: Json) -> int:
    """What the bank holds: minor units of the dispute's currency."""
    held: int = mode.facts(dispute["id"]).get("held", 0)
    return held


def lose(mode: Mode, dispute: Json) -> None:
    """The bank sides with the customer; an inquiry is closed without moving money."""
    before = {"status": dispute["status"]}
    _close(mode, dispute, "warning_closed" if is_inquiry(dispute) else "lost", before)


def _close(mode: Mode, dispute: Json, status: str, before: Json) -> None:
    dispute["status"] = status
    emit(mode, "charge.dispute.closed", dispute, {name: was for name, was in before.items() if dispute[name] != was})


def escalate(mode: Mode, dispute: Json) -> None:
    """An inquiry becomes a chargeback: its evidence counts as not submitted, and what was not given back leaves."""
    details = dispute["evidence_details"]
    charge = mode.objects[dispute["charge"]]
    card = {**dispute["payment_method_details"]["card"], "case_type": "chargeback"}
    told = {**dispute["payment_method_details"], "card": card}
    eligibility = enhanced.eligibility(mode, charge, dispute["reason"], told)
    fresh = {"due_by": claims.due_by(mode), "submission_count": 0, "submission_method": "not_submitted"}
    after = {
        "amount": min(dispute["amount"], charge["amount"] - charge["amount_refunded"]),
        "enhanced_eligibility_types": list(eligibility),
        "evidence_details": {**details, **fresh, "enhanced_eligibility": eligibility},
        "is_charge_refundable": False,
        "payment_method_details": told,
        "status": "needs_response",
    }
    before = {name: dispute[name] for name, value in after.items() if dispute[name] != value}
    dispute.update(after)
    emit(mode, "charge.dispute.updated", dispute, before)
    _withdraw(mode, dispute)
    _expect(mode, dispute)


def appeal(mode: Mode, dispute: Json) -> None:
    """The bank was not convinced, and the network lets the business ask once more; the money stays away meanwhile."""
    names = ("evidence", "evidence_details", "status")
    before = {name: dispute[name] for name in names}
    dispute.update(
        evidence={**dispute["evidence"], "appeal": {"card": {"reason_for_filing": None, "supporting_files": None}}},
        evidence_details={**dispute["evidence_details"], "due_by": claims.due_by(mode)},
        status="appeal_needs_response",
    )
    emit(mode, "charge.dispute.updated", dispute, before)
    _expect(mode, dispute)


def refuse_closed(dispute: Json) -> None:
    """Raises StripeError when nothing can be said about this dispute any more."""
    if dispute["status"] not in OPEN:
        raise invalid("This dispute is already closed")


def refunded(mode: Mode, charge: Json) -> None:
    """The charge was given back in full: inquiries have no object any more."""
    for dispute in of_charge(mode, charge) if charge["disputed"] and charge["refunded"] else ():
        if is_inquiry(dispute) and dispute["status"] != "warning_closed":
            lose(mode, dispute)


def plan_disputes(mode: Mode, charge: Json, found: tuple[Claim, ...]) -> None:
    """What the test card or account brings about, a moment after the payment."""
    for index, claim in enumerate(found):
        due = mode.world.clock.now() + AFTER + BETWEEN * index
        data = {"charge": charge["id"], "reason": claim.reason, "inquiry": claim.inquiry, "part": claim.part}
        plan(mode, due, "dispute", **data)


@duty("dispute")
def _dispute_due(mode: Mode, data: Json) -> None:
    if (charge := mode.get("charge", data["charge"])) is not None:
        open_dispute(mode, charge, Claim(data["reason"], data["inquiry"], data["part"]))

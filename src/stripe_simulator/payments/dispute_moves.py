"""What a hand can do to disputes: the customer's bank opens one, decides it, turns an inquiry into a chargeback."""

from stripe_simulator.moves import Impossible, move
from stripe_simulator.payments import claims, disputing
from stripe_simulator.payments.claims import Claim
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

INQUIRY = "inquiry"


def paid_charge(mode: Mode, thing: Json) -> Json:
    """The charge of a payment that money was taken for. Raises Impossible."""
    charge = thing if thing["object"] == "charge" else mode.get("charge", thing["latest_charge"] or "")
    if charge is None or charge["status"] != "succeeded" or not charge["captured"]:
        raise Impossible("Nothing was paid here: there is nothing to dispute.")
    return charge


@move("dispute", "payment_intent", "charge")
def _dispute(mode: Mode, thing: Json, code: str | None) -> Json:
    """`code` is a reason of Stripe's (fraudulent when none is given), or `inquiry`."""
    charge = paid_charge(mode, thing)
    card = charge["payment_method_details"]["type"] == "card"
    if code is not None and code != INQUIRY and code not in {*claims.CODES, claims.UNAUTHORIZED}:
        raise Impossible(f"Unknown reason: {code}. Known: {', '.join([INQUIRY, *claims.CODES, claims.UNAUTHORIZED])}.")
    if code == INQUIRY:
        if not card:
            raise Impossible("Only banks of cards inquire: a debit is disputed at once.")
        claim = Claim(claims.UNRECOGNIZED, inquiry=True)
    else:
        claim = Claim(code or (claims.FRAUD if card else claims.UNAUTHORIZED))
    dispute = disputing.open_dispute(mode, charge, claim)
    if dispute is None:
        raise Impossible("All of this payment was given back or is disputed already.")
    return dispute


@move("win", "dispute")
def _win(mode: Mode, dispute: Json, code: str | None) -> Json:
    """`code` is the part that comes back, in minor units, when it is not all of it."""
    _open(dispute)
    held = disputing.missing(mode, dispute)
    if code is not None and not (code.isascii() and code.isdigit() and 0 < int(code) <= held):
        raise Impossible(f"What comes back is between 1 and {held}.")
    disputing.win(mode, dispute, int(code) if code else None)
    return dispute


@move("lose", "dispute")
def _lose(mode: Mode, dispute: Json, _code: str | None) -> Json:
    _open(dispute)
    disputing.lose(mode, dispute)
    return dispute


@move("escalate", "dispute")
def _escalate(mode: Mode, dispute: Json, _code: str | None) -> Json:
    _open(dispute)
    if not disputing.is_inquiry(dispute):
        raise Impossible("Only an inquiry can become a chargeback.")
    disputing.escalate(mode, dispute)
    return dispute


@move("appeal", "dispute")
def _appeal(mode: Mode, dispute: Json, _code: str | None) -> Json:
    if dispute["status"] not in {"under_review", "lost"} or not dispute["evidence_details"]["submission_count"]:
        raise Impossible("Only a dispute that evidence was submitted for and that was not won can be appealed.")
    disputing.appeal(mode, dispute)
    return dispute


def _open(dispute: Json) -> None:
    if dispute["status"] not in disputing.OPEN:
        raise Impossible(f"This dispute is {dispute['status']}: it was decided already.")

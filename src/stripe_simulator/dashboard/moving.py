"""What a hand can do to an object, as buttons: whatever its type knows, so that a new move appears by itself."""

from collections.abc import Callable

from stripe_simulator.dashboard.shell import Visit
from stripe_simulator.moves import MOVES, Impossible, verbs
from stripe_simulator.types import Json

# what would only be refused is not offered; a move that is not named here is always offered
OFFERED: dict[tuple[str, str], Callable[[Json], bool]] = {
    ("payment_intent", "settle"): lambda thing: thing["status"] == "processing",
    ("payment_intent", "fail"): lambda thing: thing["status"] == "processing",
    ("payment_intent", "dispute"): lambda thing: thing["status"] == "succeeded",
    ("payment_intent", "warn"): lambda thing: thing["status"] == "succeeded",
    ("charge", "settle"): lambda thing: thing["status"] == "pending",
    ("charge", "fail"): lambda thing: thing["status"] == "pending",
    ("charge", "dispute"): lambda thing: thing["status"] == "succeeded",
    ("charge", "warn"): lambda thing: thing["status"] == "succeeded",
    ("checkout.session", "settle"): lambda thing: (thing["status"], thing["payment_status"]) == ("complete", "unpaid"),
    ("checkout.session", "fail"): lambda thing: (thing["status"], thing["payment_status"]) == ("complete", "unpaid"),
    ("checkout.session", "expire"): lambda thing: thing["status"] == "open",
    ("refund", "settle"): lambda thing: thing["status"] == "pending",
    ("refund", "fail"): lambda thing: thing["status"] == "pending",
    ("refund", "refund_fail"): lambda thing: thing["status"] in {"pending", "succeeded"},
    ("dispute", "win"): lambda thing: thing["status"] not in {"won", "lost", "warning_closed", "prevented"},
    ("dispute", "lose"): lambda thing: thing["status"] not in {"won", "lost", "warning_closed", "prevented"},
    ("dispute", "escalate"): lambda thing: thing["status"] in {"warning_needs_response", "warning_under_review"},
    ("dispute", "appeal"): lambda thing: thing["status"] in {"under_review", "lost"},
    ("payout", "settle"): lambda thing: thing["status"] in {"pending", "in_transit"},
    ("payout", "fail"): lambda thing: thing["status"] in {"pending", "in_transit", "paid"},
    ("account", "onboard"): lambda thing: not thing["details_submitted"],
    ("mandate", "revoke"): lambda thing: thing["status"] == "active",
}


def offered(visit: Visit, thing: Json, *besides: str) -> list[Json]:
    """The buttons of an object's page: verb and label; `besides` are verbs that the page shows in another way."""
    kind = thing["object"]
    found = [verb for verb in verbs(kind) if verb not in besides]
    return [
        {"verb": verb, "label": visit.words.get(f"move_{verb}", verb.replace("_", " "))}
        for verb in found
        if (kind, verb) not in OFFERED or OFFERED[kind, verb](thing)
    ]


def do(visit: Visit, thing: Json, sent: dict[str, str]) -> tuple[str, str] | None:
    """Do what was pressed. What hinders it: our sentence, and the simulator's own English one (or nothing)."""
    deed = MOVES.get((thing["object"], sent.get("do", "")))
    if deed is None:
        return visit.words["unknown_move"], ""
    try:
        deed(visit.mode, thing, sent.get("code") or None)
    except Impossible as why:
        return visit.words["impossible"], str(why)
    return None

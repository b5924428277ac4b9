"""`expand[]`: ids in an answer replaced by the objects they name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_simulator.errors import malformed
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

DEEPEST = 4  # levels, as Stripe allows
Included = Callable[[Mode, Json], Json]
# The object, and the permission that its place asks for; '': only the object's own.
Allow = Callable[[Json, str], None]
Shape = Callable[[Json], Json]
# lists that an object carries only when they are asked for: {("charge", "refunds"): function}
INCLUDED: dict[tuple[str, str], Included] = {}
# Of what a row was booked for: a permission of its own (docs.stripe.com/stripe-apps/reference/permissions).
OF_PLACE = {("balance_transaction", "source"): "rak_balance_transaction_source_read"}
LEFT_OUT = {("refund", "failure_balance_transaction")}  # carried only where there is one: asking for it is no mistake


def included(kind: str, field: str) -> Callable[[Included], Included]:
    """Register a list that `expand` may add to an object."""

    def register(function: Included) -> Included:
        INCLUDED[kind, field] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Rules:
    mode: Mode
    allow: Allow  # may refuse an object
    shape: Shape  # an object as the version of the request shows it


def expand(mode: Mode, answer: Json, paths: list[str], allow: Allow, shape: Shape) -> Json:
    """A copy of `answer` with each path expanded; what is stored stays as it is."""
    rules = Rules(mode, allow, shape)
    for path in paths:
        parts = path.split(".")
        levels = len(parts) - (parts[0] == "data")
        if levels > DEEPEST:
            raise malformed(f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}")
        answer = _step(rules, answer, parts, path)
    return answer


def _step(rules: Rules, value: Any, parts: list[str], path: str) -> Any:
    if isinstance(value, list):
        return [_step(rules, item, parts, path) for item in value]
    if not isinstance(value, dict) or not parts:
        return value
    name, rest = parts[0], parts[1:]
    extra = INCLUDED.get((value.get("object", ""), name))
    if extra is not None and name not in value:
        return {**value, name: _step(rules, rules.shape(extra(rules.mode, value)), rest, path)}
    if name not in value and (value.get("object"), name) in LEFT_OUT:
        return value
    if name not in value:
        if _of_any_kind(parts, path):
            return value
        raise malformed(f"This property cannot be expanded ({path}).", param="expand")
    inner = value[name]
    if isinstance(inner, str):
        found = rules.mode.objects.get(inner)
        if found is None or name == "id":
            raise malformed(f"This property cannot be expanded ({path}).", param="expand")
        rules.allow(found, OF_PLACE.get((value.get("object", ""), name), ""))
        inner = rules.shape(found)
    elif not rest and inner is not None and not (isinstance(inner, dict) and "object" in inner):
        raise malformed(f"This property cannot be expanded ({path}).", param="expand")
    return {**value, name: _step(rules, inner, rest, path)}


def _of_any_kind(rest: list[str], path: str) -> bool:
    """Whether a path leads through a `source`, which is of one kind in this row and of another in the next: where one has no such
    property, Stripe expands it in the others (`data.source.payment_intent` in a list with payouts).
    """
    before = path.split(".")[: -len(rest)]
    return bool(before) and before[-1] == "source"

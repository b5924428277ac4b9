"""What a hand can do to an object from outside, by the control API or the dashboard: settle, fail, expire and the like."""

from collections.abc import Callable

from stripe_simulator.types import Json
from stripe_simulator.world import Mode

Move = Callable[[Mode, Json, str | None], Json]
MOVES: dict[tuple[str, str], Move] = {}  # by object type and verb


class Impossible(Exception):  # noqa: N818 - a state, not a fault
    """The object is not in a state for this; the message says so in a sentence."""


def move(verb: str, *kinds: str) -> Callable[[Move], Move]:
    """Mark a function as what `verb` does to objects of these types.

    It gets the mode, the object and the caller's `code` (None when none was given), returns what the caller is shown, and
    raises Impossible.
    """

    def register(run: Move) -> Move:
        for kind in kinds:
            if MOVES.setdefault((kind, verb), run) is not run:
                raise RuntimeError(f"Two moves {verb} a {kind}.")
        return run

    return register


def verbs(kind: str) -> list[str]:
    """What can be done to objects of this type, in the order of the alphabet."""
    return sorted(verb for known, verb in MOVES if known == kind)

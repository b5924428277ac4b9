"""Faults on demand: what a network or a server may do to a request."""

import re
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from stripe_simulator.types import Json

FORM = re.compile(r"status:[1-5][0-9][0-9]|stored(_after)?:5[0-9][0-9]|drop_before|drop_after|delay:[0-9]{1,6}|garbage")
STORED, AFTER = "stored:", "stored_after:"  # the operation has begun: an idempotency key remembers the answer


@dataclass(slots=True)
class Rule:
    """Applies to the `nth` matching request (1 is the next) and to `times` - 1 more after it."""

    do: str
    method: str = "*"
    path: str = "*"
    nth: int = 1
    times: int = 1
    seen: int = 0

    def strikes(self, method: str, path: str) -> bool:
        if not (fnmatchcase(method, self.method.upper()) and fnmatchcase(path, self.path)):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Faults:
    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules.clear()

    def strike(self, method: str, path: str) -> str | None:
        """What happens to this request. Every rule counts it; the first that strikes decides."""
        struck = [rule.do for rule in self.rules if rule.strikes(method, path)]
        return struck[0] if struck else None

    def entries(self) -> list[Json]:
        return [asdict(rule) for rule in self.rules]

    def load(self, saved: list[Json]) -> None:
        """What `entries` gave, with what each rule has counted so far."""
        self.rules = [Rule(**item) for item in saved]


def amount(do: str) -> int:
    """The figure in `status:429` or `delay:250` (milliseconds)."""
    return int(do.partition(":")[2])


def wait(do: str | None) -> int:
    """Milliseconds that a fault makes a request wait; none for any other."""
    return amount(do) if do is not None and do.startswith("delay:") else 0

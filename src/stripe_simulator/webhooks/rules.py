"""What a careless network does to deliveries, on demand."""

import random
import re

FORM = re.compile(r"drop|duplicate|shuffle|none|delay:[0-9]{1,7}(\.[0-9]{1,3})?")
SHUFFLED_OVER = 1.5  # seconds


class DeliveryRule:
    """`none` is the plain rule: everything goes out as it should."""

    def __init__(self) -> None:
        self.rule = "none"
        self._random = random.Random(20261028)  # noqa: S311 - a fixed order of confusion can be repeated

    def waits(self) -> list[float]:
        """One entry for each copy to send: how many seconds it waits. Empty: the attempt never leaves."""
        if self.rule == "drop":
            return []
        if self.rule == "duplicate":
            return [0.0, 0.0]
        if self.rule == "shuffle":
            return [self._random.uniform(0, SHUFFLED_OVER)]
        if self.rule.startswith("delay:"):
            return [float(self.rule.partition(":")[2])]
        return [0.0]

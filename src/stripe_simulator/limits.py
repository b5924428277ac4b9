"""Stripe's rate limits, by wall time, once a caller has switched them on."""

import time
from collections import Counter

from stripe_simulator.errors import StripeError
from stripe_simulator.world import Limits


class Meter:
    """Counts requests of the running second, in all and for each operation."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: Counter[str] = Counter()

    def count(self, limits: Limits, operation: str) -> None:
        if limits.per_second is None and limits.per_endpoint is None:
            return
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        self._counts[""] += 1
        self._counts[operation] += 1
        if limits.per_second is not None and self._counts[""] > limits.per_second:
            raise _too_many("global-rate")
        if limits.per_endpoint is not None and self._counts[operation] > limits.per_endpoint:
            raise _too_many("endpoint-rate")


def _too_many(reason: str) -> StripeError:
    return StripeError(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        validation=True,
        headers={"Stripe-Rate-Limited-Reason": reason},
    )

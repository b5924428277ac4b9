"""Stripe's rate limits, by wall time, once a caller has switched them on.

Stripe's own figures: 25 requests a second in a sandbox, 100 in live mode, and 25 for one endpoint, where
`GET /v1/payment_intents/{id}` is one endpoint for all ids [docs.stripe.com/rate-limits].
"""

import time
from collections import Counter

from stripe_simulator.errors import StripeError
from stripe_simulator.world import Limits

STRIPE = Limits(per_second=25, per_endpoint=25, live_per_second=100)


class Meter:
    """Counts requests of the running second, for each mode: in all, and for each operation."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, limits: Limits, mode: str, operation: str) -> None:
        """Raise StripeError (429) when the account, or this operation, has had enough for this second."""
        most = limits.live_per_second if mode == "live" and limits.live_per_second else limits.per_second
        if most is None and limits.per_endpoint is None:
            return
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        self._counts[mode, ""] += 1
        self._counts[mode, operation] += 1
        if most is not None and self._counts[mode, ""] > most:
            raise _too_many("global-rate")
        if limits.per_endpoint is not None and self._counts[mode, operation] > limits.per_endpoint:
            raise _too_many("endpoint-rate")


def _too_many(reason: str) -> StripeError:
    return StripeError(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        validation=True,
        headers={"Stripe-Rate-Limited-Reason": reason},
    )

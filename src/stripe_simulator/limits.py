"""Stripe's rate limits, by wall time, once a caller has switched them on.

Stripe's own figures: 25 requests a second in a sandbox, 100 in live mode, and 25 for one endpoint, where
`GET /v1/payment_intents/{id}` is one endpoint for all ids; 20 for search and 20 for files, in all; 1,000 updates of one PaymentIntent
an hour [docs.stripe.com/rate-limits].
"""

import re
import time
from collections import Counter

from stripe_simulator.errors import StripeError
from stripe_simulator.world import Limits

STRIPE = Limits(per_second=25, per_endpoint=25, live_per_second=100, narrow_per_second=20, updates_per_hour=1000)
HOUR = 3600  # seconds
UPDATE = re.compile(r"/v1/payment_intents/([^/]+)(?:/.*)?")
MESSAGE = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."


NONE = Limits()


class Meter:
    """Counts requests of the running second, for each mode: in all, and for each operation."""

    def __init__(self) -> None:
        self._second = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._hour = 0
        self._updates: Counter[str] = Counter()

    def count(self, limits: Limits, mode: str, operation: str, *, method: str = "GET", path: str = "") -> None:
        """Raise StripeError (429) when the account, this operation, or what `path` names has had enough for this while."""
        if limits == NONE:
            return
        if limits.updates_per_hour is not None and method == "POST" and (named := UPDATE.fullmatch(path)):
            self._count_update(named[1], limits.updates_per_hour)
        most = limits.live_per_second if mode == "live" and limits.live_per_second else limits.per_second
        second = int(time.monotonic())
        if second != self._second:
            self._second = second
            self._counts.clear()
        self._counts[mode, ""] += 1
        self._counts[mode, operation] += 1
        if most is not None and self._counts[mode, ""] > most:
            raise too_many("global-rate")
        if limits.per_endpoint is not None and self._counts[mode, operation] > limits.per_endpoint:
            raise too_many("endpoint-rate")
        narrow = "search" if path.endswith("/search") else "files" if path.startswith("/v1/files") else ""
        if narrow and limits.narrow_per_second is not None:
            self._counts[mode, narrow] += 1
            if self._counts[mode, narrow] > limits.narrow_per_second:
                raise too_many("endpoint-rate")

    def _count_update(self, identifier: str, most: int) -> None:
        hour = int(time.monotonic()) // HOUR
        if hour != self._hour:
            self._hour = hour
            self._updates.clear()
        self._updates[identifier] += 1
        if self._updates[identifier] > most:
            raise too_many("resource-specific")


def too_many(reason: str) -> StripeError:
    """Refused for a while; `reason` is a word of Stripe's header."""
    return StripeError(
        429,
        MESSAGE,
        code="rate_limit",
        validation=True,
        headers={"Stripe-Rate-Limited-Reason": reason},
    )

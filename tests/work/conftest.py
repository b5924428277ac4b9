"""Jobs and deliveries are tested with the simulator where a payment is in the way."""

from __future__ import annotations

from tests.stripe import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]

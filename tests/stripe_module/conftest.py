"""The Stripe module's tests run against the simulator, over HTTP alone."""

from __future__ import annotations

from tests.stripe import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]

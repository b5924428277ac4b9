"""Races of payments need the simulator."""

from __future__ import annotations

from tests.stripe import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]

"""Some of the kernel is tested with what stands on it."""

from __future__ import annotations

from tests.stripe import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]

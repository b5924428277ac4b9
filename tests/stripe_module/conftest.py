"""The Stripe module's tests run against the simulator, over HTTP alone."""

from __future__ import annotations

import pytest
from tests.stripe import stripe, stripe_server

__all__ = ["stripe", "stripe_server"]


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Each call notes whether Stripe answers, which costs one look at a table."""

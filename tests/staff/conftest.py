"""The team: Olive owns the counter, Vera reads, Sybil supports, Boris bills. Nobody's count of an earlier test is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import override_settings
from tests import builders

from comptoir.customers.models import User


@pytest.fixture(autouse=True)
def _fresh(db: None) -> None:
    """No count of an earlier test's."""
    cache.clear()


@pytest.fixture
def required() -> Iterator[None]:
    """A counter that asks its staff for a second factor."""
    with override_settings(STAFF_MFA_REQUIRED=True):
        yield


@pytest.fixture
def olive() -> User:
    """The owner."""
    builders.shop()
    return builders.owner()


@pytest.fixture
def vera() -> User:
    """Who may read."""
    builders.shop()
    return builders.staff("Vera", "read-only")

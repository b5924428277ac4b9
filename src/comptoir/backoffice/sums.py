"""Sums over many rows: fresh as long as they are quick, remembered for a minute once they are slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

SLOW_SECONDS = 0.2
REMEMBERED_SECONDS = 60

Sum = TypeVar("Sum")


def remembered(key: str, compute: Callable[[], Sum]) -> Sum:
    """Return what `compute` returns, or what it did less than a minute ago where that took long."""
    found: Sum | None = cache.get(key)
    if found is not None:
        return found
    began = time.monotonic()
    value = compute()
    if time.monotonic() - began > SLOW_SECONDS:
        cache.set(key, value, REMEMBERED_SECONDS)
    return value

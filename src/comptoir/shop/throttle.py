"""How often one visitor may ask: counted in the shared cache, over all web processes."""

from __future__ import annotations

import hashlib
import time

from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 60


def allowed(request: HttpRequest, *, what: str, limit: int) -> bool:
    """Count this request; False from the (limit + 1)th of a minute on, for one address and one thing."""
    window = int(time.time()) // WINDOW_SECONDS
    key = _key(f"{what}:{request.META.get('REMOTE_ADDR', '')}:{window}")
    if cache.add(key, 1, timeout=2 * WINDOW_SECONDS):
        return limit > 0
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it was cleared away between the two: a new count begins
        return cache.add(key, 1, timeout=2 * WINDOW_SECONDS)


def _key(text: str) -> str:
    """A token is a secret: the cache's table holds its digest only."""
    return f"throttle:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

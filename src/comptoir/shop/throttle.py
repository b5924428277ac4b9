"""How often one visitor may ask: counted in the shared cache, over all web processes."""

from __future__ import annotations

import hashlib
import time

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from comptoir.customers.accounts import PAUSE_SECONDS

WINDOW_SECONDS = 60
TOO_MANY = 429


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


def paused(request: HttpRequest) -> HttpResponse:
    """What allauth's throttles answer: what happened, and for how long; its longest pause is meant."""
    response = render(request, "429.html", {"five_minutes": True}, status=TOO_MANY)
    response["Retry-After"] = str(PAUSE_SECONDS)
    return response


def _key(text: str) -> str:
    """A token is a secret: the cache's table holds its digest only."""
    return f"throttle:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

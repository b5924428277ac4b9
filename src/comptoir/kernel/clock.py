"""Business time: what invoices, periods, due dates and retention go by.

Signatures, sign-in sessions, leases and retries use wall time; this clock is the one that a demo or a test moves, together with the
simulator's, by `COMPTOIR_CLOCK_URL`.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import urllib.request
from dataclasses import dataclass

import structlog

from comptoir.conf import conf

log = structlog.get_logger(__name__)
FRESH_SECONDS = 0.25


@dataclass
class _Reading:
    taken: float = 0.0
    offset: float = 0.0
    frozen_at: float | None = None


_reading = _Reading()
_guard = threading.Lock()


def now() -> dt.datetime:
    """Business time, UTC, aware."""
    if not conf().clock_url:
        return dt.datetime.now(dt.UTC)
    with _guard:
        if time.monotonic() - _reading.taken > FRESH_SECONDS:
            _read()
        seconds = time.time() + _reading.offset if _reading.frozen_at is None else _reading.frozen_at
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def today() -> dt.date:
    """The business day in the counter's time zone."""
    from django.utils import timezone

    return timezone.localdate(now())


def _read() -> None:
    """Read the moved clock; when it does not answer, the last offset stays in force."""
    try:
        with urllib.request.urlopen(conf().clock_url, timeout=1) as answer:  # noqa: S310 - an address of the operator's own
            said = json.load(answer)
    except (OSError, ValueError) as error:
        log.warning("clock unreachable, last offset kept", cause=type(error).__name__)
    else:
        _reading.offset = float(said["offset"])
        _reading.frozen_at = float(said["now"]) if said.get("frozen") else None
    _reading.taken = time.monotonic()

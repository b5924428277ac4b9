"""Idempotency keys: the first result of a POST is kept and given again."""

import hashlib
import json

from stripe_simulator.errors import StripeError
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

KEPT = 24 * 3600  # seconds of the simulator's clock
LONGEST = 255  # characters


def fingerprint(method: str, path: str, data: Json) -> str:
    canonical = json.dumps([method, path, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_length(key: str) -> None:
    if len(key) > LONGEST:
        raise StripeError(
            400,
            f"Idempotency keys may be at most {LONGEST} characters long, you provided {len(key)} characters.",
            kind="idempotency_error",
            validation=True,
        )


def begin(mode: Mode, key: str, mark: str) -> Json | None:
    """The stored result, or None once the key is ours to execute. Raises on a conflict."""
    if key in mode.in_flight:
        raise StripeError(
            409,
            f"There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later.",
            kind="idempotency_error",
            code="idempotency_key_in_use",
            validation=True,
        )
    _prune(mode)
    stored = mode.idempotency.get(key)
    if stored is None:
        mode.in_flight.add(key)
        return None
    if stored["fingerprint"] != mark:
        raise StripeError(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
            validation=True,
        )
    found: Json = stored
    return found


def keep(mode: Mode, key: str, mark: str, *, status: int, body: str, request_id: str) -> None:
    mode.idempotency[key] = {
        "fingerprint": mark,
        "status": status,
        "body": body,
        "request_id": request_id,
        "at": mode.world.clock.now(),
    }


def _prune(mode: Mode) -> None:
    # keys stand in the order of their first use, so the expired ones are at the front
    limit = mode.world.clock.now() - KEPT
    while mode.idempotency:
        oldest = next(iter(mode.idempotency))
        if mode.idempotency[oldest]["at"] > limit:
            return
        del mode.idempotency[oldest]

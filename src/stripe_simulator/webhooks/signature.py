"""`Stripe-Signature`: one v1 for each secret that lives."""

import hashlib
import hmac
import time

from stripe_simulator import ids
from stripe_simulator.types import Json
from stripe_simulator.world import Mode


def header(secrets: list[str], body: bytes) -> str:
    """Signed with wall time: a receiver compares it with its own clock, not with ours."""
    moment = int(time.time())
    signed = f"{moment}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={digest}" for digest in digests)])


def living(mode: Mode, endpoint: str) -> list[str]:
    """The newest secret first, then those before it while they overlap."""
    return [item["value"] for item in _alive(mode, endpoint)]


def _alive(mode: Mode, endpoint: str) -> list[Json]:
    now = mode.world.clock.now()
    return [item for item in mode.facts(endpoint)["secrets"] if item["until"] is None or item["until"] > now]


def roll(mode: Mode, endpoint: str, overlap: float) -> Json:
    """A new secret; the old one signs too for `overlap` seconds of the simulator's clock.

    One that was rolled before keeps the end it was given then.
    """
    now = mode.world.clock.now()
    secret = ids.webhook_secret()
    former = _alive(mode, endpoint)
    for item in former:
        if item["until"] is None:
            item["until"] = now + overlap
    mode.facts(endpoint)["secrets"] = [{"value": secret, "until": None}, *former]
    return {"secret": secret, "old_until": now + overlap}

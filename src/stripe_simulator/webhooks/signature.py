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
    """The newest secret, and the one before it while they overlap."""
    now = mode.world.clock.now()
    kept = [item for item in mode.facts(endpoint)["secrets"] if item["until"] is None or item["until"] > now]
    return [item["value"] for item in kept]


def roll(mode: Mode, endpoint: str, overlap: float) -> Json:
    """A new secret; the old one signs too for `overlap` seconds of the simulator's clock."""
    now = mode.world.clock.now()
    facts = mode.facts(endpoint)
    secret = ids.webhook_secret()
    former = [item for item in facts["secrets"] if item["until"] is None]
    for item in former:
        item["until"] = now + overlap
    facts["secrets"] = [{"value": secret, "until": None}, *former]
    return {"secret": secret, "old_until": now + overlap}

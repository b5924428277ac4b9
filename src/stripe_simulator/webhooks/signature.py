"""`Stripe-Signature`: one v1 for each secret that lives, and in test mode a v0 that nothing verifies."""

import hashlib
import hmac
import secrets
import time

from stripe_simulator import ids
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

FAKE = 32  # bytes, as a true digest has


def header(keys: list[str], body: bytes, *, dummy: bool = False) -> str:
    """Signed with wall time: a receiver compares it with its own clock, not with ours.

    `dummy` adds the `v0` of a test event: made up, so that a receiver that takes another scheme for a signature is found out
    [docs.stripe.com/webhooks].
    """
    moment = int(time.time())
    signed = f"{moment}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in keys]
    fake = [f"v0={secrets.token_hex(FAKE)}"] if dummy else []
    return ",".join([f"t={moment}", *(f"v1={digest}" for digest in digests), *fake])


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

"""What the tests of the Stripe module share: the account of the simulator as the module is handed it, and keys of any rights."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import time
import uuid
from collections.abc import Sequence

import requests
from tests.stripe import Stripe

from comptoir.kernel.money import Money
from comptoir.modules.api import Account, Buyer, CheckoutRequest, Connection
from comptoir_stripe.module import module

INSTALLATION = "installation-of-the-tests"
WEBHOOK_SECRET = "whsec_" + "5" * 32


def typed(stripe: Stripe, **other: str) -> dict[str, str]:
    """Settings as a host types them."""
    return {
        "secret_key": stripe.server.secret_key,
        "publishable_key": stripe.server.publishable_key,
        "webhook_secret": WEBHOOK_SECRET,
        **other,
    }


def account(stripe: Stripe, **more: object) -> Account:
    """The account as the house hands it to the module."""
    given = {"values": typed(stripe), "installation": INSTALLATION, **more}
    return Account(account=stripe.account, mode="test", api_base=stripe.server.base_url, **given)  # type: ignore[arg-type]


def restricted(stripe: Stripe, permissions: Sequence[str]) -> str:
    """A restricted key with just these permissions."""
    made = control(stripe, "keys", mode="test", permissions=list(permissions))
    return str(made["key"])


def control(stripe: Stripe, path: str, **body: object) -> dict[str, object]:
    """One call of the simulator's control API."""
    answer = requests.post(f"{stripe.server.base_url}/_control/{path}", json=body, timeout=10)
    answer.raise_for_status()
    told: dict[str, object] = answer.json() if answer.content else {}
    return told


def tried(stripe: Stripe, **other: str) -> Connection:
    """The connection test of the module with what a host has typed."""
    assert module.setup is not None
    return module.setup().test(typed(stripe, **other), mode="test", api_base=stripe.server.base_url)


def needed() -> list[str]:
    """Every permission of the manifest, by name."""
    return [permission.name for permission in module.manifest.permissions]


def request(**more: object) -> CheckoutRequest:
    """A payment of 99.90 EUR for Alice, as the house asks for it."""
    now = dt.datetime.now(dt.UTC)
    given: dict[str, object] = {
        "attempt": str(uuid.uuid4()),
        "key": str(uuid.uuid4()),
        "amount": Money(9990, "EUR"),
        "description": "Facture F-1",
        "buyer": Buyer(reference="1", email="alice@example.org", name="Alice Durand", locale="fr"),
        "return_url": "http://localhost:8000/pay/x/?back=done",
        "cancel_url": "http://localhost:8000/pay/x/?back=cancel",
        "created_at": now,
        "expires_at": now + dt.timedelta(hours=1),
        **more,
    }
    return CheckoutRequest(**given)  # type: ignore[arg-type]


def sign(body: bytes, *, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The header with which Stripe signs a notice now."""
    stamp = int(time.time())
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={stamp},v1={digest}"}

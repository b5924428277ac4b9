"""Loads everything and says who may sign in."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from comptoir.conf import conf
from comptoir.demo import catalogue, people, stripe

if TYPE_CHECKING:
    from pathlib import Path


def load(*, blank: bool, accounts: Path) -> None:
    """Load what is missing, and write who may sign in and the keys of the local Stripe into a file (mode 0600).

    With `blank` the Stripe module stays as a fresh counter has it: off, and without keys.
    """
    before: dict[str, Any] = json.loads(accounts.read_text(encoding="utf-8")) if accounts.exists() else {}
    if blank and before.get("stripe", {}).get("webhook_secret"):
        sys.exit("Stripe is set up already in this state folder: --blank needs an empty one, so add --reset.")
    catalogue.load()
    told = {
        "admin": {
            "url": f"{conf().url}/{conf().admin_prefix}/",
            **people.administrator(before.get("admin", {}).get("password")),
        },
        "team": people.team({each["email"]: each["password"] for each in before.get("team", [])}),
        "customer": people.customer(before.get("customer", {}).get("password")),
        "stripe": {**(stripe.keys() if blank else stripe.connect()), "module": stripe.stands()},
    }
    fresh = accounts.with_name(f".{accounts.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(told), encoding="utf-8")
    fresh.replace(accounts)

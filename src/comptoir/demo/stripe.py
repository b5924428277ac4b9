"""Connects the demo's shop with the local Stripe: keys from its control API, an endpoint by its public one."""

from __future__ import annotations

import sys
from typing import Any, Literal

import requests

from comptoir.conf import conf
from comptoir.kernel import secrets
from comptoir.modules import actions, queries, setup
from comptoir.modules.models import ModuleAccount

MODULE = "stripe"
MODE: Literal["test"] = "test"
TIMEOUT = 10  # seconds


def keys() -> dict[str, str]:
    """What `demo.json` says of the local Stripe; nothing is stored."""
    told: dict[str, Any] = _call("GET", "/_control/keys")
    return {
        "api_base": conf().stripe_api_base,
        "secret_key": told[MODE]["secret"],
        "publishable_key": told[MODE]["publishable"],
        "webhook_secret": "",
        "control": f"{conf().stripe_api_base}/_control",
    }


def stands() -> str:
    """How the module stands: `unset` without keys of the mode in use, `off` where it is disabled, else that mode."""
    mode = queries.mode_of(MODULE)
    if queries.row_of(module=MODULE, mode=mode) is None:
        return "unset"
    return mode if queries.is_enabled(MODULE) else "off"


def connect() -> dict[str, str]:
    """Store the keys, make the endpoint, enable the module: each only where it has not been done for this account."""
    told = keys()
    account = str(_call("GET", "/v1/account", key=told["secret_key"])["id"])
    stored = ModuleAccount.objects.filter(module=MODULE, account=account, mode=MODE).first()
    known = secrets.unseal(bytes(stored.sealed)).get("webhook_secret", "") if stored else ""
    told["webhook_secret"] = _endpoint(told["secret_key"], known)
    if stored is None or told["webhook_secret"] != known:
        _store({name: told[name] for name in ("secret_key", "publishable_key", "webhook_secret")})
    if stored is None:
        actions.use_mode(name=MODULE, mode=MODE, who="demo")
        actions.set_enabled(name=MODULE, enabled=True, who="demo")
    return told


def _store(values: dict[str, str]) -> None:
    """As a host does it: the keys are tested, and stored because they are good. Then what the settings page shows is read."""
    tried = setup.try_settings(module=MODULE, mode=MODE, typed=values, who="demo")
    if not tried.stored:
        told = tried.connection.findings if tried.connection else tried.problems
        sys.exit("The local Stripe does not take its own keys: " + " ".join(str(each.text) for each in told))
    if tried.waits:  # a local Stripe that was begun anew is another account
        actions.use_waiting(module=MODULE, mode=MODE, who="demo")
    setup.endpoints(module=MODULE, mode=MODE)


def _endpoint(key: str, known: str) -> str:
    """The secret of our endpoint. Stripe tells it once: an endpoint whose secret is not known is made anew."""
    url = f"{conf().url}/stripe/api"
    ours = [found for found in _call("GET", "/v1/webhook_endpoints", key=key)["data"] if found["url"] == url]
    if ours and known:
        return known
    for found in ours:
        _call("DELETE", f"/v1/webhook_endpoints/{found['id']}", key=key)
    made = _call("POST", "/v1/webhook_endpoints", key=key, data={"url": url, "enabled_events[]": "*"})
    return str(made["secret"])


def _call(method: str, path: str, *, key: str = "", data: dict[str, str] | None = None) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = requests.request(method, f"{conf().stripe_api_base}{path}", headers=headers, data=data, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()

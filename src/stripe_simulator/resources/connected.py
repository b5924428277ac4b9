"""Accounts that a platform makes for others: what they look like, and how they become able to take payments.

The operations are those of account.py and capabilities.py. Nobody acts for such an account here (`Stripe-Account`), and
no endpoint hears of it: its events would go to endpoints for connected accounts, which are not built.
"""

from typing import Any

from stripe_simulator import ids
from stripe_simulator.errors import invalid, not_built
from stripe_simulator.metadata import merged
from stripe_simulator.moves import Impossible, move
from stripe_simulator.payments.money import is_currency
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SWITCH = "connect"  # among the account's changes: it is a platform
KIND = "account"
NOT_BUILT = ("account_token", "company", "documents", "external_account", "groups", "individual")
PLAIN = ("business_type", "default_currency", "email")
# what each former type says of who pays and who is liable [docs.stripe.com/connect/migrate-to-controller-properties]
TYPES: dict[str, Json] = {
    "standard": {"fees": "account", "losses": "stripe", "collects": "stripe", "dashboard": "full"},
    "express": {"fees": "application_express", "losses": "application", "collects": "stripe", "dashboard": "express"},
    "custom": {"fees": "application_custom", "losses": "application", "collects": "application", "dashboard": "none"},
}
DUE = ["business_profile.url", "external_account", "tos_acceptance.date", "tos_acceptance.ip"]


def new_account(mode: Mode, params: Json, plain: Json) -> Json:
    """An account that cannot take payments yet, stored; `plain` is the platform's own, for what nobody said."""
    _check(params)
    if "type" in params and "controller" in params:
        raise invalid("You may only specify one of these parameters: controller, type.")
    kind, controller = _controlled(params)
    country: str = params.get("country", mode.world.settings.country)
    thing: Json = {
        **plain,
        "id": ids.make("acct"),
        "business_profile": dict.fromkeys(plain["business_profile"]),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": controller,
        "country": country.upper(),
        "created": mode.world.clock.seconds(),
        "details_submitted": False,
        "email": None,
        "metadata": {},
        "payouts_enabled": False,
        "requirements": _requirements(plain["requirements"], DUE),
        "type": kind,
    }
    thing["external_accounts"] = {
        **plain["external_accounts"],
        "url": f"/v1/accounts/{thing['id']}/external_accounts",
    }
    return mode.put(written(thing, params))


def _check(params: Json) -> None:
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of accounts")
    if "default_currency" in params and not is_currency(params["default_currency"]):
        raise invalid(f"Invalid currency: {params['default_currency']}", param="default_currency")


def _controlled(params: Json) -> tuple[str, Json]:
    """The type, and who controls the account."""
    sent: Json = params.get("controller", {})
    kind = params.get("type") or ("none" if sent else "standard")
    said = TYPES.get(kind, TYPES["standard"])
    return kind, {
        "fees": {"payer": sent.get("fees", {}).get("payer", said["fees"])},
        "is_controller": True,
        "losses": {"payments": sent.get("losses", {}).get("payments", said["losses"])},
        "requirement_collection": sent.get("requirement_collection", said["collects"]),
        "stripe_dashboard": {"type": sent.get("stripe_dashboard", {}).get("type", said["dashboard"])},
        "type": "application",
    }


def _requirements(plain: Json, due: list[str]) -> Json:
    reason = "requirements.past_due" if due else None
    return {**plain, "currently_due": due, "disabled_reason": reason, "eventually_due": due, "past_due": due}


def written(account: Json, params: Json) -> Json:
    """A copy as an update leaves it. Raises StripeError for what is not built."""
    _check(params)
    after = {**account, **{name: params[name] for name in PLAIN if name in params}}
    after["default_currency"] = after["default_currency"].lower()
    after["metadata"] = merged(account["metadata"], params.get("metadata"))
    for name in ("business_profile", "settings", "tos_acceptance"):
        if name in params:
            after[name] = _laid(account[name], params[name])
    asked = {name: setting.get("requested") for name, setting in params.get("capabilities", {}).items()}
    after["capabilities"] = asking(account, asked)
    return after


def _laid(before: Any, sent: Any) -> Any:
    """What was sent over what there was, level by level; only the places that there are."""
    if not (isinstance(before, dict) and isinstance(sent, dict)):
        return sent if sent != "" else None
    return {name: _laid(before[name], sent[name]) if name in sent else before[name] for name in before}


def asking(account: Json, asked: dict[str, bool | None]) -> Json:
    """Its capabilities once these were asked for, or given up: what is new waits for the account's details."""
    held: Json = dict(account["capabilities"])
    for name, wanted in asked.items():
        if wanted and name not in held:
            held[name] = "active" if account["details_submitted"] else "inactive"
        elif wanted is False:
            held.pop(name, None)
    return held


@move("onboard", KIND)
def _onboard(_mode: Mode, account: Json, _code: str | None) -> Json:
    """Its owner has said and signed everything that was due."""
    if account.get("deleted") or account["details_submitted"]:
        raise Impossible("This account has nothing left to tell.")
    account.update(
        capabilities=dict.fromkeys(account["capabilities"], "active"),
        charges_enabled=True,
        details_submitted=True,
        payouts_enabled=True,
        requirements=_requirements(account["requirements"], []),
    )
    return account

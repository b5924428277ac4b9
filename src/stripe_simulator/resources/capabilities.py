"""What the account may do: its capabilities, how they change, and who is told."""

import json

from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.errors import no_such
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources import account as accounts, connected
from stripe_simulator.resources.account import account, nothing_due, other
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World

READ, WRITE = "rak_accounts_kyc_basic_read", "rak_accounts_kyc_basic_write"
OTHERS = (  # that the account may ask for
    "affirm_payments",
    "amazon_pay_payments",
    "blik_payments",
    "eps_payments",
    "giropay_payments",
    "klarna_payments",
    "multibanco_payments",
    "p24_payments",
    "paypal_payments",
    "revolut_pay_payments",
    "twint_payments",
)
NAMES = tuple(sorted({*accounts.ACTIVE, *OTHERS}))
STATES = ("active", "inactive", "pending", "unrequested")
GRANTED_AFTER = 60.0  # seconds from the request to Stripe's yes


def statuses(world: World) -> dict[str, str]:
    """Every capability that is known here, with its status."""
    plain = {**dict.fromkeys(NAMES, "unrequested"), **account(world)["capabilities"]}
    return {name: str(status) for name, status in plain.items()}


def shown(world: World, name: str) -> Json:
    status = statuses(world)[name]
    due = {**nothing_due(), "disabled_reason": "rejected.other" if status == "inactive" else None}
    return {
        "id": name,
        "object": "capability",
        "account": world.settings.account_id,
        "future_requirements": nothing_due(),
        "requested": status != "unrequested",
        "requested_at": None if status == "unrequested" else world.created,
        "requirements": due,
        "status": status,
    }


def change(world: World, *, switches: Json, capabilities: dict[str, str]) -> None:
    """Change what the account is and may do; both modes are told by `capability.updated` and `account.updated`.

    `switches` are fields of the account, or facts about it that it does not show.
    """
    before, was = json.loads(json.dumps(accounts.shown(world))), statuses(world)
    world.account_changes.update(switches)
    changed = world.account_changes.setdefault("capabilities", {})
    changed.update(capabilities)
    after = accounts.shown(world)
    now = statuses(world)
    for mode in (world.test, world.live):
        for name in capabilities:
            if was.get(name, "unrequested") != now.get(name, "unrequested"):
                emit(mode, "capability.updated", shown(world, name), {"status": was.get(name, "unrequested")})
        previous = {name: value for name, value in before.items() if value != after[name]}
        if previous:
            emit(mode, "account.updated", after, previous)


@operation("GET", "/v1/accounts/{account}/capabilities", permission=READ)
def listing(call: Call) -> Json:
    rows = [_shown(call, name) for name in _statuses(call)]
    url = f"/v1/accounts/{call.path['account']}/capabilities"
    return {"object": "list", "data": rows, "has_more": False, "url": url}


@operation("GET", "/v1/accounts/{account}/capabilities/{capability}", permission=READ)
def retrieve(call: Call) -> Json:
    return _shown(call, _known(call))


@operation("POST", "/v1/accounts/{account}/capabilities/{capability}", permission=WRITE)
def update(call: Call) -> Json:
    """Asked for, it is pending, and active a minute later; given up, it is unrequested."""
    name = _known(call)
    wanted, has = call.params.get("requested"), _statuses(call)[name] != "unrequested"
    if (connected_account := other(call)) is not None:
        connected_account["capabilities"] = connected.asking(connected_account, {name: wanted})
    elif wanted is True and not has:
        change(call.world, switches={}, capabilities={name: "pending"})
        plan(call.mode, call.world.clock.now() + GRANTED_AFTER, "capability_grant", capability=name)
    elif wanted is False and has:
        change(call.world, switches={}, capabilities={name: "unrequested"})
    return _shown(call, name)


def _statuses(call: Call) -> dict[str, str]:
    """Those of the account in the path: the own one, or one that is connected."""
    account = other(call)
    return (
        statuses(call.world) if account is None else {**dict.fromkeys(NAMES, "unrequested"), **account["capabilities"]}
    )


def _shown(call: Call, name: str) -> Json:
    account = other(call)
    if account is None:
        return shown(call.world, name)
    asked = name in account["capabilities"]
    reason = None if account["details_submitted"] else "pending.onboarding"
    return {
        **shown(call.world, name),
        "account": account["id"],
        "requested": asked,
        "requested_at": account["created"] if asked else None,
        "requirements": {**account["requirements"], "disabled_reason": reason},
        "status": _statuses(call)[name],
    }


def _known(call: Call) -> str:
    name = call.path["capability"]
    if name not in _statuses(call):
        raise no_such("capability", name, param="capability")
    return name


@duty("capability_grant")
def _grant_due(mode: Mode, data: Json) -> None:
    if statuses(mode.world).get(data["capability"]) == "pending":
        change(mode.world, switches={}, capabilities={data["capability"]: "active"})

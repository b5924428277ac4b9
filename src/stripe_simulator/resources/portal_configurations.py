"""Configurations of the customer portal: what customers may do there."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_billing_portal_configuration_read", "rak_billing_portal_configuration_write"  # [?]
ROOT, KIND = "/v1/billing_portal/configurations", "billing_portal.configuration"
SAVED = "portal_saved"  # whether somebody has saved the portal's settings in the dashboard
NOT_BUILT = ("subscription_cancel", "subscription_pause", "subscription_update")  # there are no subscriptions here
SWITCHED = ("customer_update", "invoice_history", "payment_method_update")
OFF: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {
            "enabled": False,
            "feedback_options": None,
            "options": [
                *("too_expensive", "missing_features", "switched_service", "unused", "other"),
            ],
        },
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


def default(mode: Mode) -> Json | None:
    """The one that the dashboard made when its settings were saved; None before."""
    if not mode.world.account_changes.get(SAVED):
        return None
    known = next((row for row in mode.all(KIND) if row["is_default"]), None)
    if known is not None:
        return known
    made = _draft(mode, is_default=True)
    made["features"]["payment_method_update"]["enabled"] = True
    made["features"]["invoice_history"]["enabled"] = True
    return mode.put(made)


def _draft(mode: Mode, *, is_default: bool = False) -> Json:
    now = mode.world.clock.seconds()
    return {
        "id": ids.make("bpc"),
        "object": KIND,
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": now,
        "default_return_url": None,
        "features": {name: dict(feature) for name, feature in OFF.items()},
        "is_default": is_default,
        "livemode": mode.livemode,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": now,
    }


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    made = _draft(call.mode)
    _write(made, call.params)
    call.mode.put(made)
    emit(call.mode, "billing_portal.configuration.created", made)
    return made


def _write(configuration: Json, params: Json) -> None:
    if params.get("login_page", {}).get("enabled"):
        raise not_built("The parameter login_page of portal configurations")
    for name, sent in params.get("features", {}).items():
        if name in NOT_BUILT and sent.get("enabled"):
            raise not_built(f"The parameter features[{name}] of portal configurations")
        if name in SWITCHED:
            _switch(configuration["features"][name], name, sent)
    for name in ("default_return_url", "name", "active"):
        if name in params:
            configuration[name] = params[name] if params[name] != "" else None
    if "business_profile" in params:
        told = {name: value or None for name, value in params["business_profile"].items()}
        configuration["business_profile"] = {**configuration["business_profile"], **told}
    configuration["metadata"] = merged(configuration["metadata"], params.get("metadata"))


def _switch(feature: Json, name: str, sent: Json) -> None:
    if (
        name == "customer_update"
        and sent.get("enabled")
        and not (sent.get("allowed_updates") or feature["allowed_updates"])
    ):
        raise missing("features[customer_update][allowed_updates]")
    feature.update({key: value if value != "" else None for key, value in sent.items()})


@operation("GET", ROOT + "/{configuration}", permission=READ)
def retrieve(call: Call) -> Json:
    default(call.mode)
    return from_path(call, KIND, "configuration", param="configuration")


@operation("POST", ROOT + "/{configuration}", permission=WRITE)
def update(call: Call) -> Json:
    default(call.mode)
    found = from_path(call, KIND, "configuration", param="configuration")
    if call.params.get("active") is False and found["is_default"]:
        raise invalid("You cannot deactivate the default portal configuration.", param="active")
    after = {**found, "features": {name: dict(feature) for name, feature in found["features"].items()}}
    _write(after, call.params)
    previous = {name: found[name] for name in after if found[name] != after[name]}
    found.update(after)
    if previous:
        found["updated"] = call.world.clock.seconds()
        emit(call.mode, "billing_portal.configuration.updated", found, previous)
    return found


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    default(call.mode)
    return page(matching(call.mode.all(KIND), call.params, "active", "is_default"), call.params, ROOT, KIND)

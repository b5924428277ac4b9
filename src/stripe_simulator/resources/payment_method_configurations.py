"""Payment method configurations."""

from stripe_simulator.errors import invalid, not_built
from stripe_simulator.find import from_path
from stripe_simulator.lists import page
from stripe_simulator.payments import configurations
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

# Stripe's name for this permission is in the plural
READ, WRITE = "rak_payment_method_configurations_read", "rak_payment_method_configurations_write"
ROOT = "/v1/payment_method_configurations"
KIND = configurations.KIND


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    if "parent" in call.params:
        raise not_built("The parameter parent of payment method configurations")
    made = configurations.new(call.mode, call.params.get("name") or "Unnamed", _preferences(call.params))
    return configurations.shown(call.mode, made)


@operation("GET", ROOT + "/{configuration}", permission=READ)
def retrieve(call: Call) -> Json:
    return configurations.shown(call.mode, _find(call))


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    wanted = call.params.get("active")
    kept = [found for found in configurations.everyone(call.mode) if wanted is None or found["active"] is wanted]
    if call.params.get("application"):
        kept = []  # those of connected accounts: there are none
    found = page(kept, call.params, ROOT, KIND)
    return {**found, "data": [configurations.shown(call.mode, row) for row in found["data"]]}


@operation("POST", ROOT + "/{configuration}", permission=WRITE)
def update(call: Call) -> Json:
    found, params = _find(call), call.params
    if params.get("active") is False and found["is_default"]:
        raise invalid("You cannot deactivate the default payment method configuration.", param="active")
    preferences = _preferences(params)
    for name in ("active", "name"):
        if name in params:
            found[name] = params[name]
    configurations.prefer(found, preferences)
    return configurations.shown(call.mode, found)


def _find(call: Call) -> Json:
    configurations.default(call.mode)
    return from_path(call, KIND, "configuration", param="configuration")


def _preferences(params: Json) -> Json:
    sent = {kind: setting for kind, setting in params.items() if isinstance(setting, dict)}
    for kind in sent:
        if kind not in configurations.TYPES:
            raise not_built(f"The payment method type {kind}")
    wanted = {kind: setting.get("display_preference", {}).get("preference") for kind, setting in sent.items()}
    return {kind: preference for kind, preference in wanted.items() if preference is not None}

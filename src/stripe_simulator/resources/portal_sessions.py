"""Sessions of the customer portal: an address for one customer, for a short while."""

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import by_param
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources import portal_configurations
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

KIND = "billing_portal.session"
UNVISITED = 300  # seconds of the clock that the address may wait for its first visit
VISITED = 3600  # seconds after the last visit
FLOW = "payment_method_update"
NOT_BUILT = ("customer_account", "on_behalf_of")
NO_DEFAULT = (
    "No configuration provided and your {mode} mode default configuration has not been created. Provide a configuration or "
    "create your default by saving your customer portal settings in {mode} mode at "
    "https://dashboard.stripe.com/{path}settings/billing/portal."
)


@operation("POST", "/v1/billing_portal/sessions", permission="rak_billing_portal_session_write")  # [?]
def create(call: Call) -> Json:
    mode, params = call.mode, call.params
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of portal sessions")
    customer = by_param(call, "customer", "customer")
    if customer is None:
        raise missing("customer")
    configuration = by_param(call, portal_configurations.KIND, "configuration") or portal_configurations.default(mode)
    if configuration is None:
        word, path = ("live", "") if mode.livemode else ("test", "test/")
        raise invalid(NO_DEFAULT.format(mode=word, path=path))
    if not configuration["active"]:
        raise invalid("The configuration is not active.", param="configuration")
    secret = ids.token(40)
    session: Json = {
        "id": ids.make("bps"),
        "object": KIND,
        "configuration": configuration["id"],
        "created": mode.world.clock.seconds(),
        "customer": customer["id"],
        "customer_account": None,
        "flow": _flow(params.get("flow_data"), configuration),
        "livemode": mode.livemode,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url") or configuration["default_return_url"],
        "url": f"{mode.world.settings.public_url}/p/session/{mode.name}_{secret}",
    }
    mode.put(session, secret=secret, ends=mode.world.clock.seconds() + UNVISITED)
    emit(mode, "billing_portal.session.created", session)
    return session


def _flow(sent: Json | None, configuration: Json) -> Json | None:
    if sent is None:
        return None
    if sent["type"] != FLOW:
        raise not_built(f"The flow {sent['type']} of portal sessions")
    if not configuration["features"][FLOW]["enabled"]:
        raise invalid("This configuration does not let customers update payment methods.", param="flow_data[type]")
    end = sent.get("after_completion", {"type": "portal_homepage"})
    return {
        "after_completion": {
            "hosted_confirmation": end.get("hosted_confirmation"),
            "redirect": end.get("redirect"),
            "type": end["type"],
        },
        "customer_update": None,
        "subscription_cancel": None,
        "subscription_pause": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": FLOW,
    }


def of_address(mode: Mode, secret: str) -> Json | None:
    """The session of an address that still lives; a visit lets it live on."""
    now = mode.world.clock.seconds()
    for session in mode.all(KIND):
        facts = mode.facts(session["id"])
        if facts["secret"] == secret and facts["ends"] > now:
            facts["ends"] = now + VISITED
            return session
    return None

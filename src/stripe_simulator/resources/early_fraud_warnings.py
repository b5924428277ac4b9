"""Early fraud warnings of Radar: read only."""

from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.payments.warning import KIND
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ = "rak_radar_early_fraud_warning_read"


@operation("GET", "/v1/radar/early_fraud_warnings/{early_fraud_warning}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, KIND, "early_fraud_warning", param="early_fraud_warning")


@operation("GET", "/v1/radar/early_fraud_warnings", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all(KIND), call.params, "charge", "payment_intent")
    return page(things, call.params, "/v1/radar/early_fraud_warnings", "early fraud warning")

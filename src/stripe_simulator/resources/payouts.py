"""Payouts."""

from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, malformed, not_built
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, narrow, page, within
from stripe_simulator.metadata import merged
from stripe_simulator.payments import money, paying_out
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_payout_read", "rak_payout_write"
NOT_BUILT = ("destination", "payout_method")
DESCRIPTOR = 22  # characters


@operation("POST", "/v1/payouts", permission=WRITE)
def create(call: Call) -> Json:
    params = call.params
    for name in NOT_BUILT:
        if name in params:
            raise not_built(f"The parameter {name} of payouts")
    if params.get("method", "standard") != "standard":
        raise not_built("An instant payout")
    if params.get("source_type", "card") != "card":
        raise not_built("A payout of another source than card")
    amount, currency = params["amount"], params["currency"].lower()
    _check(call, amount, currency)
    return paying_out.new_payout(call.mode, amount, currency, params, automatic=False)


def _check(call: Call, amount: int, currency: str) -> None:
    if not money.is_currency(currency):
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    if amount < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    if len(call.params.get("statement_descriptor", "")) > DESCRIPTOR:
        raise invalid(
            f"The statement descriptor must be at most {DESCRIPTOR} characters.", param="statement_descriptor"
        )
    whole = paying_out.WHOLE.get(currency, 1)
    if amount % whole:
        raise invalid(
            f"Invalid amount: payouts in {currency} must be evenly divisible by {whole}.",
            param="amount",
        )
    if not call.world.account_changes.get("payouts_enabled", True):
        raise invalid("Your account cannot currently make payouts.", code="payouts_not_allowed")
    if not paying_out.covers(call.mode, amount, currency):
        raise invalid(
            "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low.  You can "
            "use the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).",
            code="balance_insufficient",
        )


@operation("GET", "/v1/payouts/{payout}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "payout", "payout")


@operation("GET", "/v1/payouts", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("payout"), call.params, "status", "destination")
    arrival = call.params.get("arrival_date")
    found = narrow(things, call.params, lambda payout: within(payout["arrival_date"], arrival))
    return page(found, call.params, "/v1/payouts", "payout")


@operation("POST", "/v1/payouts/{payout}", permission=WRITE)
def update(call: Call) -> Json:
    payout = from_path(call, "payout", "payout")
    before = {"metadata": payout["metadata"]}
    payout["metadata"] = merged(payout["metadata"], call.params.get("metadata"))
    if payout["metadata"] != before["metadata"]:
        emit(call.mode, "payout.updated", payout, before)
    return payout


@operation("POST", "/v1/payouts/{payout}/cancel", permission=WRITE)
def cancel(call: Call) -> Json:
    payout = from_path(call, "payout", "payout")
    if payout["automatic"]:
        raise invalid("Payouts created automatically by Stripe can't be canceled.")
    if payout["status"] != "pending":
        raise invalid(f"Payouts can only be canceled while pending; this one is {payout['status']}.")
    paying_out.cancel(call.mode, payout)
    return payout

"""Coupons: a share or an amount off."""

from stripe_simulator import ids
from stripe_simulator.changed import replace
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, malformed, missing, not_built
from stripe_simulator.expand import included
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.catalogue import currency, own_id
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_coupon_read", "rak_coupon_write"
ROOT = "/v1/coupons"
ALL = 100  # percent


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    params, mode = call.params, call.mode
    _check(call)
    amount = params.get("amount_off")
    coupon = {
        "id": own_id(mode, "coupon", params["id"]) if "id" in params else ids.token(8),
        "object": "coupon",
        "amount_off": amount,
        "created": call.world.clock.seconds(),
        "currency": currency(params["currency"], "currency") if amount is not None else None,
        "duration": params.get("duration", "once"),
        "duration_in_months": params.get("duration_in_months"),
        "livemode": mode.livemode,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "name": params.get("name"),
        "percent_off": params.get("percent_off"),
        "redeem_by": params.get("redeem_by"),
        "times_redeemed": 0,
        "valid": True,
    }
    mode.put(coupon, products=params.get("applies_to", {}).get("products"))
    if coupon["redeem_by"] is not None:
        plan(mode, float(coupon["redeem_by"]), "coupon_ends", coupon=coupon["id"], created=coupon["created"])
    emit(mode, "coupon.created", coupon)
    return coupon


def _check(call: Call) -> None:
    params = call.params
    if "currency_options" in params:
        raise not_built("The parameter currency_options of coupons")
    amount, percent = params.get("amount_off"), params.get("percent_off")
    if (amount is None) == (percent is None):
        if amount is None:
            raise invalid("Must provide at least one of percent_off or amount_off.")
        raise invalid("You may only specify one of these parameters: percent_off, amount_off.")
    if percent is not None and not 0 < percent <= ALL:
        raise invalid("Invalid percent_off: must be greater than 0 and at most 100.", param="percent_off")
    if amount is not None and amount < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount_off"
        )
    if amount is not None and "currency" not in params:
        raise missing("currency")
    _check_times(call)


def _check_times(call: Call) -> None:
    params = call.params
    if (params.get("duration") == "repeating") != ("duration_in_months" in params):
        raise invalid("`duration_in_months` goes with a duration of `repeating`.", param="duration_in_months")
    if params.get("max_redemptions", 1) < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="max_redemptions"
        )
    if params.get("redeem_by", call.world.clock.seconds() + 1) <= call.world.clock.seconds():
        raise invalid("The redeem_by timestamp must be in the future.", param="redeem_by")
    for index, product in enumerate(params.get("applies_to", {}).get("products", ())):
        find(call.mode, "product", product, param=f"applies_to[products][{index}]", status=400)


@duty("coupon_ends")
def _end(mode: Mode, data: Json) -> None:
    found = mode.get("coupon", data["coupon"])
    if found is not None and found.get("created") == data["created"]:  # its id may be another coupon's by now
        found["valid"] = False


@included("coupon", "applies_to")
def _products(mode: Mode, coupon: Json) -> Json:
    return {"products": mode.facts(coupon["id"]).get("products") or []}


@operation("GET", ROOT + "/{coupon}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "coupon", "coupon", param="coupon")


@operation("POST", ROOT + "/{coupon}", permission=WRITE)
def update(call: Call) -> Json:
    params, coupon = call.params, from_path(call, "coupon", "coupon", param="coupon")
    if "currency_options" in params:
        raise not_built("The parameter currency_options of coupons")
    after = {"metadata": merged(coupon["metadata"], params.get("metadata"))}
    if "name" in params:
        after["name"] = params["name"]
    previous = replace(coupon, after)
    if previous:
        emit(call.mode, "coupon.updated", coupon, previous)
    return coupon


@operation("DELETE", ROOT + "/{coupon}", permission=WRITE)
def delete(call: Call) -> Json:
    coupon = from_path(call, "coupon", "coupon", param="coupon")
    emit(call.mode, "coupon.deleted", coupon)
    return call.mode.put({"id": coupon["id"], "object": "coupon", "deleted": True})


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    alive = (coupon for coupon in call.mode.all("coupon") if not coupon.get("deleted"))
    return page(matching(alive, call.params), call.params, ROOT, "coupon")

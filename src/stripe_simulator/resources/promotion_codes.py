"""Promotion codes: the words that a customer types to get a coupon."""

import re
from collections.abc import Iterable

from stripe_simulator import ids
from stripe_simulator.changed import replace
from stripe_simulator.duties import duty, plan
from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import by_param, find, from_path
from stripe_simulator.lists import matching, narrow, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments.catalogue import currency
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, WRITE = "rak_promotion_code_read", "rak_promotion_code_write"
ROOT = "/v1/promotion_codes"
CODE = re.compile(r"[A-Za-z0-9-]{1,500}")


@operation("POST", ROOT, permission=WRITE)
def create(call: Call) -> Json:
    params, mode, now = call.params, call.mode, call.world.clock.seconds()
    coupon = _coupon(call)
    customer = by_param(call, "customer", "customer")
    if params.get("expires_at", now + 1) <= now:
        raise invalid("The expires_at timestamp must be in the future.", param="expires_at")
    code = {
        "id": ids.make("promo"),
        "object": "promotion_code",
        "active": params.get("active", True),
        "code": _code(call),
        "created": now,
        "customer": customer["id"] if customer else None,
        "customer_account": None,
        "expires_at": params.get("expires_at"),
        "livemode": mode.livemode,
        "max_redemptions": params.get("max_redemptions"),
        "metadata": merged({}, params.get("metadata")),
        "promotion": {"coupon": coupon["id"], "type": "coupon"},
        "restrictions": _restrictions(params.get("restrictions", {})),
        "times_redeemed": 0,
    }
    mode.put(code)
    if code["expires_at"] is not None:
        plan(mode, float(code["expires_at"]), "code_ends", code=code["id"])
    emit(mode, "promotion_code.created", code)
    return code


def _coupon(call: Call) -> Json:
    if "customer_account" in call.params:
        raise not_built("The parameter customer_account of promotion codes")
    named = call.params["promotion"].get("coupon")
    if named is None:
        raise missing("promotion[coupon]")
    coupon = find(call.mode, "coupon", named, param="promotion[coupon]", status=400)
    if not coupon["valid"]:
        raise invalid(f"Coupon {coupon['id']} is expired.", code="coupon_expired", param="promotion[coupon]")
    most, whole = call.params.get("max_redemptions"), coupon["max_redemptions"]
    if most is not None and whole is not None and most > whole:
        raise invalid("max_redemptions cannot be greater than the coupon's max_redemptions.", param="max_redemptions")
    return coupon


def _code(call: Call) -> str:
    wanted = call.params.get("code")
    if wanted is None:
        return ids.token(8).upper()
    if not CODE.fullmatch(wanted):
        raise invalid("Promotion codes may only contain letters, digits and dashes.", param="code")
    mine = call.params.get("customer")
    for other in call.mode.all("promotion_code"):
        same = other["code"].lower() == wanted.lower() and other["active"]
        if same and (mine is None or other["customer"] in {None, mine}):
            raise invalid("An active promotion code with `code: " + wanted + "` already exists.", param="code")
    return str(wanted)


def _restrictions(sent: Json) -> Json:
    if "currency_options" in sent:
        raise not_built("The parameter restrictions[currency_options] of promotion codes")
    if sent.get("first_time_transaction"):
        raise not_built("The parameter restrictions[first_time_transaction] of promotion codes")
    least, money = sent.get("minimum_amount"), sent.get("minimum_amount_currency")
    if (least is None) != (money is None):
        raise missing("restrictions[minimum_amount_currency]" if money is None else "restrictions[minimum_amount]")
    return {
        "first_time_transaction": False,
        "minimum_amount": least,
        "minimum_amount_currency": currency(money, "restrictions[minimum_amount_currency]") if money else None,
    }


@duty("code_ends")
def _end(mode: Mode, data: Json) -> None:
    found = mode.get("promotion_code", data["code"])
    if found is not None and found["active"]:
        found["active"] = False
        emit(mode, "promotion_code.updated", found, {"active": True})


@operation("GET", ROOT + "/{promotion_code}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "promotion_code", "promotion_code", param="promotion_code")


@operation("POST", ROOT + "/{promotion_code}", permission=WRITE)
def update(call: Call) -> Json:
    params, code = call.params, from_path(call, "promotion_code", "promotion_code", param="promotion_code")
    if "restrictions" in params:
        raise not_built("The parameter restrictions of promotion code updates")
    if params.get("active") and not code["active"]:
        coupon = call.mode.get("coupon", code["promotion"]["coupon"]) or {}
        used = code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
        late = code["expires_at"] is not None and code["expires_at"] <= call.world.clock.seconds()
        if used or late or not coupon.get("valid"):
            raise invalid("This promotion code cannot be activated: it or its coupon has ended.", param="active")
    after = {"metadata": merged(code["metadata"], params.get("metadata"))}
    if "active" in params:
        after["active"] = params["active"]
    previous = replace(code, after)
    if previous:
        emit(call.mode, "promotion_code.updated", code, previous)
    return code


@operation("GET", ROOT, permission=READ)
def listing(call: Call) -> Json:
    found = matching(call.mode.all("promotion_code"), call.params, "active", "customer", "customer_account")
    return page(_narrowed(found, call.params), call.params, ROOT, "promotion_code")


def _narrowed(found: Iterable[Json], params: Json) -> Iterable[Json]:
    word, coupon = params.get("code"), params.get("coupon")

    def keep(code: Json) -> bool:
        if word is not None and code["code"].lower() != word.lower():
            return False
        return coupon is None or code["promotion"]["coupon"] == coupon

    return narrow(found, params, keep)

"""What coupons and promotion codes take off a Checkout Session, and when one has been used."""

from decimal import ROUND_HALF_UP, Decimal

from stripe_simulator.errors import invalid, missing, not_built
from stripe_simulator.find import find
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

MOST = 1  # discounts of one session


def take_off(mode: Mode, sent: list[Json] | None, lines: list[Json], *, customer: Json | None) -> None:
    """Write the discount into `lines` (their `amount_discount` and `amount_total`, minor units).

    `sent` are the session's `discounts`; a coupon or a code that may not be used here is a 400.
    """
    if not sent:
        return
    if len(sent) > MOST:
        raise invalid("You may only specify 1 discount.", param="discounts")
    named = sent[0]
    if not named:
        raise missing("discounts[0][coupon]")
    if len(named) > 1:
        raise invalid("You may only specify one of these parameters: coupon, promotion_code.", param="discounts[0]")
    ((name, identifier),) = named.items()
    at = f"discounts[0][{name}]"
    if name == "promotion_code":
        code = find(mode, "promotion_code", identifier, param=at, status=400)
        _check_code(code, lines, customer)
        identifier = code["promotion"]["coupon"]
    elif name != "coupon":
        raise not_built(f"The parameter {at}")
    coupon = find(mode, "coupon", identifier, param=at, status=400)
    _spread(coupon, lines, mode.facts(coupon["id"]).get("products"), at)


def show(session: Json, sent: list[Json] | None, lines: list[Json]) -> None:
    """What was taken off, in the session's own fields."""
    if not sent:
        return
    session.update(
        amount_subtotal=sum(line["amount_subtotal"] for line in lines),
        discounts=[{"coupon": one.get("coupon"), "promotion_code": one.get("promotion_code")} for one in sent],
        total_details={
            **session["total_details"],
            "amount_discount": sum(line["amount_discount"] for line in lines),
        },
    )


def _check_code(code: Json, lines: list[Json], customer: Json | None) -> None:
    at = "discounts[0][promotion_code]"
    if not code["active"]:
        raise invalid("This promotion code is inactive.", code="promotion_code_inactive", param=at)
    if code["customer"] and (customer is None or customer["id"] != code["customer"]):
        raise invalid("This promotion code cannot be redeemed by this customer.", param=at)
    least, subtotal = code["restrictions"]["minimum_amount"], sum(line["amount_subtotal"] for line in lines)
    if least is not None and (
        subtotal < least or lines[0]["currency"] != code["restrictions"]["minimum_amount_currency"]
    ):
        raise invalid("This promotion code cannot be redeemed: the minimum amount is not reached.", param=at)


def _spread(coupon: Json, lines: list[Json], products: list[str] | None, at: str) -> None:
    if not coupon["valid"]:
        raise invalid(f"Coupon {coupon['id']} is expired.", code="coupon_expired", param=at)
    meant = [line for line in lines if products is None or line["price"]["product"] in products]
    if coupon["percent_off"] is not None:
        share = Decimal(str(coupon["percent_off"])) / 100
        for line in meant:
            _write(line, int((line["amount_subtotal"] * share).quantize(Decimal(1), ROUND_HALF_UP)))
        return
    if coupon["currency"] != lines[0]["currency"]:
        raise invalid(
            f"Coupon {coupon['id']} is in {coupon['currency']}, and the line items are in {lines[0]['currency']}.",
            param=at,
        )
    whole = sum(line["amount_subtotal"] for line in meant)
    left, under = min(coupon["amount_off"], whole), whole
    for line in meant:  # each its share of what is left: nothing is lost to rounding
        part = left * line["amount_subtotal"] // under if under else 0
        _write(line, part)
        left, under = left - part, under - line["amount_subtotal"]


def _write(line: Json, amount: int) -> None:
    line.update(amount_discount=amount, amount_total=line["amount_subtotal"] - amount)


def redeem(mode: Mode, session: Json) -> None:
    """A completed session has used its coupon or code; the last use that was allowed ends it."""
    for discount in session["discounts"] or ():
        code = mode.get("promotion_code", discount["promotion_code"] or "")
        coupon = mode.get("coupon", code["promotion"]["coupon"] if code else discount["coupon"])
        if code is not None:
            _count(code, "active")
        if coupon is not None and not coupon.get("deleted"):
            _count(coupon, "valid")


def _count(thing: Json, flag: str) -> None:
    thing["times_redeemed"] += 1
    if thing["max_redemptions"] is not None and thing["times_redeemed"] >= thing["max_redemptions"]:
        thing[flag] = False

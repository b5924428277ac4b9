"""Payment methods made, changed, attached and detached over the API."""

import re

from stripe_simulator.emit import emit
from stripe_simulator.errors import CARD, StripeError, invalid, missing, no_such, not_built
from stripe_simulator.find import by_param, from_path
from stripe_simulator.metadata import merged
from stripe_simulator.payments import cards, sepa
from stripe_simulator.payments.cards import Decline
from stripe_simulator.payments.catalogue import inside
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources.customers import address
from stripe_simulator.resources.payment_methods import (
    KIND,
    NO_ADDRESS,
    attach as tie,
    billing,
    check_attachable,
    detach as untie,
    from_token,
    new_bancontact,
    new_card,
    new_ideal,
    new_link,
    new_sepa,
    resolve,
)
from stripe_simulator.types import Json

WRITE = "rak_payment_method_write"
CREATED = ("allow_redisplay", "billing_details", "expand", "metadata", "type")
TYPES = ("card", "sepa_debit", "bancontact", "ideal", "link")
PLAIN = {"bancontact": new_bancontact, "link": new_link}
LAST_MONTH = 12
NUMBER = Decline("incorrect_number", "", "Your card number is incorrect.")
RAW = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test tokens that "
    "map to the test card you are using, see https://stripe.com/docs/testing. To enable testing raw card data APIs, "
    "see https://support.stripe.com/questions/enabling-access-to-raw-card-data-apis."
)


@operation("POST", "/v1/payment_methods", permission=WRITE)
def create(call: Call) -> Json:
    return made(call, call.params)


def made(call: Call, params: Json, *, at: str = "") -> Json:
    """A payment method as the parameters of Stripe's create call describe it; `at` is where they stand in the request."""
    kind = params.get("type") or next((name for name in TYPES if name in params), None)
    if kind is None:
        raise missing(inside(at, "type"))
    for name in params:
        if name not in {*CREATED, kind}:
            raise not_built(f"The parameter {inside(at, name)} of payment methods")
    details = _billing(billing(), params.get("billing_details", {}))
    metadata = merged({}, params.get("metadata"), param=inside(at, "metadata"))
    try:
        method = _make(call, kind, params.get(kind, {}), details)
    except StripeError as error:
        if not at or error.param is None:
            raise
        where = _nested(at, error.param)
        if error.code == "parameter_missing":
            raise missing(where) from None
        error.param = where
        raise
    method["metadata"] = metadata
    method["allow_redisplay"] = params.get("allow_redisplay", "unspecified")
    return method


def _nested(at: str, param: str) -> str:
    """`card[number]` inside `payment_method_data` is `payment_method_data[card][number]`."""
    head, bracket, rest = param.partition("[")
    return f"{at}[{head}]{bracket}{rest}"


def _make(call: Call, kind: str, sent: Json, details: Json) -> Json:
    if kind == "card":
        return _card(call, sent, details)
    if kind == "sepa_debit":
        return _account(call, sent, details)
    if kind == "bancontact" and not details["name"]:
        raise missing("billing_details[name]")
    if kind == "ideal":
        method = new_ideal(call.mode, billing_details=details)
        method["ideal"]["bank"] = sent.get("bank")
        return method
    if kind not in PLAIN:
        raise not_built(f"The payment method type {kind}")
    return PLAIN[kind](call.mode, billing_details=details)


def _card(call: Call, sent: Json, details: Json) -> Json:
    if "token" in sent:
        method = from_token(call.mode, sent["token"], details) if sent["token"].startswith("tok_") else None
        if method is None:
            raise no_such("token", sent["token"], param="card[token]", status=400)
        return method
    if not sent.get("number"):
        raise missing("card[number]")
    if not call.world.account_changes.get("raw_card_data"):
        raise StripeError(402, RAW)
    number = re.sub(r"[\s-]", "", sent["number"])
    if not number.isdigit() or not cards.luhn(number):
        raise _refused(NUMBER, "number")
    for name in ("exp_month", "exp_year"):
        if name not in sent:
            raise missing(f"card[{name}]")
    month, year = _expiry(sent["exp_month"], sent["exp_year"])
    return new_card(call.mode, number, month=month, year=year, billing_details=details)


def _expiry(month: int, year: int) -> tuple[int, int]:
    if not 1 <= month <= LAST_MONTH:
        raise _refused(Decline("invalid_expiry_month", "", "Your card's expiration month is invalid."), "exp_month")
    return month, year if year > 99 else 2000 + year  # noqa: PLR2004 - two digits are enough for Stripe


def _refused(why: Decline, name: str) -> StripeError:
    return StripeError(402, why.message, kind=CARD, code=why.code, param=name)


def _account(call: Call, sent: Json, details: Json) -> Json:
    for name in ("name", "email"):
        if not details[name]:
            raise missing(f"billing_details[{name}]")
    if "iban" not in sent:
        raise missing("sepa_debit[iban]")
    iban = re.sub(r"[\s-]", "", sent["iban"]).upper()
    if not sepa.valid(iban):
        raise invalid("The IBAN you provided is invalid.", code="invalid_bank_account_iban", param="sepa_debit[iban]")
    if refusal := sepa.scenario(iban).refused:
        raise invalid(
            "This bank account cannot be debited by SEPA Direct Debit.", code=refusal, param="sepa_debit[iban]"
        )
    return new_sepa(call.mode, iban, billing_details=details)


def _billing(before: Json, sent: Json) -> Json:
    after = {**before, **{name: value or None for name, value in sent.items() if name != "address"}}
    if "address" in sent:
        after["address"] = address(sent["address"]) or dict(NO_ADDRESS)
    return after


@operation("POST", "/v1/payment_methods/{payment_method}", permission=WRITE)
def update(call: Call) -> Json:
    method = from_path(call, KIND, KIND, param=KIND)
    if method["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    if "us_bank_account" in call.params:
        raise not_built("The parameter us_bank_account of payment methods")
    changed: Json = {
        "billing_details": _billing(method["billing_details"], call.params.get("billing_details", {})),
        "metadata": merged(method["metadata"], call.params.get("metadata")),
        "allow_redisplay": call.params.get("allow_redisplay", method["allow_redisplay"]),
    }
    if "card" in call.params:
        changed["card"] = _new_card_facts(method, call.params["card"])
    previous = {name: method[name] for name, value in changed.items() if method[name] != value}
    method.update(changed)
    if previous:
        emit(call.mode, "payment_method.updated", method, previous)
    return method


def _new_card_facts(method: Json, sent: Json) -> Json:
    if method["type"] != "card":
        raise invalid("You cannot update `card` of a PaymentMethod of another type.", param="card")
    if "networks" in sent:
        raise not_built("The parameter card[networks] of payment methods")
    month, year = _expiry(
        sent.get("exp_month", method["card"]["exp_month"]), sent.get("exp_year", method["card"]["exp_year"])
    )
    return {**method["card"], "exp_month": month, "exp_year": year}


@operation("POST", "/v1/payment_methods/{payment_method}/attach", permission=WRITE)
def attach(call: Call) -> Json:
    if "customer_account" in call.params:
        raise not_built("The parameter customer_account of payment methods")
    customer = by_param(call, "customer", "customer")
    if customer is None:
        raise missing("customer")
    method = resolve(call.mode, call.path[KIND])
    check_attachable(call.mode, method, customer["id"])
    tie(call.mode, method, customer["id"])
    return method


@operation("POST", "/v1/payment_methods/{payment_method}/detach", permission=WRITE)
def detach(call: Call) -> Json:
    method = from_path(call, KIND, KIND, param=KIND)
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    untie(call.mode, method)
    return method

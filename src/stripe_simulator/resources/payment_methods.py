"""Payment methods."""

import hashlib

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.errors import CARD, StripeError, invalid
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.payments import cards, tokens
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources import mandates
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ, KIND = "rak_payment_method_read", "payment_method"
EXAMPLE = ("jenny.rosen@example.com", "Jenny Rosen")  # whom Stripe's test accounts belong to
SINGLE_USE = ("bancontact", "ideal")  # what is kept of them is a SEPA account
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def billing(*, email: str | None = None, name: str | None = None, address: Json | None = None) -> Json:
    return {"address": address or dict(NO_ADDRESS), "email": email, "name": name, "phone": None, "tax_id": None}


def next_year(mode: Mode) -> int:
    return int(mode.world.clock.now() // (365.25 * 86400)) + 1970 + 1


def _new(mode: Mode, kind: str, details: Json, billing_details: Json, **side: str) -> Json:
    return mode.put(
        {
            "id": ids.make("pm"),
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": billing_details,
            kind: details,
            "created": mode.world.clock.seconds(),
            "customer": None,
            "customer_account": None,
            "livemode": mode.livemode,
            "metadata": {},
            "type": kind,
        },
        **side,
    )


def new_card(mode: Mode, number: str, *, month: int, year: int, billing_details: Json) -> Json:
    """A card; its number stays inside the simulator and decides how it behaves."""
    brand = cards.brand(number)
    details: Json = {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": "US",
        "display_brand": brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": fingerprint(number),
        "funding": "credit",
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _new(mode, "card", details, billing_details, number=number)


def new_sepa(mode: Mode, iban: str, *, billing_details: Json) -> Json:
    details: Json = {
        "bank_code": iban[4:12],
        "branch_code": "",
        "country": iban[:2],
        "fingerprint": fingerprint(iban),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": iban[-4:],
    }
    return _new(mode, "sepa_debit", details, billing_details, iban=iban)


def new_bancontact(mode: Mode, *, billing_details: Json) -> Json:
    return _new(mode, "bancontact", {}, billing_details)


def new_ideal(mode: Mode, *, billing_details: Json) -> Json:
    """Which bank it is, the customer says on the page behind."""
    return _new(mode, "ideal", {"bank": None, "bic": None}, billing_details)


def new_link(mode: Mode, *, billing_details: Json) -> Json:
    return _new(mode, "link", {"email": billing_details["email"], "persistent_token": None}, billing_details)


def fingerprint(number: str) -> str:
    """The same account gives the same fingerprint, without telling its number."""
    return hashlib.sha256(b"fingerprint:" + number.encode()).hexdigest()[:16]


def resolve(mode: Mode, identifier: str) -> Json:
    """A payment method by id, fit to be used; one of Stripe's test ids makes a new one."""
    made = from_token(mode, identifier, billing())
    if made is not None:
        return made
    method = find(mode, KIND, identifier, param=KIND, status=400)
    if mode.facts(method["id"]).get("spent"):
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
            "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
        )
    return method


def from_token(mode: Mode, name: str, details: Json) -> Json | None:
    """A new payment method for one of Stripe's test names, or nothing."""
    number, iban = tokens.card_number(name), tokens.iban(name)
    if number is not None:
        return new_card(mode, number, month=12, year=next_year(mode), billing_details=details)
    if iban is not None:
        email, owner = EXAMPLE
        return new_sepa(mode, iban, billing_details=billing(email=email, name=owner))
    return None


def attach(mode: Mode, method: Json, customer: str, *, redisplay: str | None = None) -> None:
    """Tie a method to a customer, once."""
    if method["customer"] == customer:
        return
    method["customer"] = customer
    if redisplay is not None:
        method["allow_redisplay"] = redisplay
    emit(mode, "payment_method.attached", method)


def detach(mode: Mode, method: Json) -> None:
    """Untie it from its customer; it can never be used again, nor debited."""
    before = {"customer": method["customer"]}
    method["customer"] = None
    mode.facts(method["id"])["spent"] = True
    emit(mode, "payment_method.detached", method, before)
    mandates.end_all(mode, method["id"])


def check_belongs(method: Json, customer: str | None, *, thing: str) -> None:
    """Raise unless the method is nobody's or this customer's; `thing` is what it is to be used with."""
    if method["customer"] and method["customer"] != customer:
        raise invalid(
            f"The provided PaymentMethod cannot be attached. The payment method you provided belongs to the Customer "
            f"{method['customer']}. Please include the Customer in the `customer` parameter on the {thing}.",
            code="parameter_missing",
            param="source",
        )


def check_attachable(mode: Mode, method: Json, customer: str | None) -> None:
    """Raise what Stripe answers when this method cannot be kept for this customer (None: one that is being made)."""
    if method["customer"] not in {None, customer}:
        raise invalid("The payment method you provided has already been attached to a customer.")
    if method["type"] in SINGLE_USE:
        raise invalid(f"Payment methods of type '{method['type']}' cannot be saved to customers.")
    if method["type"] != "card":
        return
    refused = cards.refused_when_saved(mode.facts(method["id"])["number"])
    if refused is not None:
        raise StripeError(402, refused.message, kind=CARD, code=refused.code, decline_code=refused.decline_code)


@operation("GET", "/v1/payment_methods/{payment_method}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "payment_method", "payment_method", param="payment_method")


@operation("GET", "/v1/payment_methods", permission=READ)
def listing(call: Call) -> Json:
    attached = (method for method in call.mode.all("payment_method") if method["customer"])
    things = matching(attached, call.params, "customer", "type", "allow_redisplay")
    return page(things, call.params, "/v1/payment_methods", "PaymentMethod")


@operation("GET", "/v1/customers/{customer}/payment_methods", permission=READ)
def of_customer(call: Call) -> Json:
    customer = from_path(call, "customer", "customer", param="customer")
    own = (method for method in call.mode.all("payment_method") if method["customer"] == customer["id"])
    things = matching(own, call.params, "type", "allow_redisplay")
    return page(things, call.params, f"/v1/customers/{customer['id']}/payment_methods", "PaymentMethod")


@operation("GET", "/v1/customers/{customer}/payment_methods/{payment_method}", permission=READ)
def one_of_customer(call: Call) -> Json:
    customer = from_path(call, "customer", "customer", param="customer")
    method = from_path(call, "payment_method", "payment_method", param="payment_method")
    if method["customer"] != customer["id"]:
        return find(call.mode, "payment_method", "", param="payment_method")
    return method

"""Payment methods."""

import hashlib

from stripe_simulator import ids
from stripe_simulator.emit import emit
from stripe_simulator.find import find, from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.payments import cards
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

READ = "rak_payment_method_read"
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def billing(*, email: str | None = None, name: str | None = None, address: Json | None = None) -> Json:
    return {"address": address or dict(NO_ADDRESS), "email": email, "name": name, "phone": None, "tax_id": None}


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
    """A payment method by id; one of Stripe's test ids makes a new one."""
    number = cards.TOKENS.get(identifier)
    if number is not None:
        year = int(mode.world.clock.now() // (365.25 * 86400)) + 1970 + 1
        return new_card(mode, number, month=12, year=year, billing_details=billing())
    return find(mode, "payment_method", identifier, param="payment_method", status=400)


def attach(mode: Mode, method: Json, customer: str, *, redisplay: str | None = None) -> None:
    """Tie a method to a customer, once."""
    if method["customer"] == customer:
        return
    method["customer"] = customer
    if redisplay is not None:
        method["allow_redisplay"] = redisplay
    emit(mode, "payment_method.attached", method)


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

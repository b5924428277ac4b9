"""`payment_method_details`: how a charge describes what paid for it."""

from stripe_simulator import ids
from stripe_simulator.payments import sepa
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

AUTHENTICATED: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": "11111111-2222-4333-8444-555555555555",
    "version": "2.2.0",
}


def of_card(intent: Json, method: Json, *, declined: str | None, authenticated: bool) -> Json:
    card = method["card"]
    cvc = "fail" if declined == "incorrect_cvc" else "pass"
    off = {"status": "disabled"}
    unavailable = {"status": "unavailable"}
    return {
        "amount_authorized": None if declined else intent["amount"],
        "authorization_code": None if declined else ids.token(6).upper(),
        "brand": card["brand"],
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": cvc},
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": off,
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": unavailable,
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": unavailable,
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": str(int.from_bytes(method["id"].encode()[-6:])),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": dict(AUTHENTICATED) if authenticated else None,
        "transaction_link_id": None,
        "wallet": None,
    }


def of_sepa(mode: Mode, method: Json, mandate: str) -> Json:
    account = method["sepa_debit"]
    found = sepa.scenario(mode.facts(method["id"])["iban"])
    return {
        "bank_code": account["bank_code"],
        "branch_code": account["branch_code"],
        "country": account["country"],
        "expected_debit_date": sepa.expected_date(mode.world.clock.now(), found),
        "fingerprint": account["fingerprint"],
        "last4": account["last4"],
        "mandate": mandate,
    }


def of_link() -> Json:
    return {"country": "FR", "funding_source_group": None}


def of_redirected(method: Json) -> Json:
    """Bancontact or iDEAL, after the bank's page."""
    name = method["billing_details"]["name"]
    return _of_ideal(name) if method["type"] == "ideal" else _of_bancontact(name)


def _of_ideal(name: str | None) -> Json:
    return {
        "bank": "ing",
        "bic": "INGBNL2A",
        "generated_sepa_debit": None,
        "generated_sepa_debit_mandate": None,
        "iban_last4": "5264",
        "transaction_id": "1150000000000001",
        "verified_name": name,
    }


def _of_bancontact(name: str | None) -> Json:
    return {
        "bank_code": "VAPE",
        "bank_name": "VAN DE PUT & CO",
        "bic": "VAPEBE22",
        "generated_sepa_debit": None,
        "generated_sepa_debit_mandate": None,
        "iban_last4": "7061",
        "preferred_language": "fr",
        "verified_name": name,
    }

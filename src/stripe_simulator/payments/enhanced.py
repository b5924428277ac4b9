"""Evidence that the card networks weigh by rules of their own: Visa's Compelling Evidence 3.0, compliance disputes.

From https://docs.stripe.com/disputes/api/visa-ce3 and /visa-compliance; the words of the refusals are not verified.
"""

from typing import Any

from stripe_simulator.errors import invalid, malformed, no_such
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

COMPELLING = "visa_compelling_evidence_3"
COMPLIANCE = {"visa": "visa_compliance", "mastercard": "mastercard_compliance"}
NONCOMPLIANT, STOLEN = "noncompliant", "10.4"  # the reason; Visa's code for a card that somebody else used
DAY = 86400
YOUNGEST, OLDEST = 120 * DAY, 365 * DAY  # seconds before the disputed payment
PRIORS = 2
ROOM = "evidence[enhanced_evidence]"
ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")
PLAIN = (
    "customer_account_id",
    "customer_device_fingerprint",
    "customer_device_id",
    "customer_email_address",
    "customer_purchase_ip",
    "product_description",
)
SHORTEST = {"customer_device_fingerprint": 20, "customer_device_id": 15}  # characters
SECONDARY = ("shipping_address", "customer_email_address", "customer_account_id")


def compliance(card: Json, reason: str) -> str | None:
    """The programme of a compliance dispute: None for any other reason, and for networks without one."""
    return COMPLIANCE.get(card["network"]) if reason == NONCOMPLIANT else None


def eligibility(mode: Mode, charge: Json, reason: str, details: Json | None) -> Json:
    """What a new dispute may be answered with, by programme: its `evidence_details.enhanced_eligibility`."""
    if details is None or details["card"]["case_type"] == "inquiry":
        return {}
    programme = compliance(details["card"], reason)
    if programme is not None:
        return {programme: {"status": "requires_fee_acknowledgement"}}
    visa = details["card"]["network"] == "visa" and details["card"]["network_reason_code"] == STOLEN
    if visa and sum(fits(prior, charge) for prior in mode.all("charge")) >= PRIORS:
        return {COMPELLING: _rating(None)}
    return {}


def fits(prior: Json, charge: Json) -> bool:
    """Whether an earlier payment by the same card can speak for the disputed one."""
    age = charge["created"] - prior["created"]
    if not (YOUNGEST <= age <= OLDEST and prior["paid"] and not prior["disputed"]):
        return False
    return bool(_fingerprint(prior) == _fingerprint(charge))


def _fingerprint(charge: Json) -> str | None:
    details: Json = charge["payment_method_details"]
    found: str | None = details[details["type"]].get("fingerprint")
    return found


def written(mode: Mode, dispute: Json, sent: Any) -> Json:
    """`enhanced_evidence` after an update. Raises StripeError for a programme that this dispute is not part of."""
    if not sent:  # an empty text clears it
        return {}
    after: Json = dict(dispute["evidence"]["enhanced_evidence"])
    for programme, said in sent.items():
        if programme not in dispute["enhanced_eligibility_types"]:
            raise invalid(f"This dispute is not eligible for {programme}.", param=f"{ROOM}[{programme}]")
        if programme == COMPELLING:
            after[programme] = _compelling(mode, dispute, after.get(programme), said)
        else:
            known = after.get(programme, {"fee_acknowledged": False})
            after[programme] = {"fee_acknowledged": said.get("fee_acknowledged", known["fee_acknowledged"])}
    return after


def _compelling(mode: Mode, dispute: Json, known: Json | None, said: Json) -> Json:
    at = f"{ROOM}[{COMPELLING}]"
    after: Json = dict(known or {"disputed_transaction": None, "prior_undisputed_transactions": []})
    if "disputed_transaction" in said:
        plain = {**dict.fromkeys((*PLAIN, "shipping_address")), "merchandise_or_services": None}
        before = after["disputed_transaction"] or plain
        after["disputed_transaction"] = before | _read(said["disputed_transaction"], f"{at}[disputed_transaction]")
    if "prior_undisputed_transactions" in said:
        name = f"{at}[prior_undisputed_transactions]"
        priors = said["prior_undisputed_transactions"]
        if len(priors) > PRIORS or len({prior["charge"] for prior in priors}) < len(priors):
            raise invalid(f"Name exactly {PRIORS} different prior undisputed transactions.", param=name)
        after["prior_undisputed_transactions"] = [
            _prior(mode, dispute, prior, f"{name}[{index}]") for index, prior in enumerate(priors)
        ]
    return after


def _prior(mode: Mode, dispute: Json, said: Json, at: str) -> Json:
    charge = mode.get("charge", said["charge"])
    if charge is None:
        raise no_such("charge", said["charge"], param=f"{at}[charge]", status=400)
    if not fits(charge, mode.objects[dispute["charge"]]):
        raise invalid(
            f"The charge {charge['id']} must be paid by the same card 120 to 365 days earlier, and undisputed.",
            param=f"{at}[charge]",
        )
    return dict.fromkeys((*PLAIN, "shipping_address")) | _read(said, at)


def _read(said: Json, at: str) -> Json:
    told: Json = {name: value if value != "" else None for name, value in said.items()}
    for name, least in SHORTEST.items():
        if told.get(name) and len(told[name]) < least:
            raise malformed(f"Invalid string: must be at least {least} characters", param=f"{at}[{name}]")
    if told.get("shipping_address"):
        told["shipping_address"] = {name: told["shipping_address"].get(name) or None for name in ADDRESS}
    return told


def rated(dispute: Json, evidence: Json) -> Json:
    """`enhanced_eligibility` once the evidence is this."""
    after: Json = {}
    for programme in dispute["enhanced_eligibility_types"]:
        said = evidence["enhanced_evidence"].get(programme)
        if programme == COMPELLING:
            after[programme] = _rating(said)
        else:
            paid = said is not None and said["fee_acknowledged"]
            after[programme] = {"status": "fee_acknowledged" if paid else "requires_fee_acknowledgement"}
    return after


def _rating(said: Json | None) -> Json:
    disputed: Json = (said or {}).get("disputed_transaction") or {}
    priors: list[Json] = (said or {}).get("prior_undisputed_transactions", [])
    wanted = {
        "missing_customer_identifiers": len(priors) < PRIORS or not _recognised([disputed, *priors]),
        "missing_disputed_transaction_description": not disputed.get("product_description"),
        "missing_merchandise_or_services": not disputed.get("merchandise_or_services"),
        "missing_prior_undisputed_transaction_description": not all(
            prior["product_description"] for prior in priors or ({"product_description": None},)
        ),
        "missing_prior_undisputed_transactions": len(priors) < PRIORS,
    }
    actions = [name for name, lacks in wanted.items() if lacks]
    return {"required_actions": actions, "status": "requires_action" if actions else "qualified"}


def _recognised(payments: list[Json]) -> bool:
    """Two elements are the same in all three, one of them a main one; the two of the device count as one."""

    def same(name: str) -> bool:
        first = payments[0].get(name)
        return bool(first) and all(payment[name] == first for payment in payments[1:])

    main = same("customer_purchase_ip") + (same("customer_device_fingerprint") or same("customer_device_id"))
    return main > 0 and main + sum(map(same, SECONDARY)) > 1


def refuse_unpaid(dispute: Json, evidence: Json) -> None:
    """Raises StripeError when a compliance dispute would go to the network with its fee unacknowledged."""
    for programme in COMPLIANCE.values():
        said = evidence["enhanced_evidence"].get(programme) or {}
        if programme in dispute["enhanced_eligibility_types"] and not said.get("fee_acknowledged"):
            raise invalid(
                "You must acknowledge the network's fee before you submit evidence for this dispute.",
                param=f"{ROOM}[{programme}][fee_acknowledged]",
            )

"""What changed between API versions, each step told backwards: how to make the older shape out of the newer one.

Only changes that break a reader are here. Fields that Stripe added without breaking anybody are sent at every version,
as Stripe sends them. 2023-08-16 and 2024-04-10 changed what a *new* PaymentIntent does, not how one is shown; the same
holds for the session's `payment_intent`, which since 2022-08-01 is null until the customer pays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe_simulator.types import Json
from stripe_simulator.world import Mode

SHOWN = 10  # entries of a list inside an object
# Which older words Stripe chose is not known; these mean the same to whoever must act.
APPEALED = {"appeal_needs_response": "needs_response", "appeal_under_review": "under_review"}
UI_MODES = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a step may look at: the objects of the mode, and how an object of today looked just before this step."""

    mode: Mode
    past: Callable[[Json], Json]


Step = Callable[[Scope, Json], None]  # changes the thing it is given


def _dispute_2026_09_30(_scope: Scope, dispute: Json) -> None:
    dispute["status"] = APPEALED.get(dispute["status"], dispute["status"])


def _session_2026_03_25(_scope: Scope, session: Json) -> None:
    session["ui_mode"] = UI_MODES.get(session["ui_mode"], session["ui_mode"])


def _session_2025_09_30(_scope: Scope, session: Json) -> None:
    session["currency_conversion"] = None


def _promotion_2025_09_30(scope: Scope, code: Json) -> None:
    """The coupon stood in the code itself, whole; here one that is gone by now as a stub."""
    promotion = code.pop("promotion")
    coupon = promotion["coupon"]
    code["coupon"] = scope.past(scope.mode.objects[coupon]) if isinstance(coupon, str) else coupon


def _product_2024_04_10(_scope: Scope, product: Json) -> None:
    if not product.get("deleted"):
        product["features"] = product.pop("marketing_features", [])


def _session_2025_03_31(_scope: Scope, session: Json) -> None:
    collected = session.get("collected_information") or {}
    session["shipping_details"] = collected.pop("shipping_details", None)


def _invoice_2025_03_31(_scope: Scope, thing: Json) -> None:
    thing["invoice"] = None


def _intent_2022_11_15(scope: Scope, intent: Json) -> None:
    intent.pop("latest_charge", None)
    charges = [scope.past(charge) for charge in scope.mode.all("charge") if charge["payment_intent"] == intent["id"]]
    intent["charges"] = _list(charges, f"/v1/charges?payment_intent={intent['id']}")


def _charge_2022_11_15(scope: Scope, charge: Json) -> None:
    if "refunds" not in charge:
        refunds = [scope.past(refund) for refund in scope.mode.all("refund") if refund["charge"] == charge["id"]]
        charge["refunds"] = _list(refunds, f"/v1/charges/{charge['id']}/refunds")


def _session_2022_08_01(_scope: Scope, session: Json) -> None:
    session["shipping"] = session.pop("shipping_details", None)
    cost = session.pop("shipping_cost", None) or {}
    session["shipping_rate"] = cost.get("shipping_rate")


def _session_2020_08_27(scope: Scope, session: Json) -> None:
    session["display_items"] = [
        {
            "amount": line["price"]["unit_amount"],
            "currency": line["currency"],
            "custom": _custom(scope.mode.objects[line["price"]["product"]], line),
            "quantity": line["quantity"],
            "type": "custom",
        }
        for line in scope.mode.facts(session["id"])["lines"]
    ]


def _custom(product: Json, line: Json) -> Json:
    """A product may be gone by now."""
    return {
        "description": product.get("description"),
        "images": product.get("images") or None,
        "name": line["description"],
    }


def _customer_2020_08_27(_scope: Scope, customer: Json) -> None:
    if not customer.get("deleted"):
        for name in ("sources", "subscriptions", "tax_ids"):
            customer[name] = _list([], f"/v1/customers/{customer['id']}/{name}")


def _customer_2019_12_03(_scope: Scope, customer: Json) -> None:
    customer["tax_info"] = None
    customer["tax_info_verification"] = None


def _customer_2019_10_17(_scope: Scope, customer: Json) -> None:
    customer["account_balance"] = customer.get("balance")


def _list(rows: list[Json], url: str) -> Json:
    shown: list[Any] = rows[:SHOWN]
    return {"object": "list", "data": shown, "has_more": len(rows) > SHOWN, "total_count": len(rows), "url": url}


SESSION, INTENT, CHARGE, CUSTOMER = "checkout.session", "payment_intent", "charge", "customer"
DISPUTE, PROMOTION, PRODUCT = "dispute", "promotion_code", "product"
# newest first: the version that brought the change, and by object type the step back to what came before it
STEPS: tuple[tuple[str, dict[str, Step]], ...] = (
    ("2026-09-30.endive", {DISPUTE: _dispute_2026_09_30}),
    ("2026-03-25.dahlia", {SESSION: _session_2026_03_25}),
    ("2025-09-30.clover", {SESSION: _session_2025_09_30, PROMOTION: _promotion_2025_09_30}),
    ("2025-03-31.basil", {SESSION: _session_2025_03_31, INTENT: _invoice_2025_03_31, CHARGE: _invoice_2025_03_31}),
    ("2024-04-10", {PRODUCT: _product_2024_04_10}),
    ("2022-11-15", {INTENT: _intent_2022_11_15, CHARGE: _charge_2022_11_15}),
    ("2022-08-01", {SESSION: _session_2022_08_01}),
    ("2020-08-27", {SESSION: _session_2020_08_27, CUSTOMER: _customer_2020_08_27}),
    ("2019-12-03", {CUSTOMER: _customer_2019_12_03}),
    ("2019-10-17", {CUSTOMER: _customer_2019_10_17}),
)
# fields that bore another name before a version, for `previous_attributes`
RENAMED: dict[tuple[str, str], tuple[str, str]] = {
    (CUSTOMER, "2019-10-17"): ("balance", "account_balance"),
    (PRODUCT, "2024-04-10"): ("marketing_features", "features"),
}
# words of a field before a version, for `previous_attributes`
REWORDED: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    (DISPUTE, "2026-09-30.endive"): ("status", APPEALED),
}

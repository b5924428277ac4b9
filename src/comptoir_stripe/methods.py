"""How a payment was made, in words for people."""

from __future__ import annotations

import datetime as dt
from typing import Any

from comptoir.modules.api import MethodDetails

BRANDS = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club",
    "jcb": "JCB", "unionpay": "UnionPay", "cartes_bancaires": "CB", "eftpos_au": "Eftpos",
}  # fmt: skip
NAMES = {"sepa_debit": "SEPA", "bancontact": "Bancontact", "ideal": "iDEAL", "link": "Link", "paypal": "PayPal"}


def details(charge: dict[str, Any] | None) -> MethodDetails | None:
    """The method of a charge, e.g. `Visa ·· 4242`; None where there is no charge yet."""
    said = (charge or {}).get("payment_method_details") or {}
    kind = said.get("type")
    if not isinstance(kind, str):
        return None
    more = said.get(kind) or {}
    brand = (
        BRANDS.get(more.get("brand") or "", "") if kind == "card" else NAMES.get(kind, kind.replace("_", " ").title())
    )
    last4 = more.get("last4")
    return MethodDetails(type=kind, label=f"{brand or 'Card'} ·· {last4}" if last4 else brand)


def expected_on(charge: dict[str, Any] | None) -> dt.date | None:
    """The day on which a debit is expected, as Stripe estimates it; None for methods that pay at once."""
    said = (charge or {}).get("payment_method_details") or {}
    day = (said.get(said.get("type") or "") or {}).get("expected_debit_date")
    try:
        return dt.date.fromisoformat(day) if isinstance(day, str) else None
    except ValueError:
        return None

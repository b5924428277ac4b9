"""Payment method types: which are active, which fit an amount, how they are shown; and how a payment was made, in words for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.kernel.money import Money
from comptoir.modules.api import Account, MethodDetails, MethodTile, Mode, NoOffer, Offer, Text
from comptoir_stripe import amounts, gateway, method_types
from comptoir_stripe.amounts import Trouble
from comptoir_stripe.links import settings_url
from comptoir_stripe.method_types import PARTS_OF_CARD
from comptoir_stripe.texts import filled, joined

TROUBLES = {  # for the customer
    Trouble.LITTLE: gettext_noop(
        "%(amount)s is too little to be paid online. Nothing was charged. Please choose another way of paying where there is one, "
        "or write to us, and we settle it for you."
    ),
    Trouble.MUCH: gettext_noop(
        "%(amount)s is more than can be paid online at once. Nothing was charged. Please choose another way of paying where there is "
        "one, or write to us, and we divide it for you."
    ),
    Trouble.INEXACT: gettext_noop(
        "%(amount)s cannot be paid online to the last figure, for our payment service takes this currency in larger steps only. "
        "Nothing was charged. Please choose another way of paying where there is one, or write to us, and we settle it for you."
    ),
}
REFUSED = {"amount_too_small": Trouble.LITTLE, "amount_too_large": Trouble.MUCH}  # Stripe's codes
NAMED = 5  # so many types are named beside the choice

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


# ------------------------------------------------------------------ what the account offers


def methods(account: Account) -> dict[str, bool]:
    """Every type of the account's default configuration, and whether it is active. Raises CallRefusedError, OutcomeUnknownError."""
    client = gateway.client(account)
    return of_configurations(gateway.ask(lambda: client.v1.payment_method_configurations.list({"limit": 100})))


def of_configurations(listed: Mapping[str, Any]) -> dict[str, bool]:
    """The types of the default among the account's configurations; those of connected platforms' applications are not ours."""
    own = [each for each in listed.get("data") or () if each.get("active", True) and not each.get("application")]
    chosen = next((each for each in own if each.get("is_default")), None)
    return {
        name: bool(said.get("available")) and (said.get("display_preference") or {}).get("value") == "on"
        for name, said in sorted((chosen or {}).items())
        if isinstance(said, dict) and "display_preference" in said
    }


def tiles(known: Mapping[str, bool], *, account: str, mode: Mode) -> tuple[MethodTile, ...]:
    """The types as staff see them, wallets and brands folded into cards. No network."""
    url = settings_url(account, mode, "methods")
    found = []
    for name in method_types.in_order(list(known)):
        kind = method_types.of(name)
        parts = tuple(title for part, title in PARTS_OF_CARD.items() if known.get(part)) if name == "card" else ()
        found.append(
            MethodTile(
                type=name,
                title=kind.title,
                letters=kind.letters,
                active=known[name],
                parts=parts,
                currencies=kind.currencies,
                url=url,
            )
        )
    return tuple(found)


def fitting(names: list[str], amount: Money) -> list[str]:
    """The types that take an amount: its currency, and neither too little nor too much."""
    return [
        name
        for name in method_types.in_order(names)
        if amount.currency in (method_types.of(name).currencies or (amount.currency,))
        and amounts.payable(amount, by=name)
    ]


def offer(account: Account, amount: Money) -> Offer | NoOffer:
    """What a customer reads beside the choice; or why Stripe is not offered, for staff. No network.

    While the account's active types were never read, those ticked are taken for active; with none ticked, Stripe decides on its page,
    of amounts that a card can be charged with.
    """
    allowed, active = list(account.allowed_methods), account.active_methods
    unknown = active is None and not allowed
    if not fitting(["card"] if unknown else ["card", *amounts.LEAST_BY_TYPE], amount):
        why = _("Stripe does not take this amount: it is too small, too large or not exact in this currency.")
        return NoOffer(why, sentence=_to_customer(["card"], amount))
    if unknown:
        return Offer(title=_("Card or another online payment"), hint=_("Secure payment page of Stripe"))
    names = allowed or list(active or ())
    if active is not None:
        names = [name for name in names if active.get(name)]
    if not names:
        return NoOffer(_no_type(ticked=bool(allowed)))
    fit = fitting(names, amount)
    if not fit:
        return NoOffer(_none_fits(names, amount), sentence=_to_customer(names, amount))
    return Offer(title=_title(fit), hint=_hint(fit))


def _to_customer(names: list[str], amount: Money) -> Text:
    """Why none of these types takes an amount."""
    taking = method_types.in_order(fitting_currency(names, amount.currency))
    trouble = next((found for name in taking if (found := amounts.trouble(amount, by=name)) is not None), None)
    if trouble is not None:
        return refused(trouble, amount)
    text = gettext_noop(
        "Our online payment does not take %(currency)s. Nothing was charged. Please choose another way of paying where there is one, "
        "or write to us, and we settle it for you."
    )
    return filled(text, currency=amount.currency)


def refused(trouble: Trouble | None, amount: Money) -> Text:
    """What a customer reads whose amount Stripe does not take; '' where there is no such trouble."""
    return filled(TROUBLES[trouble], amount=amount) if trouble is not None else ""


def _no_type(*, ticked: bool) -> Text:
    if ticked:
        return _(
            "None of the ticked payment method types is active in the Stripe account. Tick another one, or activate one there."
        )
    return _("No payment method type is active in the Stripe account. Activate one there, then read the types again.")


def _none_fits(names: list[str], amount: Money) -> Text:
    titles = joined(tuple(method_types.of(name).title for name in method_types.in_order(names)))
    if not fitting_currency(names, amount.currency):
        text = gettext_noop(
            "None of the payment method types that are ticked and active (%(names)s) takes %(currency)s."
        )
        return filled(text, names=titles, currency=amount.currency)
    return filled(
        gettext_noop("The amount is too small or too large for the payment method types that remain (%(names)s)."),
        names=titles,
    )


def fitting_currency(names: list[str], currency: str) -> list[str]:
    """The types that take a currency, whatever the amount."""
    return [name for name in names if currency in (method_types.of(name).currencies or (currency,))]


def _title(fit: list[str]) -> Text:
    if fit == ["card"]:
        return _("Card")
    return _("Card or another online payment") if "card" in fit else _("Online payment")


def _hint(fit: list[str]) -> Text:
    names = joined(tuple(method_types.of(name).title for name in fit[:NAMED]))
    return filled(gettext_noop("%(names)s…"), names=names) if len(fit) > NAMED else names

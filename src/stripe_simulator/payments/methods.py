"""Which payment method types a payment may use: dynamic, then filtered."""

from dataclasses import dataclass
from typing import Any

from stripe_simulator.errors import invalid, no_such
from stripe_simulator.payments import configurations, money
from stripe_simulator.resources.account import account
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

EURO = frozenset({"eur"})
FILTERS = ("allowed_payment_method_types", "excluded_payment_method_types")
CHOOSING = (*FILTERS, "payment_method_configuration", "payment_method_types")  # the last: of versions that knew it


@dataclass(frozen=True, slots=True)
class Offer:
    """What a type takes: currencies (None: all) and, in minor units, the least and the most."""

    currencies: frozenset[str] | None = None
    least: int | None = None  # None: as the currency says
    most: int | None = None  # None: as the currency says


# in the order of the hosted page. The most of a debit is the limit of a new account at Stripe.
OFFERS: dict[str, Offer] = {
    "card": Offer(most=money.LARGEST),
    "sepa_debit": Offer(EURO, most=1_000_000),
    "bancontact": Offer(EURO),
    "ideal": Offer(EURO, least=1),
    "link": Offer(),
}


def types(mode: Mode, currency: str, params: Json, *, amount: int, thing: str) -> list[str]:
    """What can be used: the configuration, less what the caller, the currency and the amount leave out.

    Raises when nothing is left; `thing` names the object in that sentence. A caller of an API version that still knew
    `payment_method_types` may force the list instead.
    """
    if params.get("payment_method_types"):
        return _forced(mode, currency, list(dict.fromkeys(params["payment_method_types"])), amount)
    shown = configurations.available(mode, configuration(mode, params))
    able = [kind for kind, offer in OFFERS.items() if kind in shown and _takes(mode, offer, currency, amount)]
    allowed: Any = params.get("allowed_payment_method_types") or able
    excluded: Any = params.get("excluded_payment_method_types") or ()
    found = [kind for kind in able if kind in allowed and kind not in excluded]
    if not found:
        raise invalid(
            f"No valid payment method types for this {thing}. Please ensure that you have activated payment methods "
            "compatible with your chosen currency in your dashboard (https://dashboard.stripe.com/settings/payments).",
        )
    return found


def _forced(mode: Mode, currency: str, kinds: list[str], amount: int) -> list[str]:
    """A list that asks no configuration; the account, the currency and the digits of the amount must allow each type."""
    able = account(mode.world)["capabilities"]
    for kind in kinds:
        if kind not in OFFERS or able.get(configurations.capability(kind)) != "active":
            raise invalid(
                f'The payment method type "{kind}" is invalid. Please ensure the provided type is activated in your '
                "dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for "
                "any preview features that you are trying to use. See "
                "https://stripe.com/docs/payments/payment-methods/integration-options for supported payment method "
                "types",
                code="payment_intent_invalid_parameter",
                param="payment_method_types",
            )
        takes = OFFERS[kind].currencies
        if takes is not None and currency not in takes:
            raise invalid(
                f"The currency provided ({currency}) is invalid. Payments with {kind} support the following "
                f"currencies: {', '.join(sorted(takes))}.",
                code="payment_intent_invalid_parameter",
                param="currency",
            )
        if kind != "card" and amount > money.most(currency):
            raise money.too_much(money.most(currency), currency)
    return kinds


def _takes(mode: Mode, offer: Offer, currency: str, amount: int) -> bool:
    if offer.currencies is not None and currency not in offer.currencies:
        return False
    enough = money.below(mode, amount, currency) is None if offer.least is None else amount >= offer.least
    return enough and amount <= (money.most(currency) if offer.most is None else offer.most)


def configuration(mode: Mode, params: Json) -> Json:
    """The configuration that a payment names, or the default one."""
    identifier = params.get("payment_method_configuration")
    if not identifier:
        return configurations.default(mode)
    configurations.default(mode)
    found = mode.get(configurations.KIND, identifier)
    if found is None or not found["active"]:
        raise no_such("payment_method_configuration", identifier, param="payment_method_configuration", status=400)
    return found


def used(mode: Mode, params: Json) -> Json | None:
    """`payment_method_configuration_details`; none for a list that the caller forced."""
    if params.get("payment_method_types"):
        return None
    return {"id": configuration(mode, params)["id"], "parent": None}


def again(mode: Mode, intent: Json, params: Json, *, currency: str, amount: int, thing: str) -> Json:
    """What an update makes of the choice of an intent: the fields that change. Empty when it says nothing of it."""
    if not any(name in params for name in CHOOSING):
        return {}
    filters = {name: params.get(name, intent[name]) or None for name in FILTERS}
    before = (intent["payment_method_configuration_details"] or {}).get("id")
    wanted: Json = {"payment_method_configuration": params.get("payment_method_configuration") or before, **filters}
    forced = params.get("payment_method_types")
    if forced:
        wanted["payment_method_types"] = forced
    return {
        **filters,
        **({"automatic_payment_methods": None} if forced else {}),  # nothing is automatic about a list
        "payment_method_configuration_details": used(mode, wanted),
        "payment_method_types": types(mode, currency, wanted, amount=amount, thing=thing),
    }


def options(kinds: list[str]) -> Json:
    """`payment_method_options` as Stripe fills it in when nothing was asked."""
    filled: Json = {
        "bancontact": {"preferred_language": "en"},
        "card": {
            "installments": None,
            "mandate_options": None,
            "network": None,
            "request_three_d_secure": "automatic",
        },
        "ideal": {},
        "link": {"persistent_token": None},
        "sepa_debit": {},
    }
    return {kind: filled[kind] for kind in kinds}


def check_return(intent: Json, params: Json) -> None:
    """Raise unless whoever confirms says where a redirect leads back, or allows none."""
    automatic = intent["automatic_payment_methods"] or {}
    redirects = automatic.get("enabled") and automatic.get("allow_redirects", "always") != "never"
    if redirects and not params.get("return_url"):
        name = "PaymentIntent" if intent["object"] == "payment_intent" else "SetupIntent"
        raise invalid(
            f"This {name} is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. If "
            "you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
            "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
        )

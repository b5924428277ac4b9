"""Payment method configurations: what an account shows to its customers, switched on and off in the dashboard."""

from collections.abc import Iterable

from stripe_simulator import ids
from stripe_simulator.resources.account import account
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

KIND = "payment_method_configuration"
DEFAULTS = {"test": "pmc_1Simulator0000000000000", "live": "pmc_1SimulatorLive000000000"}
SHOWN = ("card", "cartes_bancaires", "apple_pay", "google_pay", "link", "sepa_debit", "bancontact", "ideal")
HIDDEN = (
    "alipay",
    "amazon_pay",
    "bizum",
    "blik",
    "eps",
    "klarna",
    "mobilepay",
    "multibanco",
    "p24",
    "paypal",
    "revolut_pay",
    "samsung_pay",
    "satispay",
    "twint",
    "wechat_pay",
)
TYPES = tuple(sorted((*SHOWN, *HIDDEN)))
RIDES_ON_CARD = ("apple_pay", "google_pay")  # no types of their own: the card's capability decides


def default(mode: Mode) -> Json:
    """The configuration of payments that name none; made when it is first asked for."""
    chosen = next((found for found in mode.all(KIND) if found["is_default"]), None)
    if chosen is None:
        chosen = new(mode, "Default", dict.fromkeys(SHOWN, "on"), identifier=DEFAULTS[mode.name], is_default=True)
    return chosen


def new(mode: Mode, name: str, preferences: Json, *, identifier: str = "", is_default: bool = False) -> Json:
    """A configuration; types without a preference are off."""
    configuration: Json = {
        "id": identifier or ids.make("pmc"),
        "object": KIND,
        "active": True,
        "application": None,
        "is_default": is_default,
        "livemode": mode.livemode,
        "name": name,
        "parent": None,
    }
    prefer(configuration, {**dict.fromkeys(TYPES, "off"), **preferences})
    return mode.put(configuration)


def prefer(configuration: Json, preferences: Json) -> None:
    """Set preferences: on, off, or none, which leaves it to Stripe (here: off)."""
    for kind, preference in preferences.items():
        value = "on" if preference == "on" else "off"
        configuration[kind] = {
            "available": False,
            "display_preference": {"overridable": None, "preference": preference, "value": value},
        }


def everyone(mode: Mode) -> Iterable[Json]:
    """Newest first, the default one among them."""
    default(mode)
    return mode.all(KIND)


def shown(mode: Mode, configuration: Json) -> Json:
    """As the API shows it: a type is available when it is on and its capability is active."""
    able = account(mode.world)["capabilities"]
    filled = dict(configuration)
    for kind, setting in configuration.items():
        if isinstance(setting, dict):
            on = setting["display_preference"]["value"] == "on"
            filled[kind] = {**setting, "available": on and able.get(capability(kind)) == "active"}
    return filled


def capability(kind: str) -> str:
    return "card_payments" if kind in RIDES_ON_CARD else f"{kind}_payments"


def available(mode: Mode, configuration: Json) -> set[str]:
    """The types that may be offered, as far as the configuration and the account decide."""
    seen = shown(mode, configuration)
    return {kind for kind, setting in seen.items() if isinstance(setting, dict) and setting["available"]}

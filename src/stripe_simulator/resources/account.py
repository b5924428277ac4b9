"""The account itself."""

from stripe_simulator.errors import StripeError, invalid, no_access
from stripe_simulator.lists import matching, page
from stripe_simulator.payments.money import SETTLING
from stripe_simulator.registry import Call, operation
from stripe_simulator.resources import connected
from stripe_simulator.types import Json, snapshot
from stripe_simulator.world import World

READ, WRITE = "rak_accounts_kyc_basic_read", "rak_accounts_kyc_basic_write"
ACTIVE = (
    "bancontact_payments",
    "card_payments",
    "cartes_bancaires_payments",
    "ideal_payments",
    "link_payments",
    "sepa_debit_payments",
    "transfers",
)
UNSHOWN = ("paypal_payments",)  # in the account itself


def account(world: World) -> Json:
    """The account object, with what the control API has changed."""
    settings = world.settings
    thing: Json = {
        "id": settings.account_id,
        "object": "account",
        "business_profile": _business_profile(settings.account_name),
        "business_type": "company",
        "capabilities": dict.fromkeys(ACTIVE, "active"),
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": settings.country,
        "created": world.created,
        "default_currency": settings.currency,
        "details_submitted": True,
        "email": "comptes@hebergeur-lumiere.example",
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/accounts/{settings.account_id}/external_accounts",
        },
        "future_requirements": nothing_due(),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": nothing_due(),
        "settings": _settings(settings.account_name),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }
    changes = dict(world.account_changes)
    capabilities = changes.pop("capabilities", {})
    changes.pop(SETTLING, None)
    thing["settings"]["payouts"]["debit_negative_balances"] = changes.pop("debit_negative_balances", True)
    for hidden in ("raw_card_data", "portal_saved", "slow_bank_refunds", connected.SWITCH):  # what Stripe shows nowhere
        changes.pop(hidden, None)
    held = {**thing["capabilities"], **capabilities}
    asked = {name: status for name, status in held.items() if status != "unrequested"}
    return {**thing, **changes, "capabilities": asked}


def shown(world: World) -> Json:
    """The account as the API shows it: a capability that its types do not know has an address of its own alone."""
    thing = account(world)
    known = {name: status for name, status in thing["capabilities"].items() if name not in UNSHOWN}
    return {**thing, "capabilities": known}


def nothing_due() -> Json:
    """Requirements of which none is left."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }


def _business_profile(name: str) -> Json:
    empty = ("annual_revenue", "estimated_worker_count", "mcc", "minority_owned_business_designation")
    support = ("product_description", "support_address", "support_email", "support_phone", "support_url", "url")
    return {**dict.fromkeys(empty), "name": name, **dict.fromkeys(support)}


def _settings(name: str) -> Json:
    descriptor = "".join(letter for letter in name.upper() if letter.isascii() and (letter.isalnum() or letter == " "))
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": name, "timezone": "Europe/Paris"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": {
            "statement_descriptor": descriptor[:22],
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 3, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }


@operation("GET", "/v1/account", permission=READ)
def retrieve_current(call: Call) -> Json:
    return shown(call.world)


def own(call: Call) -> None:
    """Raise unless the path names the account itself."""
    if call.path["account"] != call.world.settings.account_id:
        raise no_access(call.path["account"])


def other(call: Call) -> Json | None:
    """The connected account that the path names; None for the account itself. Raises StripeError for any other."""
    found = call.mode.get(connected.KIND, call.path["account"])
    if found is None or found.get("deleted"):
        own(call)
        return None
    return found


@operation("GET", "/v1/accounts/{account}", permission=READ)
def retrieve(call: Call) -> Json:
    return other(call) or shown(call.world)


@operation("GET", "/v1/accounts", permission=READ)
def listing(call: Call) -> Json:
    """Accounts connected to this one: none, as long as it is a shop and no platform."""
    alive = (found for found in call.mode.all(connected.KIND) if not found.get("deleted"))
    return page(matching(alive, call.params), call.params, "/v1/accounts", "account")


@operation("POST", "/v1/accounts", permission=WRITE)
def create(call: Call) -> Json:
    """A shop makes no accounts; a platform does, once the control API has made it one."""
    if not call.world.account_changes.get(connected.SWITCH):
        raise invalid(
            "You can only create new accounts if you've signed up for Connect, which you can do at "
            "https://dashboard.stripe.com/connect."
        )
    return connected.new_account(call.mode, call.params, snapshot(shown(call.world)))


@operation("POST", "/v1/accounts/{account}", permission=WRITE)
def update(call: Call) -> Json:
    """What a shop's own account says is changed in the dashboard; here, by the control API."""
    found = other(call)
    if found is None:
        raise _not_connected()
    found.update(connected.written(found, call.params))
    return found


@operation("DELETE", "/v1/accounts/{account}", permission=WRITE)
def delete(call: Call) -> Json:
    """The account itself is not closed over the API."""
    found = other(call)
    if found is None:
        raise _not_connected()
    return call.mode.put({"id": found["id"], "object": connected.KIND, "deleted": True})


def _not_connected() -> StripeError:
    return invalid("You cannot use this method on your own account: you may only use it on connected accounts.")

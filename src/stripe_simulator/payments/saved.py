"""What a customer saved before and may use again on the payment page, and the wish to keep the next method.

`saved_payment_method_options` of a session decides: which are shown (by their `allow_redisplay`), whether the customer may
save one, whether one may be removed [docs.stripe.com/payments/save-during-payment].
"""

from stripe_simulator.types import Json
from stripe_simulator.world import Mode

KINDS = ("card", "sepa_debit")  # what a page shows again
ENABLED = "enabled"
ALWAYS = "always"
PLAIN: Json = {
    "allow_redisplay_filters": [ALWAYS],
    "payment_method_remove": "disabled",
    "payment_method_save": "disabled",
}


def options(params: Json, customer: Json | None) -> Json | None:
    """As a new session tells them; none where nothing can be shown again."""
    sent = params.get("saved_payment_method_options")
    if params["mode"] != "payment" or (sent is None and customer is None):
        return None
    return {**PLAIN, **(sent or {})}


def shown_again(mode: Mode, session: Json) -> list[Json]:
    """The customer's methods that this page may offer, newest first."""
    terms: Json | None = session["saved_payment_method_options"]
    if terms is None or not session["customer"]:
        return []
    filters = terms["allow_redisplay_filters"] or [ALWAYS]
    kinds = [kind for kind in KINDS if kind in session["payment_method_types"]]
    return [
        method
        for method in mode.all("payment_method")
        if method["customer"] == session["customer"]
        and method["type"] in kinds
        and method["allow_redisplay"] in filters
    ]


def may_keep(session: Json) -> bool:
    return bool((session["saved_payment_method_options"] or {}).get("payment_method_save") == ENABLED)


def may_remove(session: Json) -> bool:
    return bool((session["saved_payment_method_options"] or {}).get("payment_method_remove") == ENABLED)

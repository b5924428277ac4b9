"""The account's keys, and the account's switches."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused, only, text
from stripe_simulator.payments.money import SETTLING, is_currency
from stripe_simulator.payments.refunding import SLOW
from stripe_simulator.resources.account import account
from stripe_simulator.resources.balance import DEBITS
from stripe_simulator.resources.capabilities import STATES, change
from stripe_simulator.resources.connected import SWITCH as CONNECT
from stripe_simulator.types import Json
from stripe_simulator.world import World

SWITCHES = (
    *("charges_enabled", "payouts_enabled", "details_submitted"),
    *("raw_card_data", "portal_saved", DEBITS, SLOW, CONNECT),
)


class KeyControl:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, _request: Request, _body: Json) -> Json:
        return {**self.world.keys.own, "account": self.world.settings.account_id}

    async def restricted(self, _request: Request, body: Json) -> Json:
        """`mode` and `permissions`, such as rak_charge_read; write implies read."""
        only(body, "mode", "permissions")
        mode, permissions = text(body, "mode", "test"), body.get("permissions", [])
        if mode not in {"test", "live"}:
            raise Refused(400, "mode must be test or live.")
        named = isinstance(permissions, list) and all(isinstance(item, str) for item in permissions)
        if not named or not all(item.startswith("rak_") for item in permissions):
            raise Refused(400, "permissions must be a list of names such as rak_charge_read.")
        key = self.world.keys.restricted("live" if mode == "live" else "test", permissions)
        return {"key": key.value, "mode": mode, "permissions": permissions}

    async def expire(self, request: Request, _body: Json) -> Json:
        if not self.world.keys.expire(request.path_params["key"]):
            raise Refused(404, "There is no such key.")
        return {"expired": True}

    async def account(self, _request: Request, body: Json) -> Json:
        """`charges_enabled` and its like, and `capabilities`: {"sepa_debit_payments": "inactive"}.

        `raw_card_data` lets card numbers come over the API, `portal_saved` says that the settings of the customer portal were
        saved, `connect` makes it a platform; the account's answer shows none of these, here or at Stripe. With
        `slow_bank_refunds`, a refund to a bank account is pending for four business days.
        Whoever listens is told: `capability.updated`, `account.updated`.
        """
        only(body, *SWITCHES, "capabilities", SETTLING)
        for name in SWITCHES:
            if name in body and not isinstance(body[name], bool):
                raise Refused(400, f"{name} must be true or false.")
        capabilities = body.get("capabilities", {})
        if not isinstance(capabilities, dict) or not all(
            isinstance(state, str) and state in STATES for state in capabilities.values()
        ):
            raise Refused(400, f"capabilities must be names with a state: {', '.join(STATES)}.")
        switches = {name: body[name] for name in SWITCHES if name in body}
        change(self.world, switches={**switches, **_settling(body)}, capabilities=capabilities)
        return account(self.world)


def _settling(body: Json) -> Json:
    """The currencies that the account holds; what is paid in another settles in its own. None: it holds all."""
    held = body.get(SETTLING)
    if held is not None and not (
        isinstance(held, list) and all(isinstance(code, str) and code.islower() and is_currency(code) for code in held)
    ):
        raise Refused(400, f"{SETTLING} must be a list of currencies such as eur, or null for all.")
    return {SETTLING: held} if SETTLING in body else {}

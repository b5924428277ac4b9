"""The account's API keys: which one may do what."""

from dataclasses import asdict, dataclass

from stripe_simulator import ids
from stripe_simulator.errors import StripeError
from stripe_simulator.settings import Settings
from stripe_simulator.types import Json

# other permissions that bring one along (the last is this simulator's own earlier word for it)
IMPLIED_BY = {"rak_balance_read": ("rak_balance_transaction_source_read", "rak_balance_transaction_read")}


@dataclass(slots=True)
class Key:
    value: str
    kind: str  # sk, pk or rk
    mode: str  # test or live
    permissions: list[str]  # of a restricted key: "rak_charge_read"; write implies read
    expired: bool = False

    def allows(self, permission: str) -> bool:
        if self.kind == "sk":
            return True
        enough = {permission, *IMPLIED_BY.get(permission, ())}
        if permission.endswith("_read"):
            enough.add(permission.removesuffix("_read") + "_write")
        return not enough.isdisjoint(self.permissions)


class Keys:
    def __init__(self, settings: Settings) -> None:
        self._keys: dict[str, Key] = {}
        self.account_id = settings.account_id
        self.own: dict[str, dict[str, str]] = {
            "test": {"secret": settings.secret_key, "publishable": settings.publishable_key},
            "live": {"secret": settings.live_secret_key, "publishable": settings.live_publishable_key},
        }
        for mode, pair in self.own.items():
            self._add(Key(pair["secret"], "sk", mode, []))
            self._add(Key(pair["publishable"], "pk", mode, []))

    def _add(self, key: Key) -> Key:
        self._keys[key.value] = key
        return key

    def restricted(self, mode: str, permissions: list[str]) -> Key:
        return self._add(Key(ids.api_key("rk", live=mode == "live"), "rk", mode, permissions))

    def made(self, mode: str) -> list[Json]:
        """The restricted keys of a mode, as they may be shown."""
        return [
            {"shown": masked(key.value), "permissions": key.permissions, "expired": key.expired}
            for key in self._keys.values()
            if key.kind == "rk" and key.mode == mode
        ]

    def expire(self, value: str) -> bool:
        key = self._keys.get(value)
        if key is not None:
            key.expired = True
        return key is not None

    def authenticate(self, value: str | None) -> Key:
        """The key of a request on a secret route."""
        if not value:
            raise StripeError(
                401,
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
                "https://stripe.com/docs/api#authentication for details, or we can help at "
                "https://support.stripe.com/.",
                validation=True,
                headers={"WWW-Authenticate": 'Basic realm="Stripe"'},
            )
        key = self._keys.get(value)
        if key is None:
            raise StripeError(401, f"Invalid API Key provided: {masked(value)}", validation=True)
        if key.expired:
            raise StripeError(
                401, f"Expired API Key provided: {masked(value)}", code="api_key_expired", validation=True
            )
        if key.kind == "pk":
            raise StripeError(
                401,
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a "
                "list of your API keys at https://dashboard.stripe.com/account/apikeys.",
                code="secret_key_required",
                validation=True,
            )
        return key

    def permit(self, key: Key, permission: str) -> None:
        if not key.allows(permission):
            raise StripeError(
                403,
                f"The provided key '{masked(key.value)}' does not have the required permissions for this endpoint on "
                f"account '{self.account_id}'. Having the '{permission}' permission would allow this request to "
                "continue.",
                code="more_permissions_required",
                validation=True,
            )

    def dump(self) -> Json:
        return {"own": self.own, "keys": [asdict(key) for key in self._keys.values()]}

    def load(self, saved: Json) -> None:
        """Restricted and expired keys come back; the account's own stay as they were given at this start."""
        for item in saved["keys"]:
            if item["value"] not in self._keys:
                self._add(Key(**item))
            self._keys[item["value"]].expired = item["expired"]


SHOWN = 4


def masked(value: str) -> str:
    """A key as Stripe's messages show it: its kind, and its last four characters."""
    parts = value.split("_")
    lead = "_".join(parts[:2]) + "_" if len(parts) > SHOWN // 2 else ""
    rest = value[len(lead) :]
    return lead + "*" * max(len(rest) - SHOWN, 0) + rest[-SHOWN:]

"""What a caller may fix before the simulator starts."""

from dataclasses import dataclass, field
from pathlib import Path

from stripe_simulator import ids

SANDBOX_RETRIES = (5.0, 30.0, 120.0, 600.0, 3600.0, 10800.0)
LIVE_RETRIES = (5.0, 30.0, 120.0, 600.0, 3600.0, 7200.0, 14400.0, 28800.0, 43200.0, 86400.0, 86400.0)


@dataclass(slots=True)
class Settings:
    """Times are in seconds of the simulator's clock unless a name says otherwise."""

    public_url: str = ""  # where a browser reaches the hosted pages, without a path; empty: where it listens
    secret_key: str = field(default_factory=lambda: ids.api_key("sk", live=False))
    publishable_key: str = field(default_factory=lambda: ids.api_key("pk", live=False))
    live_secret_key: str = field(default_factory=lambda: ids.api_key("sk", live=True))
    live_publishable_key: str = field(default_factory=lambda: ids.api_key("pk", live=True))
    account_id: str = field(default_factory=lambda: ids.make("acct"))
    account_name: str = "Hébergeur Lumière"
    country: str = "FR"
    currency: str = "eur"
    control_token: str | None = None  # with it, the control API answers from other machines too
    state_file: Path | None = None
    balance_delay: float = 2.0  # between a charge and its balance transaction
    refund_delay: float = 10.0  # before a test card's refund arrives late, or fails
    reference_delay: float = 20.0  # before the bank's reference of a refund is known
    webhook_timeout: float = 10.0  # wall seconds
    test_retries: tuple[float, ...] = SANDBOX_RETRIES
    live_retries: tuple[float, ...] = LIVE_RETRIES

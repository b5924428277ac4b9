"""When a failed delivery is tried again, and when an endpoint is given up."""

from stripe_simulator.types import Json
from stripe_simulator.world import Mode

# Stripe: "up to three days with an exponential back off" in live mode, "three times over the course of a few hours" in
# a sandbox. It publishes no steps: these double, and end after 71 hours; those end after four hours and ten minutes.
STRIPE_LIVE = tuple(250.0 * 2**step for step in range(10))
STRIPE_SANDBOX = (600.0, 3600.0, 10800.0)
NAMES = ("stripe", "short")  # short: the settings' own, whose first steps a demonstration can wait for


def waits(mode: Mode) -> tuple[float, ...]:
    """Seconds of the simulator's clock before each further attempt."""
    if mode.world.retrying.schedule == "stripe":
        return STRIPE_LIVE if mode.livemode else STRIPE_SANDBOX
    settings = mode.world.settings
    return settings.live_retries if mode.livemode else settings.test_retries


def judge(mode: Mode, endpoint: Json, *, delivered: bool) -> None:
    """Remember since when an endpoint fails; disable it once that is too long, if a caller has switched this on."""
    facts, now = mode.facts(endpoint["id"]), mode.world.clock.now()
    if delivered or endpoint["status"] != "enabled":
        facts.pop("failing_since", None)
        return
    since = facts.setdefault("failing_since", now)
    patience = mode.world.retrying.disable_after
    if patience is not None and now - since >= patience:
        endpoint["status"] = "disabled"
        facts.pop("failing_since")

"""The SEPA account that a bank reveals when Bancontact or iDEAL is saved, with the mandate to debit it."""

from stripe_simulator.resources.mandates import new_mandate
from stripe_simulator.resources.payment_methods import new_sepa
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

IBANS = {"bancontact": "BE62510007547061", "ideal": "NL39RABO0300065264"}


def generated_debit(
    mode: Mode, method: Json, *, charge: str | None = None, setup_attempt: str | None = None
) -> tuple[Json, Json]:
    """The reusable method and its mandate. `charge` or `setup_attempt` is what it came from."""
    kept = new_sepa(mode, IBANS[method["type"]], billing_details=dict(method["billing_details"]))
    kept["sepa_debit"]["generated_from"] = {"charge": charge, "setup_attempt": setup_attempt}
    return kept, new_mandate(mode, kept)

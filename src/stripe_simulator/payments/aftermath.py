"""What a test card or account brings about after a payment that succeeded."""

from stripe_simulator.payments import cards, disputing, sepa, warning
from stripe_simulator.types import Json
from stripe_simulator.world import Mode


def follow(mode: Mode, charge: Json) -> None:
    """Plan it on the clock; nothing for most."""
    facts = mode.facts(charge["payment_method"])
    if number := facts.get("number"):
        behaviour = cards.behaviour(number)
        disputing.plan_disputes(mode, charge, behaviour.disputes)
        if behaviour.warns:
            warning.plan_warning(mode, charge)
    elif iban := facts.get("iban"):
        disputing.plan_disputes(mode, charge, sepa.scenario(iban).disputes)

"""How the machine is run: its short form, by a seed."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.proofs.ground import World
from tests.proofs.machine import Machine, Tally

SEED = 11
RUNS, STEPS = 6, 50  # the budget of the short form


def run(world: World, *, number: int, runs: int = RUNS, at_once: bool = False) -> Tally:
    """Run the machine from a seed; what it did, also where it fails. `at_once`: raise `Found` at the first failure."""
    Machine.ground, Machine.tally, Machine.at_once = world, Tally(), at_once
    chosen = settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=False,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Machine), settings=chosen)
    return Machine.tally

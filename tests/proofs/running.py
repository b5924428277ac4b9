"""How the machine is run: its short form, by a seed."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import run_state_machine_as_test
from tests.proofs.ground import World
from tests.proofs.machine import Machine, Tally

SEED = 11
TRIES = 3
RUNS, STEPS = 6, 50  # the budget of the short form


def run(world: World, *, number: int, runs: int = RUNS, at_once: bool = False) -> Tally:
    """Run the machine from a seed; what it did, also where it fails. `at_once`: raise `Found` at the first failure.

    What can be chosen depends on what has happened, and what happens on a loaded machine may differ where a step waits for real time:
    hypothesis ends such a run without saying anything about the counter, and it is made again.
    """
    chosen = settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=False,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    for left in reversed(range(TRIES)):
        Machine.ground, Machine.tally, Machine.at_once = world, Tally(), at_once
        try:
            run_state_machine_as_test(seed(number)(Machine), settings=chosen)
        except FlakyStrategyDefinition:
            if not left:
                raise
        else:
            break
    return Machine.tally

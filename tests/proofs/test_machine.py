"""The state machine, short: a fixed seed in `bin/test`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.proofs.ground import World, ground
from tests.proofs.machine import Machine, Tally

Tell = Callable[[str, object], None]
pytestmark = [pytest.mark.django_db(transaction=True)]
SEED = 20261129
RUNS, STEPS = 6, 50


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """The ground of a run."""
    with ground() as made:
        yield made


def run(*, number: int, runs: int, steps: int, phases: tuple[Phase, ...] = (Phase.generate,)) -> None:
    """Run the machine from a seed."""
    chosen = settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Machine), settings=chosen)


def test_whatever_happens_all_agrees_once_it_has_settled(world: World, record_property: Tell) -> None:
    Machine.ground, Machine.tally = world, Tally()
    run(number=SEED, runs=RUNS, steps=STEPS)
    record_property("proof", f"state machine, seed {SEED}: {Machine.tally}")

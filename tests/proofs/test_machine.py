"""The state machine: one fixed seed in `bin/test`; with `--long` as many as make 100,000 steps.

Each seed is a test of its own: they can be shared among processes (`-n 2`), and one that failed is run again by its number
(`--long -k 20261130`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.proofs.ground import World, ground
from tests.proofs.machine import Machine, Tally

Tell = Callable[[str, object], None]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
SEED = 20261129
RUNS, STEPS = 6, 50
LONG = 334  # seeds, each of about 300 steps


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed, or all those of the long form."""
    seeds = LONG if metafunc.config.getoption("--long") else 1
    metafunc.parametrize("number", range(SEED, SEED + seeds))


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


def test_whatever_happens_all_agrees_once_it_has_settled(number: int, world: World, record_property: Tell) -> None:
    Machine.ground, Machine.tally = world, Tally()
    run(number=number, runs=RUNS, steps=STEPS)
    record_property("proof", f"state machine, seed {number}: {Machine.tally}")

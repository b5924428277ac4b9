"""The state machine: one fixed seed in `bin/test`; with `--long` as many as make 100,000 steps.

Each seed is a test of its own: they can be shared among processes (`-n 2`), and one that failed is run again by its number
(`bin/test --long tests/proofs -k "[188]"`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.proofs.ground import World, ground
from tests.proofs.machine import Machine
from tests.proofs.running import RUNS, SEED, run

Tell = Callable[[str, object], None]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
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


def test_whatever_happens_all_agrees_once_it_has_settled(number: int, world: World, record_property: Tell) -> None:
    try:
        run(world, number=number, runs=RUNS)
    finally:
        record_property("proof", f"state machine, seed {number}: {Machine.tally}")

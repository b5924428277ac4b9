"""The state machine finds each of the faults that are put into the product, within the steps of its short form."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.proofs.ground import ground
from tests.proofs.machine import Found, Machine
from tests.proofs.mutants import MUTANTS, Mutant
from tests.proofs.running import RUNS, SEED, STEPS, run

Tell = Callable[[str, object], None]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_found(mutant: Mutant, transactional_db: None, record_property: Tell) -> None:
    with mutant.installed(), ground() as world, pytest.raises(Found) as found:
        run(world, number=SEED, at_once=True)
    said = str(found.value)
    shown = re.search(f".*(?:{mutant.shows}).*", said)
    assert shown, f"found, but by something else: {said}"
    tally = Machine.tally
    record_property(
        "proof",
        f"mutant, {mutant.name}: found at step {tally.steps} of at most {RUNS * (STEPS + 1)} (seed {SEED}): {shown[0][:160]}",
    )

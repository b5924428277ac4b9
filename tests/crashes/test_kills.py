"""`kill -9` of web, worker and PostgreSQL at random moments under load: afterwards nothing is lost and nothing is double.

A few kills with a fixed seed in `bin/test`; with `--long` 200, in pieces of which each has its seed and is run again by it
(`bin/test --long tests/crashes/test_kills.py -k 20261131`).
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from tests.crashes import books, people
from tests.crashes.house import House
from tests.crashes.kills import FEW, KINDS, SERVER, WORKER, Killer
from tests.crashes.people import Customer, Member, Told
from tests.crashes.postbox import Postbox

Tell = Callable[[str, object], None]
pytestmark = [pytest.mark.crash, pytest.mark.timeout(3600)]
SEED = 20261130
LONG_SEEDS, LONG = 10, 20
UNASKED = "a delivery that may have been made is made again without asking"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One short run, or the pieces of the long form."""
    long = metafunc.config.getoption("--long")
    if "seed" not in metafunc.fixturenames:
        return
    seeds = range(SEED, SEED + (LONG_SEEDS if long else 1))
    metafunc.parametrize("seed,times", [(seed, LONG if long else len(FEW)) for seed in seeds])


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server."""
    made = Postbox()
    yield made
    made.close()


@pytest.fixture
def mutant() -> str:
    """The fault that the counter has: none."""
    return ""


@pytest.fixture
def house(postbox: Postbox, mutant: str) -> Iterator[House]:
    """A counter in a folder to which PostgreSQL's account can walk."""
    with tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
        Path(folder).chmod(0o755)
        made = House(Path(folder), mail=postbox.url, mutant=mutant)
        try:
            made.open()
            yield made
        finally:
            made.close()


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_double(
    seed: int, times: int, house: House, postbox: Postbox, record_property: Tell
) -> None:
    began, told = time.monotonic(), Told()
    killer = killing(house, told, postbox, seed=seed, kinds=KINDS if times > len(FEW) else FEW)
    try:
        load(house, told, killer, times, seed)
        settled = books.settle(house)
    except BaseException as error:
        error.add_note("\n".join([f"people met {counted(told.errors)}", *killer.story, house.said()]))
        raise
    found = books.problems(house, told, postbox)
    text = (
        f"kills, seed {seed}: {killer.done.total()} in {time.monotonic() - began:.0f} s ({counted(killer.done)}); "
        f"{sum(told.visits.values())} orders ({told.doubled} clicked twice), {told.paid} forms at Stripe, "
        f"{len(told.refunds)} refunds asked for, {len(books.Scene(house).spy.effects)} deliveries, {postbox.taken.total()} mails; "
        f"people met {counted(told.errors)}; {house.gave_up} starts broken off; at rest after {settled:.0f} s"
    )
    record_property("proof", text)
    assert not found, "\n".join([text, *found, *killer.story, house.said()])
    assert told.visits, "nobody has ordered anything"


@pytest.fixture
def long(pytestconfig: pytest.Config) -> None:
    """Part of the long form."""
    if not pytestconfig.getoption("--long"):
        pytest.skip("part of the long form: bin/test --long")


@pytest.mark.parametrize("mutant", [UNASKED])
def test_a_delivery_that_is_made_without_asking_is_found(
    long: None, house: House, postbox: Postbox, record_property: Tell
) -> None:
    told = Told()
    load(house, told, killing(house, told, postbox, seed=SEED, kinds=(WORKER,)), 6, SEED)
    books.settle(house)
    found = [line for line in books.problems(house, told, postbox) if "was carried out" in line or "was made" in line]
    assert found
    record_property("proof", f"kills, {UNASKED}: {found[0]}")


def test_a_database_that_forgets_is_found(
    long: None, house: House, postbox: Postbox, record_property: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those whom it has forgotten do not get on, and give up soon: what they were told is what counts."""
    told = Told()
    house.forget()
    monkeypatch.setattr(people, "PATIENCE", 8.0)
    with suppress(AssertionError, requests.RequestException):
        load(house, told, killing(house, told, postbox, seed=SEED, kinds=(SERVER,)), 1, SEED)
    house.wait_ready()
    with books.books(house):
        found = books.promises(told)
    assert found
    record_property("proof", f"kills, a database that forgets: {found[0]}")


def killing(house: House, told: Told, postbox: Postbox, *, seed: int, kinds: Sequence[str]) -> Killer:
    """Whoever kills, as the seed has it."""
    return Killer(
        house,
        random.Random(seed),  # noqa: S311 - to be repeated
        served=told.visits.total,
        worked=lambda: postbox.taken.total() + len(books.Scene(house).spy.effects),
        kinds=kinds,
    )


def load(house: House, told: Told, killer: Killer, times: int, seed: int) -> None:
    """People come and go while processes die; after the last death each one ends what they have begun."""
    chances = {name: random.Random(f"{seed} {name}") for name in ("alice", "bob", "charlie", "boris")}  # noqa: S311 - to be repeated
    boris = Member(house, told, "boris", chances.pop("boris"))
    boris.come()
    everybody: list[Customer | Member] = [
        boris,
        *(Customer(house, told, name, chance) for name, chance in chances.items()),
    ]
    stop = threading.Event()
    with ThreadPoolExecutor(len(everybody)) as pool:
        lives = [pool.submit(each.live, stop) for each in everybody]
        try:
            killer.kill(times)
        finally:
            stop.set()
        for life in lives:
            life.result()


def counted(what: dict[str, int]) -> str:
    """In words."""
    return ", ".join(f"{number} {name}" for name, number in sorted(what.items())) or "nothing"

"""Settling: nothing goes wrong any more, time passes, and everything that is due is done; then everything must agree."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from tests.proofs import clocks, facts, oracle, work
from tests.proofs.crash import Crashed

from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock
from comptoir.modules import queries
from comptoir.payments.reconcile.compare import reconciled as reconciled_by_product
from comptoir.payments.reconcile.result import Finding

if TYPE_CHECKING:
    from tests.proofs.ground import World

ROUNDS = 14
PASS = 720  # seconds of wall time a round: longer than every lease, throttle and back-off of the product
STEPS = 400  # more jobs or looks in one round call each other for ever
EXPECTED = {"delivery interrupted"}  # what is logged with a traceback because a driver broke off

UNQUIET = """
SELECT (SELECT count(*) FROM inbox_wish WHERE wanted > done) + (SELECT count(*) FROM inbox_notice WHERE done_at IS NULL)
     + (SELECT count(*) FROM procrastinate_jobs WHERE status <> 'failed')
     + (SELECT count(*) FROM payments_attempt WHERE state = 'created')
     + (SELECT count(*) FROM payments_refund WHERE state = 'created')
     + (SELECT count(*) FROM services_operation WHERE state = 'running')
"""


def settle(world: World, *, hours: float = 0) -> None:
    """Bring everything to rest and check it. `hours` of business time pass first, in which whatever is due happens."""
    world.calm()
    work.buried()
    if hours:
        world.tick(hours * 3600)
    for number in range(ROUNDS):
        if world.deaf or not number:
            catch_up(world)
        world.spy.waiting.clear()  # what was waited for is there
        world.tick(30)
        clocks.pass_wall(PASS)
        do_everything()
        if number and not oracle.rows(UNQUIET)[0][0]:
            break
    check(world)


def catch_up(world: World) -> None:
    """What the sweep does about every hour: the list of notices is read from where the last reading began."""
    for mode in world.modes:
        named: dict[str, Any] = {"module": "stripe", "account": world.account, "mode": mode}
        enqueue("inbox.catch_up", key=f"catch_up_own:stripe:{world.account}:{mode}", args={**named, "by_itself": True})


def do_everything() -> None:
    """A sweep, every job, every look, until none is due."""
    work.one_sweep()
    for _step in range(STEPS):
        try:
            if not work.one_job() and not work.one_look():
                return
        except Crashed:
            work.buried()
    raise AssertionError("jobs and looks call each other for ever")


def check(world: World) -> None:
    """Raise AssertionError with every sentence that does not hold."""
    faults = [repr(error) for error in world.wire.faults]
    stumbled = [
        json.dumps(event, default=str)
        for event in world.told
        if event["method"] == "exception" and event["event"] not in EXPECTED
    ]
    world.wire.faults.clear()
    world.told.clear()
    books = oracle.books(world)
    problems = [
        *faults,
        *stumbled,
        *oracle.compare(books),
        *facts.told(world),
        *facts.answers(world, books),
        *facts.taken(world),
        *reconciled(world),
    ]
    assert not problems, "\n".join(problems)


def reconciled(world: World) -> list[str]:
    """What the product's own comparison with Stripe's books says: it must agree with the oracle that there is nothing to say."""
    now = clock.now()
    found: list[str] = []
    for mode in world.modes:
        keys = queries.account(module="stripe", account=world.account, mode="live" if mode == "live" else "test")
        whole = reconciled_by_product(
            module="stripe", account=keys, since=world.began, until=now + dt.timedelta(days=1)
        )
        found += [f"{mode}, by the product: {line}" for line in whole.lines if line.finding is not Finding.OTHERS]
    return found

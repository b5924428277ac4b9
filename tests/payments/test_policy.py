"""Every call that leaves the house, under everything that can become of it: the same policy, never two of a thing, never an end on a guess.

Each row of `calls` is made under each fault, then again without. What is not known is told as not known, and stored as nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import stripe as library
from tests.payments.calls import CALLS
from tests.payments.calls_more import MORE
from tests.payments.outward import Call, World
from tests.stripe import Stripe

from comptoir.inbox.models import Pace
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.modules.api import OutcomeUnknownError
from comptoir.payments import silence
from comptoir.payments.actions import refund_call
from comptoir.payments.models import Refund
from comptoir_stripe import gateway

pytestmark = pytest.mark.django_db(transaction=True)
LATE_MS = 500  # an answer that comes when nobody waits any more
PATIENCE = 20.0  # seconds; it takes as long as the answer is late


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of a call and, where it is repeated at once, of its repetition. `silent`: no answer of Stripe's."""

    do: str
    times: int = 2
    silent: bool = True


FAULTS = {
    "timeout": Fault(f"delay:{LATE_MS}"),
    "429": Fault("status:429", times=1, silent=False),
    "409": Fault("status:409", silent=False),
    "500": Fault("status:500"),
    "replayed 500": Fault("stored:500", times=1, silent=False),
    "dropped before the change": Fault("drop_before"),
    "dropped after the change": Fault("drop_after"),
    "garbage": Fault("garbage"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits long for an answer, nor between two tries."""
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", (1, 0.2))
    monkeypatch.setattr(library.RequestsClient, "_sleep_time_seconds", lambda _self, _count: 0)
    gateway._clients.clear()
    yield
    gateway._clients.clear()


UNKNOWN = (OutcomeUnknownError, SaidError, refund_call.NotYetError)


def again(world: World, call: Call) -> None:
    """Make the call until it is answered: a try of before is still under way for as long as its answer was delayed."""
    calling, until = None, time.monotonic() + PATIENCE
    while True:
        Pace.objects.update(held_until=None)
        Refund.objects.update(calling_until=calling)
        try:
            call.make(world)
        except UNKNOWN:
            assert time.monotonic() < until, "never answered"
            calling = clock.now()
            time.sleep(0.02)
        else:
            return


def is_unknown(world: World, call: Call, fault: str) -> bool:
    """Make the call under its fault; whether its outcome is not known. A person is told so."""
    try:
        call.make(world)
    except UNKNOWN as error:
        said = error
    else:
        assert fault in call.finds_out, fault
        return False
    if isinstance(said, SaidError):
        assert any(words in str(said.sentence) for words in call.honest), (fault, str(said.sentence))
    return True


@pytest.mark.parametrize("kind", [*CALLS, *MORE])
def test_every_call_under_every_fault(kind: type[Call], stripe: Stripe) -> None:
    stripe.connect()
    world, call = World(stripe), kind()
    for name, fault in FAULTS.items():
        if call.method == "GET" and fault.do.startswith("stored:"):
            continue  # what only reads has no key under which a failure could be kept
        call.before(world)
        assert silence.all_silent() == [], name
        stripe.fault(fault.do, method=call.method, path=call.path, times=fault.times)
        unknown = is_unknown(world, call, name)
        if unknown:
            if not (name == "timeout" and call.method == "POST"):  # there the repetition may meet its first call (409)
                assert bool(silence.all_silent()) == (fault.silent and not call.looks), name
            call.unknown(world, name)
        stripe.server.world.faults.clear()
        if unknown:
            again(world, call)
        if fault.do.startswith("delay"):
            time.sleep(LATE_MS / 1000)  # what is late arrives before the next fault, and not on top of it
        assert silence.all_silent() == [], name
        call.done(world)

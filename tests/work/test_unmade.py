"""A creation that a driver may have carried out when nobody wants it any more: the driver is asked, and what there is ends.

Only what no driver was ever told of is dropped, or waits, without a question.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs

from comptoir.kernel import locks
from comptoir.kernel.words import code
from comptoir.modules import registry
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Outcome
from comptoir.services import actions, steering
from comptoir.services.models import Operation, Service
from comptoir.services.tasks import NotYetError

pytestmark = pytest.mark.django_db(transaction=True)
WHY = code("re_1")
PAST = dt.timedelta(minutes=10)


class Elsewhere:
    """A driver's other side: what stands there, and what it does not tell."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.silent, self.waits = False, False

    def run(self, request: DeliveryRequest) -> Outcome:
        """Do it, whatever is told of it."""
        self.done.append(request.kind)
        if self.silent:
            raise TimeoutError
        return self.ask(request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """As it is."""
        if self.silent:
            raise TimeoutError
        if request.kind not in self.done:
            return Outcome(DeliveryStatus.NEVER)
        return Outcome(DeliveryStatus.WAITING if self.waits else DeliveryStatus.DONE)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """The driver of the product below."""
    made = Elsewhere()
    monkeypatch.setattr(registry, "driver", lambda _name: made)
    return made


@pytest.fixture
def service(driver: Elsewhere) -> Service:
    """A paid service, not made yet."""
    assert driver.done == []
    free = builders.product("Essai", prices={"annually": 0})
    builders.invoice(builders.customer("Alice"), free, total_minor=0)
    return Service.objects.get()


def want(wanted: str) -> None:
    with locks.transaction():
        steering.want(services=locks.take_all(Service), wanted=wanted, why=WHY, who="system")


def work() -> None:
    """Every job that is due, be it that its driver does not know yet."""
    with suppress(NotYetError):
        run_jobs()


def time_passes() -> None:
    """Leases end, jobs were lost, the net is spread, and what it finds is done."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    Operation.objects.update(leased_until=timezone.now() - PAST, created_at=timezone.now() - PAST)
    actions.take_up_late()
    work()


def stands() -> tuple[str, str]:
    return Service.objects.get().state, Operation.objects.get(kind="create").state


@pytest.mark.parametrize(("wanted", "then"), [("ended", "end"), ("suspended", "suspend")])
def test_a_worker_died_after_the_driver_had_made_it(
    service: Service, driver: Elsewhere, wanted: str, then: str
) -> None:
    assert actions.claim(Operation.objects.get().pk, by="dead") is not None
    driver.done.append("create")
    want(wanted)
    time_passes()
    assert driver.done == ["create", then]
    assert stands() == (wanted, "done")


def test_a_worker_died_before_the_driver_was_told_and_it_shall_end(service: Service, driver: Elsewhere) -> None:
    assert actions.claim(Operation.objects.get().pk, by="dead") is not None
    want("ended")
    time_passes()
    assert driver.done == []
    assert stands() == ("cancelled", "cancelled")
    assert actions.take_up_late() == 0


def test_a_worker_died_before_the_driver_was_told_and_it_shall_wait(service: Service, driver: Elsewhere) -> None:
    assert actions.claim(Operation.objects.get().pk, by="dead") is not None
    want("suspended")
    time_passes()
    assert driver.done == []
    assert stands() == ("pending", "waiting")
    assert actions.take_up_late() == 0, "nobody has to be asked"
    want("")
    run_jobs()
    assert driver.done == ["create"]
    assert stands() == ("active", "done")


def test_one_of_which_nobody_knows_is_not_dropped(service: Service, driver: Elsewhere) -> None:
    driver.silent = True
    work()
    assert stands() == ("pending", "waiting")
    want("ended")
    time_passes()
    assert stands() == ("pending", "waiting"), "it may stand there, and nobody knows"
    driver.silent = False
    time_passes()
    assert driver.done == ["create", "end"]
    assert stands() == ("ended", "done")


def test_one_that_is_under_way_elsewhere_ends_once_it_is_there(service: Service, driver: Elsewhere) -> None:
    driver.waits = True
    work()
    want("ended")
    time_passes()
    assert stands() == ("pending", "waiting")
    driver.waits = False
    time_passes()
    assert driver.done == ["create", "end"]
    assert stands() == ("ended", "done")


def test_one_that_people_were_asked_to_make_is_asked_of_nobody_any_more(service: Service, driver: Elsewhere) -> None:
    """The driver *manual* knows nothing: what its people have made they mark as made."""
    Operation.objects.update(asked=True, by_hand=True)
    want("ended")
    assert stands() == ("cancelled", "cancelled")
    assert driver.done == []

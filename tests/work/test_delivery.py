"""Deliveries: exactly once, asked before they are repeated, told to people where they cannot be done."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from tests import builders
from tests.jobs import run_jobs

from comptoir.kernel import locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Outcome
from comptoir.payments.sweep import sweep
from comptoir.services import actions, queries
from comptoir.services.models import InstantRecord, Operation, Service
from comptoir.services.tasks import NotYetError, deliver

pytestmark = pytest.mark.django_db(transaction=True)


class Scripted:
    """A driver that answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: list[Outcome | Exception] = []
        self.asked: list[tuple[str, str]] = []

    def _next(self, verb: str, request: DeliveryRequest) -> Outcome:
        self.asked.append((verb, request.key))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, request: DeliveryRequest) -> Outcome:
        """As told."""
        return self._next("run", request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """As told."""
        return self._next("ask", request)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """The driver of the product below."""
    scripted = Scripted()
    monkeypatch.setattr(registry, "driver", lambda _name: scripted)
    return scripted


@pytest.fixture
def operation() -> Operation:
    """A paid order's delivery, not begun."""
    free = builders.product("Essai", prices={"annually": 0})
    builders.invoice(builders.customer("Alice"), free, total_minor=0)
    return Operation.objects.get()


DONE = Outcome(DeliveryStatus.DONE, access={"login": "alice"})


def test_it_is_delivered_and_told_once(driver: Scripted, operation: Operation) -> None:
    driver.script = [DONE]
    deliver(str(operation.pk))
    deliver(str(operation.pk))
    service = Service.objects.get()
    assert (service.state, queries.access(service)) == ("active", {"login": "alice"})
    assert driver.asked == [("run", str(operation.pk))]
    assert Mail.objects.filter(fact=f"delivered:{operation.pk}").count() == 1


def test_an_unknown_outcome_is_asked_for_before_anything_is_done_again(driver: Scripted, operation: Operation) -> None:
    driver.script = [RuntimeError("no answer"), DONE]
    with pytest.raises(NotYetError):
        deliver(str(operation.pk))
    deliver(str(operation.pk))
    assert [verb for verb, _key in driver.asked] == ["run", "ask"]
    assert Service.objects.get().state == "active"


def test_what_was_never_begun_is_begun(driver: Scripted, operation: Operation) -> None:
    driver.script = [RuntimeError("no answer"), Outcome(DeliveryStatus.NEVER), DONE]
    with pytest.raises(NotYetError):
        deliver(str(operation.pk))
    deliver(str(operation.pk))
    assert [verb for verb, _key in driver.asked] == ["run", "ask", "run"]
    assert len({key for _verb, key in driver.asked}) == 1  # the same key, whenever it is tried


def test_a_failure_for_good_is_a_persons_business(driver: Scripted, operation: Operation) -> None:
    driver.script = [Outcome(DeliveryStatus.FAILED, note="no room"), Outcome(DeliveryStatus.NEVER), DONE]
    deliver(str(operation.pk))
    operation.refresh_from_db()
    assert (operation.state, Service.objects.get().state) == ("failed", "pending")
    assert "no room" in str(Alert.objects.get(key=f"delivery:{operation.pk}").text)
    actions.try_again(operation_id=operation.pk, who="staff:1")
    run_jobs()
    assert Service.objects.get().state == "active"


def test_by_hand_waits_for_a_person_and_is_marked_done_once(operation: Operation) -> None:
    Service.objects.update(driver="manual")
    deliver(str(operation.pk))
    operation.refresh_from_db()
    assert (operation.state, operation.by_hand) == ("waiting", True)
    assert Alert.objects.filter(key=f"by-hand:{operation.pk}").exists()
    actions.done_by_hand(operation_id=operation.pk, access={"panel": "https://x"}, note="", who="staff:1")
    with pytest.raises(SaidError):
        actions.done_by_hand(operation_id=operation.pk, access={"panel": "https://x"}, note="", who="staff:1")
    assert (Service.objects.get().state, Mail.objects.filter(template="delivered").count()) == ("active", 1)


def test_a_driver_that_is_not_installed_is_no_reason_to_forget(operation: Operation) -> None:
    Service.objects.update(driver="nobody")
    with pytest.raises(NotYetError):
        deliver(str(operation.pk))
    operation.refresh_from_db()
    assert operation.state == "waiting"
    Service.objects.update(driver="instant")
    deliver(str(operation.pk))
    assert Service.objects.get().state == "active"


def test_a_dead_workers_delivery_is_taken_over_by_asking(driver: Scripted, operation: Operation) -> None:
    assert actions.claim(operation.pk, by="dead") is not None
    assert actions.claim(operation.pk, by="other") is None  # its lease runs
    Operation.objects.update(leased_until=timezone.now())
    driver.script = [DONE]
    deliver(str(operation.pk))
    assert [verb for verb, _key in driver.asked] == ["ask"]


def test_a_worker_that_was_slow_to_claim_asks_what_another_one_began_meanwhile(
    driver: Scripted, operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its first look at the row and its lock the other one has called the driver, whose answer was lost."""
    transaction, others = locks.transaction, [lambda: deliver(str(operation.pk))]

    def overtaken() -> AbstractContextManager[None]:
        if others:
            with pytest.raises(NotYetError):
                others.pop()()
        return transaction()

    driver.script = [TimeoutError(), DONE]
    monkeypatch.setattr(locks, "transaction", overtaken)
    deliver(str(operation.pk))
    assert [verb for verb, _key in driver.asked] == ["run", "ask"]


def test_the_instant_driver_makes_one_record_for_a_key(operation: Operation) -> None:
    from comptoir.services.drivers.instant import Instant

    request = DeliveryRequest(str(operation.pk), "create", "1", "Essai", {}, "a@example.org", test=False)
    assert Instant().ask(request).status is DeliveryStatus.NEVER
    assert Instant().run(request).access == Instant().run(request).access == Instant().ask(request).access
    assert InstantRecord.objects.count() == 1


def test_a_claim_whose_answer_was_lost_is_taken_up_by_the_net(
    operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(actions, "finish", raising)
        with pytest.raises(OperationalError):
            deliver(str(operation.pk))
    deliver(str(operation.pk))  # the job's own retry meets a lease that still runs
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    operation.refresh_from_db()
    assert operation.state == "running"
    Operation.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    sweep()
    run_jobs()
    assert Service.objects.get().state == "active"


def raising(*_args: object, **_more: object) -> None:
    raise OperationalError("the database went away")


def test_the_net_adds_no_job_where_one_waits(operation: Operation) -> None:
    Operation.objects.update(created_at=timezone.now() - dt.timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queueing_lock = NULL")  # as a retried job is
    for _round in range(5):
        sweep()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'services.deliver'")
        assert cursor.fetchone() == (1,)


def test_a_failure_that_a_person_has_mended_is_tried_again_with_the_same_key(
    driver: Scripted, operation: Operation
) -> None:
    failed = Outcome(DeliveryStatus.FAILED, note="no room")
    driver.script = [failed, failed, DONE]
    deliver(str(operation.pk))
    actions.try_again(operation_id=operation.pk, who="staff:1")
    run_jobs()
    assert [verb for verb, _key in driver.asked] == ["run", "ask", "run"]
    assert Service.objects.get().state == "active"


def test_a_late_answer_does_not_undo_what_the_next_worker_does(operation: Operation) -> None:
    late = actions.claim(operation.pk, by="late")
    Operation.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert actions.claim(operation.pk, by="next") is not None
    assert late is not None
    actions.finish(late, Outcome(DeliveryStatus.UNKNOWN), by="system")
    operation.refresh_from_db()
    assert (operation.state, operation.leased_by[:5]) == ("running", "next/")
    actions.finish(late, DONE, by="system")  # but a delivery that is done is done
    assert Service.objects.get().state == "active"

"""What people are asked to do by hand when something else is wanted by then: nobody is asked any more, and nobody does it by mistake."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.utils.translation import override
from tests import builders
from tests.jobs import run_jobs

from comptoir.catalogue.models import Shop
from comptoir.kernel import locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.words import code
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Outcome
from comptoir.services import actions, kinds, steering
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
VERA, OLIVE = "staff:vera@example.org", "staff:olive@example.org"
BY_HAND, DONE = Outcome(DeliveryStatus.BY_HAND), Outcome(DeliveryStatus.DONE)
FAILED = Outcome(DeliveryStatus.FAILED, note="no room")
NEVER, UNKNOWN = Outcome(DeliveryStatus.NEVER), Outcome(DeliveryStatus.UNKNOWN)


class Scripted:
    """A driver that answers by the kind of what it is asked; `said`: to what it was told to do, `known`: to a question."""

    def __init__(self) -> None:
        self.said: dict[str, Outcome] = {}
        self.known: dict[str, Outcome] = {}
        self.ran: list[str] = []

    def run(self, request: DeliveryRequest) -> Outcome:
        """As told, and it is left to people where nothing was told."""
        self.ran.append(request.kind)
        return self.said.get(request.kind, BY_HAND)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """As known, or as it was told to do it."""
        return self.known.get(request.kind, self.said.get(request.kind, BY_HAND))


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """The driver of the product below."""
    scripted = Scripted()
    monkeypatch.setattr(registry, "driver", lambda _name: scripted)
    return scripted


@pytest.fixture
def service(driver: Scripted) -> Service:
    """A paid service, not made yet, in a shop that has an address for its team."""
    assert driver.ran == []
    builders.shop()
    Shop.objects.update(support_email="team@example.org")
    builders.invoice(builders.customer("Alice"), builders.product("Essai", prices={"annually": 0}), total_minor=0)
    return Service.objects.get()


@pytest.fixture
def creation(service: Service) -> Operation:
    """Its creation, left to people."""
    run_jobs()
    row = Operation.objects.get(service=service)
    assert (row.state, row.by_hand, asked()) == ("waiting", True, [f"by-hand:{row.pk}"])
    return row


@pytest.fixture
def running(service: Service, driver: Scripted) -> Service:
    """A service that runs; what comes next is left to people."""
    driver.said["create"] = DONE
    run_jobs()
    service.refresh_from_db()
    assert service.state == "active"
    return service


def want(wanted: str, why: str = "dp_1") -> None:
    with locks.transaction():
        steering.want(services=locks.take_all(Service), wanted=wanted, why=code(why), who="system")


def hold() -> None:
    with locks.transaction():
        steering.hold(services=locks.take_all(Service), why=code("highest"))


def release() -> None:
    with locks.transaction():
        steering.release(services=locks.take_all(Service), who=OLIVE)


def asked() -> list[str]:
    """The keys of the alerts that stand."""
    return sorted(Alert.objects.filter(closed_at=None).values_list("key", flat=True))


def mark(operation: Operation, who: str = VERA) -> None:
    actions.done_by_hand(operation_id=operation.pk, access={}, note="", who=who)


def refused(operation: Operation) -> str:
    """What somebody is told who says that it is done; nothing comes of it."""
    before = list(Mail.objects.values_list("fact", flat=True))
    states = Service.objects.get().state, Operation.objects.get(pk=operation.pk).state
    with override("en"), pytest.raises(SaidError) as told:
        mark(operation)
    assert list(Mail.objects.values_list("fact", flat=True)) == before
    assert (Service.objects.get().state, Operation.objects.get(pk=operation.pk).state) == states
    assert not AuditEntry.objects.filter(who=VERA).exists()
    return str(told.value.args[0])


def states(kind: str) -> list[str]:
    return list(Operation.objects.filter(kind=kind).order_by("created_at").values_list("state", flat=True))


# ------------------------------------------------------------------ a creation that is held back


def test_a_disputed_one_is_asked_of_nobody_until_the_dispute_is_won(creation: Operation) -> None:
    want("suspended")
    run_jobs()
    assert asked() == []
    assert not Operation.objects.filter(kinds.ASKED_OF_PEOPLE).exists()
    assert "This shall not be delivered now: dp_1." in refused(creation)
    want("")
    run_jobs()
    assert asked() == [f"by-hand:{creation.pk}"]
    assert Operation.objects.filter(kinds.ASKED_OF_PEOPLE).exists()
    assert Mail.objects.filter(fact=f"by-hand:{creation.pk}").count() == 1
    mark(creation)
    assert (Service.objects.get().state, asked()) == ("active", [])


def test_a_held_one_is_asked_of_nobody_until_somebody_lets_it_go(creation: Operation) -> None:
    hold()
    run_jobs()
    assert asked() == []
    assert "This shall not be delivered now: highest." in refused(creation)
    release()
    run_jobs()
    assert asked() == [f"by-hand:{creation.pk}"]
    assert Mail.objects.filter(fact=f"by-hand:{creation.pk}").count() == 1


def test_one_of_two_reasons_is_not_enough(creation: Operation) -> None:
    hold()
    want("suspended")
    assert "not be delivered now: dp_1; highest." in refused(creation)
    release()
    run_jobs()
    assert asked() == []
    want("")
    run_jobs()
    assert asked() == [f"by-hand:{creation.pk}"]


@pytest.mark.parametrize("outcome", [BY_HAND, FAILED])
def test_a_driver_that_leaves_it_to_people_after_it_was_held_back_asks_nobody(
    service: Service, driver: Scripted, outcome: Outcome
) -> None:
    claimed = actions.claim(Operation.objects.get().pk, by="worker")
    assert claimed is not None
    want("suspended")
    driver.said["create"] = outcome
    actions.finish(claimed, outcome, by="system")
    assert asked() == []
    assert not Mail.objects.filter(template="by_hand").exists()
    want("")
    run_jobs()
    key = "by-hand" if outcome is BY_HAND else "delivery"
    assert asked() == [f"{key}:{claimed.pk}"]
    assert Mail.objects.filter(template="by_hand").count() == (outcome is BY_HAND)
    assert service.pk == claimed.service_id


def test_one_that_failed_is_asked_of_nobody_while_it_is_held_back(service: Service, driver: Scripted) -> None:
    driver.said["create"] = FAILED
    run_jobs()
    creation = Operation.objects.get(service=service)
    assert asked() == [f"delivery:{creation.pk}"]
    want("suspended")
    assert asked() == []
    assert "This shall not be delivered now" in refused(creation)
    with pytest.raises(SaidError):
        actions.try_again(operation_id=creation.pk, who=VERA)
    assert not AuditEntry.objects.filter(who=VERA).exists()
    want("")
    run_jobs()
    assert asked() == [f"delivery:{creation.pk}"]
    assert "no room" in str(Alert.objects.get(key=f"delivery:{creation.pk}").text)
    driver.said["create"], driver.known["create"] = DONE, NEVER
    actions.try_again(operation_id=creation.pk, who=VERA)
    run_jobs()
    assert (Service.objects.get().state, asked()) == ("active", [])


def test_one_that_fails_when_it_shall_end_is_dropped(service: Service, driver: Scripted) -> None:
    claimed = actions.claim(Operation.objects.get().pk, by="worker")
    assert claimed is not None
    want("ended")
    actions.finish(claimed, FAILED, by="system")
    assert (Service.objects.get().state, states("create"), asked()) == ("cancelled", ["cancelled"], [])
    assert driver.ran == []
    assert "called off meanwhile" in refused(claimed)


# ------------------------------------------------------------------ what leads elsewhere by now


@pytest.mark.parametrize("outcome", [BY_HAND, FAILED])
def test_a_suspension_that_people_have_not_made_is_called_off_when_the_dispute_is_won(
    running: Service, driver: Scripted, outcome: Outcome
) -> None:
    driver.said["suspend"] = outcome
    want("suspended")
    run_jobs()
    assert len(asked()) == 1
    want("")
    run_jobs()
    assert (Service.objects.get().state, states("suspend"), states("resume"), asked()) == (
        "active",
        ["cancelled"],
        [],
        [],
    )
    assert "called off meanwhile" in refused(Operation.objects.get(kind="suspend"))
    assert running.pk


def test_one_that_no_driver_was_told_of_is_called_off(running: Service, driver: Scripted) -> None:
    want("suspended")
    want("")
    run_jobs()
    assert (Service.objects.get().state, states("suspend"), driver.ran) == ("active", ["cancelled"], ["create"])
    want("suspended")
    run_jobs()
    assert (states("suspend"), driver.ran) == (["cancelled", "waiting"], ["create", "suspend"])
    assert running.pk


@pytest.mark.parametrize("outcome", [BY_HAND, FAILED])
@pytest.mark.parametrize("pending", ["suspend", "resume"])
def test_what_shall_end_by_now_is_asked_to_end(
    running: Service, driver: Scripted, pending: str, outcome: Outcome
) -> None:
    driver.said[pending] = outcome
    driver.said.setdefault("suspend", DONE)
    for wanted in ("suspended", "") if pending == "resume" else ("suspended",):
        want(wanted)
        run_jobs()
    assert len(asked()) == 1
    want("ended", "re_1")
    run_jobs()
    end = Operation.objects.get(kind="end")
    assert (states(pending), asked()) == (["cancelled"], [f"by-hand:{end.pk}"])
    mark(end)
    assert (Service.objects.get().state, asked()) == ("ended", [])
    assert running.pk


def test_a_resumption_that_waits_is_called_off_when_it_shall_stay_suspended(running: Service, driver: Scripted) -> None:
    driver.said["suspend"] = DONE
    for wanted in ("suspended", "", "suspended"):
        want(wanted)
        run_jobs()
    assert (Service.objects.get().state, states("resume"), asked()) == ("suspended", ["cancelled"], [])
    assert driver.ran == ["create", "suspend", "resume"]
    assert running.pk


@pytest.mark.parametrize("outcome", [BY_HAND, FAILED])
def test_what_a_driver_is_about_to_do_is_left_alone_until_it_says_what_became_of_it(
    running: Service, outcome: Outcome
) -> None:
    want("suspended")
    claimed = actions.claim(Operation.objects.get(kind="suspend").pk, by="worker")
    assert claimed is not None
    want("")
    assert states("suspend") == ["running"]
    actions.finish(claimed, outcome, by="system")
    assert (states("suspend"), asked()) == (["cancelled"], [])
    assert not Mail.objects.filter(fact=f"by-hand:{claimed.pk}").exists()
    assert running.pk


def test_what_nobody_knows_of_is_asked_for_and_not_done_when_nobody_wants_it(
    running: Service, driver: Scripted
) -> None:
    want("suspended")
    claimed = actions.claim(Operation.objects.get(kind="suspend").pk, by="worker")
    assert claimed is not None
    actions.finish(claimed, UNKNOWN, by="system")
    want("")
    assert states("suspend") == ["waiting"]
    driver.known["suspend"] = NEVER
    run_jobs()
    assert (Service.objects.get().state, states("suspend"), driver.ran) == ("active", ["cancelled"], ["create"])
    assert running.pk


def test_what_was_done_all_the_same_is_undone(running: Service, driver: Scripted) -> None:
    driver.said["resume"] = DONE
    want("suspended")
    claimed = actions.claim(Operation.objects.get(kind="suspend").pk, by="worker")
    assert claimed is not None
    want("")
    actions.finish(claimed, DONE, by="system")
    run_jobs()
    assert (Service.objects.get().state, states("suspend"), states("resume")) == ("active", ["done"], ["done"])
    assert running.pk


# ------------------------------------------------------------------ two at once


@pytest.mark.parametrize("other", ["marks it", "wins the dispute"])
def test_whoever_comes_second_is_told_so(running: Service, driver: Scripted, other: str) -> None:
    want("suspended")
    run_jobs()
    operation = Operation.objects.get(kind="suspend")
    told: list[str] = []

    def second() -> None:
        try:
            with override("en"):
                mark(operation)
        except SaidError as refusal:
            told.append(refusal.args[0])
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with locks.transaction():
        locks.take(Service, running.pk)
        thread.start()
        thread.join(0.5)  # it waits for the lock that is held here
        assert thread.is_alive()
        if other == "marks it":
            mark(operation, OLIVE)
        else:
            want("")
    thread.join(30)
    expected = "not waiting for a person" if other == "marks it" else "called off meanwhile"
    assert [expected in each for each in told] == [True]
    assert not AuditEntry.objects.filter(who=VERA).exists()
    assert driver.ran == ["create", "suspend"]

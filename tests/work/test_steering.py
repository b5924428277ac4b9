"""Services suspended, resumed and ended by their driver; those not made yet that wait or are not made."""

from __future__ import annotations

import pytest
from tests import builders
from tests.jobs import run_jobs

from comptoir.kernel import locks
from comptoir.kernel.words import Words, code, words
from comptoir.mail.actions import render
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Outcome
from comptoir.services import actions, steering
from comptoir.services.models import Operation, Service

pytestmark = pytest.mark.django_db(transaction=True)
WHY = code("dp_1")
DONE = Outcome(DeliveryStatus.DONE)


class Remembering:
    """A driver that notes what it was asked to do; `outcomes` by kind, done where nothing is said."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.outcomes: dict[str, Outcome] = {}

    def run(self, request: DeliveryRequest) -> Outcome:
        """As told."""
        self.kinds.append(request.kind)
        return self.outcomes.get(request.kind, DONE)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """Nothing is known of it."""
        del request
        return Outcome(DeliveryStatus.NEVER)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Remembering:
    """The driver of the product below."""
    remembering = Remembering()
    monkeypatch.setattr(registry, "driver", lambda _name: remembering)
    return remembering


@pytest.fixture
def service(driver: Remembering) -> Service:
    """A paid service, not made yet."""
    assert driver.kinds == []
    free = builders.product("Essai", prices={"annually": 0})
    builders.invoice(builders.customer("Alice"), free, total_minor=0)
    return Service.objects.get()


def apply(service: Service, policy: str) -> Service:
    with locks.transaction():
        row = locks.take(Service, service.pk)
        steering.apply_policy(services=[row], policy=policy, why=WHY, who="system")
    return Service.objects.get(pk=service.pk)


def test_suspended_resumed_and_ended_once_each_with_one_mail(service: Service, driver: Remembering) -> None:
    run_jobs()
    apply(service, "suspend")
    apply(service, "suspend")
    run_jobs()
    assert Service.objects.get().state == "suspended"
    assert steering.steer(service_id=service.pk, wanted="", why=WHY, who="owner@example.com")
    assert not steering.steer(service_id=service.pk, wanted="", why=WHY, who="owner@example.com")
    run_jobs()
    assert Service.objects.get().state == "active"
    apply(service, "end")
    run_jobs()
    apply(service, "suspend")
    run_jobs()
    assert Service.objects.get().state == "ended"
    assert driver.kinds == ["create", "suspend", "resume", "end"]
    told = Mail.objects.filter(template__startswith="service_").order_by("id").values_list("template", flat=True)
    assert list(told) == ["service_suspend", "service_resume", "service_end"]


@pytest.mark.parametrize("kind", ["suspend", "end"])
@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        (words(steering.DISPUTED, dispute=code("dp_1")), "asks us to give back"),
        (words(steering.LOST, dispute=code("dp_1")), "back for good"),
        (words(steering.REFUNDED, refund=code("re_1")), "we have given the payment"),
        (words(steering.CREDITED, invoice=code("F-1")), "given back to you as credit"),
        (WHY, "our team has decided so"),
    ],
)
def test_the_mail_says_why(service: Service, driver: Remembering, kind: str, why: Words, sentence: str) -> None:
    run_jobs()
    with locks.transaction():
        steering.apply_policy(services=[locks.take(Service, service.pk)], policy=kind, why=why, who="system")
    run_jobs()
    mail = Mail.objects.get(template=f"service_{kind}")
    assert "disputed or went back" not in mail.body
    Mail.objects.filter(pk=mail.pk).update(subject="", body="", locale="en")
    mail.refresh_from_db()
    render(mail)
    assert sentence in mail.body


def test_kept_is_left_alone(service: Service, driver: Remembering) -> None:
    run_jobs()
    apply(service, "keep")
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("active", ["create"])


def test_what_is_not_made_yet_is_not_made_while_it_shall_be_suspended(service: Service, driver: Remembering) -> None:
    apply(service, "suspend")
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("pending", [])
    steering.steer(service_id=service.pk, wanted="", why=WHY, who="owner@example.com")
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("active", ["create"])


def test_what_is_not_made_yet_and_shall_end_is_never_made(service: Service, driver: Remembering) -> None:
    apply(service, "end")
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("cancelled", [])
    assert Operation.objects.get().state == "cancelled"
    assert actions.take_up_late() == 0


def test_a_cancelled_service_whose_payment_came_after_all_is_made(service: Service, driver: Remembering) -> None:
    apply(service, "end")
    with locks.transaction():
        row = locks.take(Service, service.pk)
        steering.revive(services=[row], who="system")
        actions.demand(services=[row], invoice=Operation.objects.get().cause)
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("active", ["create"])


def test_a_policy_that_comes_while_it_is_made_is_carried_out_right_after(service: Service, driver: Remembering) -> None:
    running = actions.claim(Operation.objects.get().pk, by="worker")
    assert running is not None
    apply(service, "suspend")
    actions.finish(running, DONE, by="system")
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("suspended", ["suspend"])


def test_a_held_service_waits_for_a_person(service: Service, driver: Remembering) -> None:
    with locks.transaction():
        steering.hold(services=locks.take_all(Service), why=code("highest"))
    run_jobs()
    assert actions.take_up_late() == 0
    assert (Service.objects.get().state, driver.kinds) == ("pending", [])
    for how_many in (1, 0):
        with locks.transaction():
            assert steering.release(services=locks.take_all(Service), who="billing@example.com") == how_many
    run_jobs()
    assert (Service.objects.get().state, driver.kinds) == ("active", ["create"])


def test_a_suspension_that_fails_waits_for_people_and_can_be_tried_again(service: Service, driver: Remembering) -> None:
    run_jobs()
    driver.outcomes["suspend"] = Outcome(DeliveryStatus.FAILED, note="no such server")
    apply(service, "suspend")
    run_jobs()
    failed = Operation.objects.get(kind="suspend")
    assert (failed.state, Service.objects.get().state) == ("failed", "active")
    driver.outcomes.clear()
    actions.try_again(operation_id=failed.pk, who="support@example.com")
    run_jobs()
    assert Service.objects.get().state == "suspended"

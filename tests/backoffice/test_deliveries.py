"""What people do about deliveries."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes
from tests.jobs import run_jobs

from comptoir.customers.models import Customer
from comptoir.kernel.models import StateChange
from comptoir.mail.models import Mail
from comptoir.modules.api import DeliveryStatus, Outcome
from comptoir.services import actions
from comptoir.services.models import Operation, Service
from comptoir.services.queries import access

pytestmark = pytest.mark.django_db


@pytest.fixture
def operation(alice: Customer) -> Operation:
    """Something paid that people deliver."""
    scenes.paid(alice, builders.product("Déménagement", driver="manual"))
    run_jobs()
    row = Operation.objects.get()
    assert (row.state, row.by_hand) == ("waiting", True)
    return row


def delivered_mails() -> int:
    return Mail.objects.filter(fact__startswith="delivered:").count()


def test_marking_as_delivered_activates_once(owner: Client, operation: Operation) -> None:
    page = f"/admin/services/operation/{operation.pk}/"
    assert b'data-test="mark-delivered"' in owner.get(page).content
    sent = {"access": "login: alice\r\n\r\npassword: a:b c", "note": "by Olive"}
    for _twice in range(2):
        answer = owner.post(f"/admin/deliveries/{operation.pk}/done/", sent)
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
    service = Service.objects.get()
    assert (service.state, access(service)) == ("active", {"login": "alice", "password": "a:b c"})
    assert delivered_mails() == 1
    moves = StateChange.objects.filter(noun="service", to_state="active")
    assert [move.who for move in moves] == ["staff:owner@example.org"]
    shown = owner.get(page).content.decode()
    assert "a:b c" not in shown
    assert 'data-test="mark-delivered"' not in shown


@pytest.mark.parametrize("lines", ["alice", "login:", ": alice", "login: a\nlogin: b", f"{'n' * 61}: a"])
def test_a_line_that_is_no_name_and_value_stores_nothing(owner: Client, operation: Operation, lines: str) -> None:
    answer = owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": lines})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "wrong" in page
    assert lines.partition("\n")[0] in page  # nothing typed is lost
    assert (Service.objects.get().state, delivered_mails()) == ("pending", 0)


def test_a_failed_one_is_tried_again(owner: Client, operation: Operation) -> None:
    claimed = actions.claim(operation.pk, by="test")
    assert claimed is not None
    actions.finish(claimed, Outcome(DeliveryStatus.FAILED, note="no room"), by="system")
    assert b'data-test="try-again"' in owner.get(f"/admin/services/operation/{operation.pk}/").content
    owner.post(f"/admin/deliveries/{operation.pk}/again/")
    assert Operation.objects.get().state == "waiting"
    owner.post(f"/admin/deliveries/{operation.pk}/again/")  # a second click finds nothing failed
    assert StateChange.objects.filter(noun="operation", from_state="failed", to_state="waiting").count() == 1


def test_what_a_driver_is_about_to_do_is_the_drivers(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    operation = Operation.objects.get()
    assert b'data-test="mark-delivered"' not in owner.get(f"/admin/services/operation/{operation.pk}/").content
    assert owner.post(f"/admin/deliveries/{operation.pk}/done/", {"access": "login: a"}).status_code == 302
    assert (Operation.objects.get().state, Service.objects.get().state) == ("waiting", "pending")
    assert owner.post("/admin/deliveries/00000000-0000-4000-8000-000000000000/done/").status_code == 404

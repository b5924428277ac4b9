"""When and from where a customer was here: noted at sign-ins and orders, never changed, deleted after 13 months."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory
from tests import builders

from comptoir.customers import visits
from comptoir.customers.models import Visit
from comptoir.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_sign_in_is_noted_with_the_address_and_no_wrong_one(client: Client) -> None:
    alice = builders.customer("Alice").user
    for word in ("wrong", builders.PASSWORD):
        client.post("/accounts/login/", {"login": alice.email, "password": word}, REMOTE_ADDR="203.0.113.7")
    (row,) = Visit.objects.all()
    assert (row.user, row.what, row.address) == (alice, "sign_in", "203.0.113.7")


def test_a_visit_is_never_changed_and_goes_after_thirteen_months(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = builders.customer("Alice").user
    request = RequestFactory(REMOTE_ADDR="2001:db8::1").post("/")
    visits.note(alice, Visit.What.ORDER, request, about="F-1")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Visit.objects.update(address="203.0.113.8")
    now = clock.now()
    for days, left in ((390, 1), (400, 0)):
        monkeypatch.setattr(clock, "now", lambda days=days: now + dt.timedelta(days=days))
        visits.prune()
        assert Visit.objects.count() == left


def test_a_request_from_nowhere_is_not_noted() -> None:
    request = RequestFactory(REMOTE_ADDR="").post("/")
    visits.note(builders.customer("Alice").user, Visit.What.SIGN_IN, request)
    assert not Visit.objects.exists()

"""A session that was begun with a password alone is no way in once more is asked for."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.staff.browser import Browser

from comptoir.customers import factors, roles, staff
from comptoir.customers.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("required")
def test_adding_a_factor_ends_every_other_session(olive: User) -> None:
    thief = Browser(olive, address="198.51.100.9")
    thief.sign_in()
    owner = Browser(olive)
    owner.sign_in()
    owner.set_up()
    assert owner.client.get("/admin/").status_code == 200
    assert "/accounts/login/" in thief.client.get("/admin/").headers["Location"]


@pytest.mark.usefixtures("required")
def test_a_reset_ends_every_session(vera: User) -> None:
    thief = Browser(vera)
    thief.sign_in()
    thief.set_up()
    assert thief.client.get("/admin/").status_code == 200
    factors.reset(vera, who="command")
    good = Browser(vera, address="198.51.100.20")
    good.sign_in()
    good.set_up()
    assert "/accounts/login/" in thief.client.get("/admin/").headers["Location"]


def test_who_joins_the_team_signs_in_anew(olive: User) -> None:
    roles.make()
    bob = builders.customer("Bob").user
    factors.confirm_address(bob)
    before = Client()
    before.force_login(bob)
    assert before.get("/client/").status_code == 200
    staff.add(email=bob.email, first_name="", last_name="", role=roles.BILLING, locale="fr", who="staff:olive")
    assert before.get("/admin/").status_code == 302
    assert "/accounts/login/" in before.get("/admin/").headers["Location"]

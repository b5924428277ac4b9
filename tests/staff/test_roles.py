"""The table of roles: what it names exists, and what pages ask for is in it."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from tests import builders

from comptoir.backoffice import access, urls
from comptoir.customers import roles

pytestmark = pytest.mark.django_db


def held(role: str) -> set[str]:
    rows = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in rows}


def test_the_groups_are_as_the_table_has_them() -> None:
    roles.make()
    for role, permissions in roles.MAY.items():
        assert held(role) == permissions
    assert len(held(roles.OWNER)) == Permission.objects.count()


def test_what_left_the_table_leaves_the_group() -> None:
    roles.make()
    group = Group.objects.get(name=roles.SUPPORT)
    group.permissions.set(Permission.objects.filter(codename__startswith="delete_"))
    roles.make()
    assert held(roles.SUPPORT) == roles.MAY[roles.SUPPORT]
    assert Group.objects.get(name=roles.SUPPORT).pk == group.pk


def test_a_permission_that_no_model_has_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roles.MAY, roles.BILLING, frozenset({"payments.juggle_payment"}))
    with pytest.raises(roles.UnknownPermissionError, match=r"payments\.juggle_payment"):
        roles.make()
    assert not Group.objects.exists()


def test_every_permission_that_a_page_asks_for_is_known() -> None:
    """A page that nobody can be allowed to see has a spelling mistake in its permission."""
    assert urls.urlpatterns, "the pages are loaded"
    roles.make()
    assert access.ASKED - held(roles.OWNER) == set()


def test_reading_covers_every_page_and_nothing_else() -> None:
    mine = roles.MAY[roles.READ_ONLY]
    assert all(name.partition(".")[2].startswith("view_") for name in mine)
    pages = {f"{each.opts.app_label}.view_{each.opts.model_name}" for each in admin.site._registry.values()}
    looked_at = {name for name in access.ASKED if ".view_" in name}
    assert (pages | looked_at) - mine == set()


@pytest.mark.parametrize("role", roles.NAMES)
def test_a_member_of_staff_has_one_role(role: str) -> None:
    user = builders.staff("Sam", role)
    assert roles.of(user) == role
    assert user.has_perm("orders.view_order")
    assert user.has_perm("modules.configure_module") == (role == roles.OWNER)


def test_who_has_no_role() -> None:
    assert roles.of(builders.owner()) == roles.OWNER, "a superuser counts as an owner"
    assert roles.of(builders.staff("Sam")) == ""
    alice = builders.customer("Alice").user
    alice.groups.set(Group.objects.filter(name=roles.SUPPORT))
    assert roles.of(alice) == "", "a group alone makes nobody a member of staff"

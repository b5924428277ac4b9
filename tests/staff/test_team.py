"""The team's page: members are added, given roles, and their access is taken away; an owner is always left."""

from __future__ import annotations

import contextlib
import re
import threading

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from tests import builders
from tests.staff.browser import Browser

from comptoir.catalogue.queries import shop
from comptoir.customers import roles, staff
from comptoir.customers.models import User
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import AuditEntry
from comptoir.mail.models import Mail

LINK = re.compile(r"http://localhost:8000(/accounts/password/reset/key/\S+)")
NEW = {"email": "Zoe@example.org", "first_name": "Zoé", "last_name": "Blanc", "role": "support"}


@pytest.fixture
def owner(olive: User) -> Browser:
    """Olive, signed in."""
    roles.make()
    browser = Browser(olive)
    browser.sign_in()
    return browser


def role_of(email: str) -> str:
    return roles.of(User.objects.get(email=email))


def choose_password(client: Client, path: str, password: str = "a horse and a battery") -> None:
    step = client.get(path)
    client.post(step.headers["Location"], {"password1": password, "password2": password})


def test_somebody_is_added_and_comes_by_the_mailed_link(owner: Browser) -> None:
    page = owner.post("/admin/staff/add/", **NEW).content.decode()
    assert "zoe@example.org is in the team now" in page
    zoe = User.objects.get(email="zoe@example.org")
    assert (roles.of(zoe), zoe.first_name, zoe.has_usable_password()) == ("support", "Zoé", False)
    mail = Mail.objects.get(to="zoe@example.org")
    assert (mail.subject, mail.secret) == ("You are in the team now: support", True)
    assert (
        f"owner@example.org has given you access to the back office of {shop().name}, in the role Support" in mail.body
    )
    link = LINK.search(mail.body)
    assert link is not None
    choose_password(Client(), link[1])
    browser = Browser(zoe)
    browser.sign_in("a horse and a battery")
    assert browser.client.get("/admin/services/operation/").status_code == 200
    assert browser.client.get("/admin/ledger/entry/").status_code == 403
    step = Client().get(link[1], follow=True).content.decode()
    assert 'name="password1"' not in step, "the link works once"
    entry = AuditEntry.objects.get(verb="staff.added")
    assert (entry.who, entry.name, entry.after) == ("staff:owner@example.org", "zoe@example.org", {"role": "support"})


def test_a_customer_whose_address_is_proven_keeps_the_password(owner: Browser) -> None:
    alice = builders.customer("Alice").user
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    owner.post("/admin/staff/add/", email="alice@example.org", role="billing")
    assert LINK.search(Mail.objects.get(to=alice.email).body) is None
    browser = Browser(alice)
    browser.sign_in()
    assert browser.client.get("/admin/ledger/entry/").status_code == 200
    assert browser.client.get("/client/").status_code == 200


def test_whoever_registered_a_colleagues_address_gets_nowhere(owner: Browser) -> None:
    """An account whose address nobody has confirmed may be a stranger's: its password, sessions, factors and other addresses end."""
    mallory = builders.customer("Bob").user
    EmailAddress.objects.create(user=mallory, email=mallory.email, primary=True, verified=False)
    other = EmailAddress.objects.create(user=mallory, email="mallory@evil.example", primary=False, verified=False)
    Authenticator.objects.create(user=mallory, type="totp", data={"secret": "x"})
    intruder = Client()
    intruder.force_login(mallory, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert intruder.get("/client/").status_code == 200
    owner.post("/admin/staff/add/", email="bob@example.org", role="owner")
    assert intruder.get("/admin/").status_code == 302, "the session has ended"
    browser = Browser(mallory)
    browser.sign_in()
    assert not browser.is_in, "so has the password"
    assert not Authenticator.objects.filter(user=mallory).exists()
    assert not EmailAddress.objects.filter(pk=other.pk).exists()
    assert LINK.search(Mail.objects.get(to=mallory.email).body) is not None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "owner@example.org", "role": "support"}, "a member of the team already"),
        ({"email": "no address", "role": "support"}, "Enter a valid email address"),
        ({"email": "new@example.org", "role": "emperor"}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrong_is_said_at_the_field(owner: Browser, typed: dict[str, str], told: str) -> None:
    before = User.objects.count()
    answer = owner.client.post("/admin/staff/add/", typed)
    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert (User.objects.count(), Mail.objects.filter(to=typed["email"]).count()) == (before, 0)


def test_a_role_is_changed_and_holds_at_once(owner: Browser, vera: User) -> None:
    reader = Browser(vera)
    reader.sign_in()
    assert reader.client.get("/admin/audit/").status_code == 200
    owner.post(f"/admin/staff/{vera.pk}/role/", role="billing")
    assert role_of("vera@example.org") == "billing"
    assert reader.client.get("/admin/audit/").status_code == 403
    assert owner.client.post(f"/admin/staff/{vera.pk}/role/", {"role": "emperor"}).status_code == 404
    owner.post(f"/admin/staff/{vera.pk}/role/", role="billing")
    entry = AuditEntry.objects.get(verb="staff.role")
    assert (entry.before, entry.after) == ({"role": "read-only"}, {"role": "billing"})


def test_access_is_taken_away_at_once(owner: Browser, vera: User) -> None:
    reader = Browser(vera)
    reader.sign_in()
    owner.post(f"/admin/staff/{vera.pk}/remove/")
    assert reader.client.get("/admin/").status_code == 403
    vera.refresh_from_db()
    assert (vera.is_staff, vera.groups.exists()) == (False, False)
    assert owner.client.post(f"/admin/staff/{vera.pk}/remove/").status_code == 404
    assert owner.client.post(f"/admin/staff/{builders.customer('Alice').user_id}/remove/").status_code == 404


def test_the_last_owner_stays(owner: Browser, olive: User) -> None:
    for path, data in (
        (f"/admin/staff/{olive.pk}/remove/", {}),
        (f"/admin/staff/{olive.pk}/role/", {"role": "support"}),
    ):
        assert "This is the last owner" in owner.post(path, **data).content.decode()
        assert role_of(olive.email) == "owner"
    owner.post("/admin/staff/add/", **{**NEW, "role": "owner"})
    owner.post(f"/admin/staff/{olive.pk}/remove/")
    assert role_of(olive.email) == "owner", "who has not chosen a password yet may never come"
    zoe = User.objects.get(email="zoe@example.org")
    zoe.set_password("a horse and a battery")
    zoe.save()
    owner.post(f"/admin/staff/{olive.pk}/role/", role="support")
    assert role_of(olive.email) == "support"
    assert owner.client.get("/admin/staff/").status_code == 403


def test_an_owner_by_role_is_an_owner(owner: Browser, olive: User) -> None:
    zoe = builders.staff("Zoe", "owner")
    browser = Browser(zoe)
    browser.sign_in()
    for path in ("staff/", "audit/", "modules/", "catalogue/shop/"):
        assert browser.client.get(f"/admin/{path}", follow=True).status_code == 200, path
    browser.post(f"/admin/staff/{olive.pk}/role/", role="read-only")
    olive.refresh_from_db()
    assert (role_of(olive.email), olive.is_superuser) == ("read-only", False)


def test_a_link_is_sent_again_until_it_is_used(owner: Browser) -> None:
    owner.post("/admin/staff/add/", **NEW)
    zoe = User.objects.get(email="zoe@example.org")
    owner.post(f"/admin/staff/{zoe.pk}/invite/")
    assert Mail.objects.filter(to=zoe.email).count() == 2
    zoe.set_password("a horse and a battery")
    zoe.save()
    assert "has chosen a password already" in owner.post(f"/admin/staff/{zoe.pk}/invite/").content.decode()
    assert Mail.objects.filter(to=zoe.email).count() == 2


def test_an_owner_takes_a_lost_factor_off(owner: Browser, vera: User) -> None:
    reader = Browser(vera)
    reader.sign_in()
    reader.set_up()
    assert 'data-test="reset-factor"' in owner.text("/admin/staff/")
    owner.post(f"/admin/staff/{vera.pk}/reset/")
    again = Browser(vera)
    again.sign_in()
    assert again.is_in
    assert AuditEntry.objects.get(verb="factor.reset").who == "staff:owner@example.org"


def test_the_page_shows_who_is_protected(owner: Browser, vera: User) -> None:
    page = owner.text("/admin/staff/")
    assert 'data-email="vera@example.org" data-role="read-only"' in page
    assert page.count('class="state wait" data-test="factor"') == 2
    owner.set_up()
    assert owner.text("/admin/staff/").count('class="state good" data-test="factor"') == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the other once it has seen that an owner is left. Without the lock on the owners' group both arrive there."""
    first, second = builders.staff("Olive", "owner"), builders.staff("Zoe", "owner")
    gate, refused, keep = threading.Barrier(2), [], staff._keep_an_owner

    def keep_and_wait(user: User) -> None:
        keep(user)
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(timeout=2)

    def remove(user: User) -> None:
        try:
            staff.remove(user.pk, who="test")
        except SaidError:
            refused.append(user.pk)
        finally:
            connection.close()

    monkeypatch.setattr(staff, "_keep_an_owner", keep_and_wait)
    threads = [threading.Thread(target=remove, args=(user,)) for user in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(refused) == 1
    assert User.objects.filter(is_staff=True, groups=Group.objects.get(name="owner")).count() == 1

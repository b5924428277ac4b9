"""The second factor: who must have one, that it is asked for, that its secrets are sealed, and the ways out when it is lost."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from tests import builders
from tests.staff.browser import HOME, Browser, code

from comptoir.customers import factors
from comptoir.customers.models import User
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.mail.models import Mail

PAGES = ("", "modules/", "orders/order/", "staff/", "audit/", "billing/stripe/", "customers/customer/")


def led_to(client: Client, path: str) -> str:
    return client.get(path).headers.get("Location", "")


@pytest.mark.usefixtures("required")
def test_staff_without_a_factor_are_led_to_set_one_up(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in()
    assert browser.is_in
    for page in PAGES:
        assert led_to(browser.client, f"/admin/{page}") == HOME, page
    alert("a key", verbatim("Something."))
    browser.post(f"/admin/alerts/{Alert.objects.get().pk}/close/")
    assert Alert.objects.get().closed_at is None, "nothing is done before"
    assert 'data-test="factor-demanded"' in browser.text("/admin/")


@pytest.mark.usefixtures("required")
def test_the_office_opens_once_it_is_set_up(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in()
    codes = browser.set_up()
    assert len(set(codes)) == 10
    for page in PAGES:
        assert browser.client.get(f"/admin/{page}").status_code == 200, page
    assert 'data-test="factor-demanded"' not in browser.text(HOME)


def test_where_it_is_offered_the_office_opens_without(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in()
    assert browser.client.get("/admin/").status_code == 200
    assert 'data-test="factor-offered"' in browser.text("/admin/")
    browser.set_up()
    assert 'data-test="factor-offered"' not in browser.text("/admin/")


@pytest.mark.usefixtures("required")
def test_a_customer_is_never_made_to_and_may(olive: User) -> None:
    alice = builders.customer("Alice")
    browser = Browser(alice.user)
    browser.sign_in()
    assert browser.client.get("/client/").status_code == 200
    assert 'data-test="factor-demanded"' not in browser.text(HOME)
    assert 'data-test="second-factor"' in browser.text("/client/security/")
    browser.set_up()
    again = Browser(alice.user)
    again.sign_in()
    assert not again.is_in
    again.give(code(browser.secret, steps=1))
    assert again.is_in


def test_signing_in_asks_for_the_code(olive: User) -> None:
    first = Browser(olive)
    first.sign_in()
    first.set_up()
    second = Browser(olive)
    page = second.sign_in().content.decode()
    assert "One more step" in page
    assert not second.is_in
    assert led_to(second.client, "/admin/").startswith("/accounts/login/")
    assert "This code is not right" in second.give("000000").content.decode()
    assert not second.is_in
    second.give(code(first.secret, steps=1))
    assert second.is_in


def test_a_code_is_good_once(olive: User) -> None:
    first = Browser(olive)
    first.sign_in()
    first.set_up()
    shown = code(first.secret, steps=1)
    second, third = Browser(olive), Browser(olive)
    second.sign_in()
    second.give(shown)
    third.sign_in()
    third.give(shown)
    assert (second.is_in, third.is_in) == (True, False)


def test_a_recovery_code_opens_once(olive: User) -> None:
    first = Browser(olive)
    first.sign_in()
    codes = first.set_up()
    second, third = Browser(olive), Browser(olive)
    second.sign_in()
    second.give(codes[3])
    third.sign_in()
    third.give(codes[3])
    assert (second.is_in, third.is_in) == (True, False)
    third.give(codes[4])
    assert third.is_in
    assert "8 codes are left" in third.text(HOME)


def test_its_secrets_lie_sealed(olive: User) -> None:
    """In the table, and in the session while the app is being bound."""
    browser = Browser(olive)
    browser.sign_in()
    waiting = browser.begin_totp()
    sessions = json.dumps([row.get_decoded() for row in Session.objects.all()])
    assert "mfa.totp.secret" in sessions
    assert waiting not in sessions
    browser.set_up()
    stored = json.dumps([row.data for row in Authenticator.objects.all()])
    assert browser.secret not in stored
    codes = Authenticator.objects.get(type="recovery_codes")
    assert not any(code in stored for code in codes.wrap().get_unused_codes())
    assert factors.Adapter().decrypt(Authenticator.objects.get(type="totp").data["secret"]) == browser.secret


def test_changing_a_factor_asks_who_it_is(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in()
    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        assert led_to(browser.client, f"{HOME}{path}").startswith("/accounts/reauthenticate/"), path
    assert browser.client.post(f"{HOME}totp/activate/", {"code": "123456"}).status_code == 302
    browser.set_up()
    again = Browser(olive)
    again.sign_in()
    again.give(code(browser.secret, steps=1))
    for path in ("totp/deactivate/", "recovery-codes/", "recovery-codes/download/"):
        assert led_to(again.client, f"{HOME}{path}").startswith("/accounts/reauthenticate/"), path
    assert Authenticator.objects.filter(type="totp").exists()


def test_an_address_that_is_not_confirmed_binds_no_factor(olive: User) -> None:
    """Else whoever registers a stranger's address could lock its owner out for ever."""
    alice = builders.customer("Alice").user
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=False)
    browser = Browser(alice)
    browser.sign_in()
    assert 'data-test="unconfirmed"' in browser.text(HOME)
    assert 'data-test="add-totp"' not in browser.text(HOME)
    assert browser.set_up() == []
    assert not Authenticator.objects.exists()
    EmailAddress.objects.update(verified=True)
    assert len(browser.set_up()) == 10


@pytest.mark.django_db(transaction=True)
def test_who_changed_what_is_told_and_noted(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in()
    browser.set_up()
    browser.post(f"{HOME}recovery-codes/generate/")
    browser.post(f"{HOME}totp/deactivate/")
    noted = AuditEntry.objects.exclude(verb="sign_in.done").order_by("id").values_list("who", "verb", "after")
    me = "staff:owner@example.org"
    assert list(noted) == [
        (me, "factor.added", {"what": "totp"}),
        (me, "factor.codes", {"what": "recovery_codes"}),
        (me, "factor.removed", {"what": "totp"}),
    ]
    assert Mail.objects.filter(to=olive.email, template="access").count() == 3
    assert not Authenticator.objects.exists(), "recovery codes go with the last factor"


def test_a_sign_in_of_staff_is_noted_with_its_factors(olive: User) -> None:
    browser = Browser(olive)
    browser.sign_in("a wrong password")
    browser.sign_in()
    browser.set_up()
    again = Browser(olive, address="198.51.100.9")
    again.sign_in()
    again.give("000000")
    again.give(code(browser.secret, steps=1))
    entries = AuditEntry.objects.filter(verb__startswith="sign_in").order_by("id")
    assert [(each.verb, each.after, each.address) for each in entries] == [
        ("sign_in.refused", {"by": "password"}, "203.0.113.0/24"),
        ("sign_in.done", {"by": ["password"]}, "203.0.113.0/24"),
        ("sign_in.refused", {"by": "code"}, "198.51.100.0/24"),
        ("sign_in.done", {"by": ["password", "totp"]}, "198.51.100.0/24"),
    ]
    Browser(builders.customer("Alice").user).sign_in()
    assert AuditEntry.objects.filter(verb="sign_in.done").count() == 2, "customers are not watched"


def test_a_locked_out_owner_gets_in_by_the_command(olive: User) -> None:
    first = Browser(olive)
    first.sign_in()
    first.set_up()
    call_command("staff", "reset-mfa", "OWNER@example.org")
    again = Browser(olive)
    again.sign_in()
    assert again.is_in
    entry = AuditEntry.objects.get(verb="factor.reset")
    assert (entry.who, entry.before, entry.after) == (
        *("command", {"factors": ["totp", "recovery_codes"]}),
        {"factors": []},
    )


@pytest.mark.parametrize("host", ["shop.example.org", "localhost", "127.0.0.1"])
def test_passkeys_are_offered_where_browsers_use_them(olive: User, host: str, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    secure = host == "shop.example.org"
    page = Client(headers={"accept-language": "en"}).get("/accounts/login/", secure=secure, headers={"host": host})
    assert ('id="passkey_login"' in page.content.decode()) == (host != "127.0.0.1")
    client = Client(headers={"accept-language": "en", "host": host})
    client.force_login(olive, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get(HOME, secure=secure).content.decode()
    assert ("Passkeys need an address that begins with https://" in shown) == (host == "127.0.0.1")
    assert ('data-test="add-passkey"' in shown) == (host != "127.0.0.1")

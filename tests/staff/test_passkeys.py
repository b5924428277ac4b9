"""Passkeys: added, used as the second step and alone, refused when they answer another page, and removed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from tests.staff.browser import HOME, Browser
from tests.staff.softkey import HOST, SoftKey

from comptoir.customers.models import User
from comptoir.kernel.models import AuditEntry
from comptoir.mail.models import Mail

DATA = re.compile(r'<script id="js_data" type="application/json">(.*?)</script>')
ADD = f"{HOME}webauthn/add/"


def asked(page: str, name: str) -> dict[str, Any]:
    """What a page hands to the browser's script."""
    found = DATA.search(page)
    assert found is not None
    options: dict[str, Any] = json.loads(found[1])[name]
    return options


@pytest.fixture
def owner(olive: User) -> Browser:
    """Olive, signed in at the address that passkeys know."""
    made = at_localhost(olive)
    made.sign_in()
    return made


def at_localhost(user: User) -> Browser:
    made = Browser(user)
    made.client = Client(REMOTE_ADDR=made.address, headers={"accept-language": "en", "host": HOST})
    return made


def add(owner: Browser, key: SoftKey, **typed: str) -> str:
    owner.confirm()
    options = asked(owner.text(ADD), "creation_options")
    return owner.post(
        ADD, credential=key.make(options), **{"name": "My phone", "passwordless": "on", **typed}
    ).content.decode()


def test_one_is_added_and_codes_come_with_it(owner: Browser) -> None:
    page = add(owner, SoftKey())
    assert 'data-test="recovery-codes"' in page
    assert "My phone" in owner.text(f"{HOME}webauthn/")
    assert "Signs in without a password." in owner.text(f"{HOME}webauthn/")
    assert 'data-test="factor-webauthn" data-active="yes"' in owner.text(HOME)
    assert AuditEntry.objects.get(verb="factor.added").after == {"what": "webauthn"}
    assert "passkey was added" in render(Mail.objects.get(template="access"))


def render(mail: Mail) -> str:
    from comptoir.mail.actions import render as put

    put(mail)
    return mail.body


def test_it_is_the_second_step(owner: Browser, olive: User) -> None:
    key = SoftKey()
    add(owner, key)
    again = at_localhost(olive)
    page = again.sign_in().content.decode()
    assert not again.is_in
    again.post(f"{HOME}authenticate/", credential=key.use(asked(page, "request_options")))
    assert again.is_in
    assert AuditEntry.objects.filter(verb="sign_in.done").latest("id").after == {"by": ["password", "webauthn"]}


def test_it_signs_in_alone(owner: Browser, olive: User) -> None:
    key = SoftKey()
    add(owner, key)
    again = at_localhost(olive)
    options = again.client.get(f"{HOME}webauthn/login/", headers={"accept": "application/json"}).json()
    again.post(f"{HOME}webauthn/login/", credential=key.use(options["request_options"]), next="/admin/")
    assert again.is_in


@pytest.mark.parametrize("origin", ["http://localhost.evil.example", "https://evil.example", "http://127.0.0.1:8000"])
def test_one_that_answers_another_page_is_refused(owner: Browser, olive: User, origin: str) -> None:
    key = SoftKey()
    add(owner, key)
    key.origin = origin
    again = at_localhost(olive)
    page = again.sign_in().content.decode()
    told = again.post(f"{HOME}authenticate/", credential=key.use(asked(page, "request_options"))).content.decode()
    assert not again.is_in
    assert "This code is not right" not in told
    assert "This passkey does not belong" in told
    assert not Authenticator.objects.filter(last_used_at__isnull=False).exists()


def test_somebody_elses_is_refused(owner: Browser, olive: User, vera: User) -> None:
    mine, hers = SoftKey(), SoftKey()
    add(owner, mine)
    reader = at_localhost(vera)
    reader.sign_in()
    add(reader, hers)
    again = at_localhost(olive)
    page = again.sign_in().content.decode()
    again.post(f"{HOME}authenticate/", credential=hers.use(asked(page, "request_options")))
    assert not again.is_in
    hers.handle = mine.handle  # who says to be somebody else
    again = at_localhost(olive)
    options = again.client.get(f"{HOME}webauthn/login/", headers={"accept": "application/json"}).json()
    again.post(f"{HOME}webauthn/login/", credential=hers.use(options["request_options"]))
    assert not again.is_in


@pytest.mark.parametrize(
    "nonsense", ["", "{}", "[]", "null", "1", '{"response": 1}', "x", '{"id": "AA", "rawId": "AA"}']
)
def test_nonsense_is_refused_in_a_sentence(owner: Browser, nonsense: str) -> None:
    owner.confirm()
    owner.get(ADD)
    assert owner.client.post(ADD, {"name": "x", "credential": nonsense}).status_code == 200
    guest = at_localhost(owner.user)
    guest.client.get(f"{HOME}webauthn/login/", headers={"accept": "application/json"})
    assert guest.client.post(f"{HOME}webauthn/login/", {"credential": nonsense}).status_code == 302
    assert not Authenticator.objects.exists()


def test_one_is_renamed_and_removed(owner: Browser) -> None:
    add(owner, SoftKey())
    key = Authenticator.objects.get(type="webauthn")
    owner.post(f"{HOME}webauthn/keys/{key.pk}/edit/", name="My laptop")
    assert "My laptop" in owner.text(f"{HOME}webauthn/")
    assert "Remove My laptop?" in owner.text(f"{HOME}webauthn/keys/{key.pk}/remove/")
    owner.post(f"{HOME}webauthn/keys/{key.pk}/remove/")
    assert not Authenticator.objects.exists(), "the recovery codes go with the last factor"


def test_nobody_elses_is_renamed_or_removed(owner: Browser, vera: User) -> None:
    add(owner, SoftKey())
    key = Authenticator.objects.get(type="webauthn")
    reader = at_localhost(vera)
    reader.sign_in()
    reader.confirm()
    for path in (f"{HOME}webauthn/keys/{key.pk}/edit/", f"{HOME}webauthn/keys/{key.pk}/remove/"):
        assert reader.client.get(path).status_code == 404
        assert reader.client.post(path, {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get(pk=key.pk).data["name"] == "My phone"

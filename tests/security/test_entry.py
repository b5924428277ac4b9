"""The way in: host names, addresses to go on to, sign-in, cookies, CSRF, and the provider's door."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from tests import builders
from tests.security.walk import leads_to

from comptoir.customers.models import Customer
from comptoir.inbox.models import Notice
from comptoir.mail.models import Mail

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
OUTSIDE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "\\\\evil.example",
    "/\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\thttps://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No count of an earlier test's."""
    cache.clear()


@pytest.fixture
def alice() -> Customer:
    builders.shop()
    return builders.customer("Alice", locale="en")


def sign_in(client: Client, *, password: str = builders.PASSWORD, **more: str) -> str:
    """Where signing in as Alice leads; '' where it does not."""
    answer = client.post("/accounts/login/", {"login": "alice@example.org", "password": password, **more})
    return leads_to(answer)  # type: ignore[arg-type]  # the test client's own class of answers


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:8000@evil.example", "", "a b"])
def test_a_forged_host_is_refused(alice: Customer, host: str) -> None:
    for path in ("/", "/accounts/password/reset/", "/admin/", "/stripe/api"):
        answer = Client(raise_request_exception=False).post(
            path, {"email": "alice@example.org"}, headers={"host": host}
        )
        assert answer.status_code in ({400} if path != "/stripe/api" else {400, 405}), path
    assert not Mail.objects.exists()


def test_a_forwarded_host_is_not_believed(alice: Customer) -> None:
    headers = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    Client(headers=headers).post("/accounts/password/reset/", {"email": "alice@example.org"})
    body = Mail.objects.get().body
    assert "evil.example" not in body
    assert "/accounts/password/reset/key/" in body


@pytest.mark.parametrize("target", OUTSIDE)
def test_nothing_leads_outside(alice: Customer, target: str) -> None:
    assert sign_in(Client(), next=target) not in {"", "outside"}
    client = Client()
    assert client.get(f"/accounts/login/?next={quote(target)}").status_code == 200
    assert sign_in(client) != "outside"
    for address in ("/language/", "/accounts/logout/"):
        answer = client.post(address, {"language": "en", "next": target})
        assert leads_to(answer) not in {"outside", ""}, address  # type: ignore[arg-type]
    client.force_login(builders.owner(), backend=settings.AUTHENTICATION_BACKENDS[0])
    way = client.get(f"/admin/login/?next={quote(target)}", follow=True)
    assert all("evil.example" not in step.split("?")[0] for step, _status in way.redirect_chain)


def test_an_address_of_ours_is_led_to(alice: Customer) -> None:
    assert sign_in(Client(), next="/client/invoices/") == "client_invoices"


def test_a_reset_says_the_same_of_everybody(alice: Customer) -> None:
    told = []
    for email in ("alice@example.org", "nobody@example.org"):
        answer = Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        page = TOKEN.sub("", answer.content.decode().replace(email, ""))
        told.append((answer.status_code, answer.redirect_chain, page))
    assert told[0] == told[1]
    assert set(Mail.objects.values_list("to", flat=True)) == {"alice@example.org", "nobody@example.org"}


def test_a_wrong_password_says_the_same_as_an_unknown_address(alice: Customer) -> None:
    told = []
    for email in ("alice@example.org", "nobody@example.org"):
        answer = Client().post("/accounts/login/", {"login": email, "password": "wrong wrong wrong"})
        told.append((answer.status_code, TOKEN.sub("", answer.content.decode().replace(email, ""))))
    assert told[0] == told[1]


def test_guessing_passwords_ends_soon(alice: Customer) -> None:
    client = Client(headers={"accept-language": "en"})
    for _ in range(12):
        assert sign_in(client, password="a wrong password") == ""
    assert sign_in(client) == "", "the right password, after too many wrong ones"
    assert "_auth_user_id" not in client.session
    answer = client.post("/accounts/login/", {"login": "alice@example.org", "password": builders.PASSWORD})
    assert "Too many wrong tries" in answer.content.decode()


def test_resets_and_registrations_are_throttled(alice: Customer) -> None:
    statuses = [
        Client().post("/accounts/password/reset/", {"email": "alice@example.org"}).status_code for _ in range(8)
    ]
    assert 429 in statuses
    assert Mail.objects.count() <= 5
    made = [
        Client().post("/accounts/signup/", {"email": f"p{number}@example.org", "password1": "a horse and a battery"})
        for number in range(22)
    ]
    assert made[-1].status_code == 429


def test_csrf_is_enforced_at_the_way_in(alice: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/accounts/password/reset/"):
        answer = client.post(path, {"login": "alice@example.org", "password": builders.PASSWORD})
        assert answer.status_code == 403, path
    assert not Session.objects.exists()


def test_a_page_of_another_host_cannot_post(alice: Customer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "t" * 32
    headers = {"X-CSRFToken": "t" * 32, "Origin": "https://evil.example"}
    answer = client.post(
        "/accounts/login/", {"login": "alice@example.org", "password": builders.PASSWORD}, headers=headers
    )
    assert answer.status_code == 403


def test_cookies_are_closed(alice: Customer) -> None:
    client = Client()
    client.get("/accounts/login/")
    sign_in(client)
    session, csrf = client.cookies[settings.SESSION_COOKIE_NAME], client.cookies[settings.CSRF_COOKIE_NAME]
    assert (session["httponly"], session["samesite"], csrf["samesite"]) == (True, "Lax", "Lax")
    assert not session["domain"]
    assert settings.SESSION_COOKIE_SECURE is False  # this shop's address is http://localhost


def test_signing_in_gives_a_new_session_and_signing_out_ends_it(alice: Customer) -> None:
    client = Client()
    product = builders.product()
    client.post(f"/basket/add/{product.pk}", {})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(client)
    after = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert before != after
    client.post("/accounts/logout/")
    client.cookies[settings.SESSION_COOKIE_NAME] = after
    assert leads_to(client.get("/client/")) == "account_login"  # type: ignore[arg-type]


def test_the_providers_door_asks_for_a_signature_and_for_nothing_else(alice: Customer) -> None:
    builders.stripe_account(account="acct_1", secret_key="sk", publishable_key="pk", webhook_secret="whsec_x")
    client = Client(enforce_csrf_checks=True)
    sign_in(client)
    for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}, {"X-CSRFToken": "t" * 32}):
        answer = client.post("/stripe/api", b"{}", content_type="application/json", headers=headers)
        assert answer.status_code == 400
        assert not answer.cookies
    assert not Notice.objects.exists()

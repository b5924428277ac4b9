"""Sign-in is throttled: for one account from wherever it comes, for one address whichever account it tries, codes and resets too."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.test import Client, override_settings
from tests import builders
from tests.staff.browser import Browser, code

from comptoir.conf import conf
from comptoir.customers.models import User
from comptoir.kernel import requests
from comptoir.kernel.models import AuditEntry
from comptoir.mail.models import Mail

TOLD = "Too many wrong tries"
PAUSE = 5 * 60
Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Wall time as the throttles see it, moved on by so many seconds. What the cache keeps lives in the database's own time."""
    moved = [0.0]
    there = SimpleNamespace(time=lambda: time.time() + moved[0], monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(ratelimit, "time", there)

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


def test_one_account_is_paused_wherever_the_tries_come_from(vera: User, olive: User) -> None:
    for number in range(5):
        browser = Browser(vera, address=f"203.0.113.{number}")
        assert TOLD not in browser.sign_in("a wrong password").content.decode()
    right = Browser(vera, address="198.51.100.1")
    page = right.sign_in().content.decode()
    assert TOLD in page
    assert "wait five minutes" in page
    assert not right.is_in
    other = Browser(olive, address="198.51.100.1")
    other.sign_in()
    assert other.is_in, "another account is not held up by it"


def test_the_right_password_works_after_the_pause(vera: User, later: Later) -> None:
    browser = Browser(vera)
    for _ in range(6):
        browser.sign_in("a wrong password")
    browser.sign_in()
    assert not browser.is_in
    later(PAUSE - 30)
    browser.sign_in()
    assert not browser.is_in, "not before the time that the sentence says"
    later(31)
    browser.sign_in()
    assert browser.is_in


def test_one_address_is_paused_whichever_account_it_tries(olive: User) -> None:
    users = [builders.customer(f"Person{number}").user for number in range(21)]
    told = [TOLD in Browser(user).sign_in("a wrong password").content.decode() for user in users]
    assert told == [False] * 20 + [True]
    here, elsewhere = Browser(olive), Browser(olive, address="198.51.100.1")
    here.sign_in()
    elsewhere.sign_in()
    assert (here.is_in, elsewhere.is_in) == (False, True)


def test_right_passwords_are_not_counted(vera: User) -> None:
    """Whoever signs in a dozen times in a minute, as a journey does, meets no pause."""
    for _ in range(25):
        browser = Browser(vera)
        browser.sign_in()
        assert browser.is_in


def test_behind_a_proxy_the_visitor_is_who_counts(olive: User, vera: User, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = conf().model_copy(update={"trusted_proxies": "10.0.0.0/8"})
    monkeypatch.setattr(requests, "conf", lambda: trusted)
    requests._trusted.cache_clear()
    try:

        def visit(forwarded: str, user: User, password: str) -> Client:
            client = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": forwarded, "accept-language": "en"})
            client.post("/accounts/login/", {"login": user.email, "password": password})
            return client

        for number in range(20):
            visit("203.0.113.7", builders.customer(f"Person{number}").user, "a wrong password")
        assert "_auth_user_id" not in visit("203.0.113.7", olive, builders.PASSWORD).session
        assert "_auth_user_id" not in visit("1.2.3.4, 203.0.113.7", olive, builders.PASSWORD).session, "forged"
        assert "_auth_user_id" in visit("198.51.100.1", olive, builders.PASSWORD).session
    finally:
        requests._trusted.cache_clear()


def test_the_count_is_shared_by_all_processes() -> None:
    """It lies in a table: a count of its own in each web process would multiply the tries by their number."""
    from django.conf import settings

    assert str(settings.CACHES["default"]["BACKEND"]).endswith("DatabaseCache")
    builders.shop()
    vera = builders.staff("Vera", "read-only")
    for _ in range(5):
        Browser(vera).sign_in("a wrong password")
    with override_settings(CACHES=dict(settings.CACHES)):  # a process that has just started
        assert TOLD in Browser(vera).sign_in().content.decode()


def test_codes_cannot_be_guessed(olive: User, later: Later) -> None:
    first = Browser(olive)
    first.sign_in()
    codes = first.set_up()
    attacker = Browser(olive, address="198.51.100.1")
    attacker.sign_in()
    for _ in range(5):
        assert "This code is not right" in attacker.give("000000").content.decode()
    assert TOLD in attacker.give(code(first.secret, steps=1)).content.decode()
    assert not attacker.is_in
    for _ in range(3):  # five each pause, and twenty a day
        later(PAUSE + 1)
        for _ in range(5):
            attacker.give("000000")
    later(PAUSE + 1)
    page = attacker.give(codes[0]).content.decode()
    assert "Too many wrong codes for this account today" in page
    assert not attacker.is_in
    later(24 * 3600)
    attacker.sign_in()
    attacker.give(codes[0])
    assert attacker.is_in


def test_resets_are_throttled_by_address_and_by_account(olive: User) -> None:
    def ask(email: str, address: str) -> int:
        return Client(REMOTE_ADDR=address).post("/accounts/password/reset/", {"email": email}).status_code

    assert [ask(olive.email, f"203.0.113.{number}") for number in range(4)] == [302, 302, 302, 429]
    assert Mail.objects.filter(to=olive.email).count() == 3
    cache.clear()
    statuses = [ask(f"person{number}@example.org", "203.0.113.7") for number in range(21)]
    assert statuses == [302] * 20 + [429]


def test_the_page_of_a_throttle_says_for_how_long(olive: User) -> None:
    client = Client(headers={"accept-language": "en"})
    for _ in range(4):
        answer = client.post("/accounts/password/reset/", {"email": olive.email})
    assert answer.status_code == 429
    assert "come back in five minutes" in answer.content.decode()
    assert answer.headers["Retry-After"] == str(PAUSE)


def test_a_pause_of_staff_is_noted_once(vera: User) -> None:
    for _ in range(9):
        Browser(vera).sign_in("a wrong password")
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["sign_in.refused"] * 5 + ["sign_in.throttled"]


def test_a_new_password_by_mail_ends_the_pause(vera: User) -> None:
    from comptoir.customers import factors

    factors.confirm_address(vera)
    browser = Browser(vera)
    for _ in range(6):
        browser.sign_in("a wrong password")
    browser.post("/accounts/password/reset/", email=vera.email)
    body = Mail.objects.get(to=vera.email, template="").body
    path = next(line for line in body.splitlines() if "/accounts/password/reset/key/" in line).removeprefix(
        "http://testserver"
    )
    step = browser.client.get(path)
    browser.client.post(
        step.headers["Location"], {"password1": "a horse and a battery", "password2": "a horse and a battery"}
    )
    browser.sign_in("a horse and a battery")
    assert browser.is_in

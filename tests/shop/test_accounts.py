"""Signing in and registering, in the look; the mails of accounts."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client
from tests.shop.steps import named, text_of

from comptoir.customers.factors import address_confirmed
from comptoir.customers.models import Customer, User
from comptoir.mail.models import Mail

PASSWORD = "une phrase bien longue"


@pytest.fixture(autouse=True)
def _fresh_counts(shop: object) -> None:
    """Throttles count in the cache, which outlives a test's own rows nowhere but here."""
    cache.clear()


def register(client: Client, email: str = "dora@example.org", password: str = PASSWORD) -> None:
    client.post("/accounts/signup/", {"email": email, "password1": password})


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/"])
def test_the_pages_carry_their_names(guest: Client, address: str) -> None:
    page = guest.get(address)
    for name in ("email", "password", "sign-in", "register"):
        assert len(named(page, name)) == 1


def test_registering_makes_a_customer_and_writes_a_mail(guest: Client) -> None:
    register(guest)
    customer = Customer.objects.get()
    assert (customer.user.email, customer.tester, customer.locale) == ("dora@example.org", True, "fr")
    mail = Mail.objects.get()
    assert mail.subject == "Confirmez votre adresse de courriel"
    link = re.findall(r"http://testserver(/\S+)", mail.body)[0]
    assert guest.post(link).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_death_while_registering_leaves_no_account_whose_address_counts_as_proven(
    guest: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Died

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr("allauth.account.forms.setup_user_email", die)
        register(guest)
    assert not User.objects.exists()
    register(guest)
    assert not address_confirmed(User.objects.get())


def test_a_second_account_with_an_address_is_not_made(guest: Client) -> None:
    register(guest)
    other = Client()
    register(other, email="DORA@example.org")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("dora", PASSWORD),
        ("dora@example.org", "court"),
        ("dora\x00@example.org", PASSWORD),
        ("a" * 300 + "@b.fr", PASSWORD),
    ],
)
def test_what_is_wrong_is_said(guest: Client, email: str, password: str) -> None:
    page = guest.post("/accounts/signup/", {"email": email, "password1": password})
    assert page.status_code == 200
    assert 'class="field wrong"' in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("login", ["alice@example.org", "nobody@example.org", "\x00", "a" * 5000])
def test_a_wrong_password_says_the_same_to_everybody(guest: Client, alice: Customer, login: str) -> None:
    page = guest.post("/accounts/login/", {"login": login, "password": "wrong"})
    assert page.status_code == 200
    assert "sessionid" not in page.cookies


@pytest.mark.parametrize("there", ["https://evil.example.org/", "//evil.example.org", "javascript:alert(1)"])
def test_signing_in_leads_to_our_own_pages_only(guest: Client, alice: Customer, there: str) -> None:
    values = {"login": "alice@example.org", "password": "correct horse battery", "next": there}
    assert guest.post("/accounts/login/", values)["Location"] == "/client/"


def test_a_forgotten_password(guest: Client, alice: Customer) -> None:
    page = guest.post("/accounts/password/reset/", {"email": "alice@example.org"}, follow=True)
    assert page.status_code == 200
    mail = Mail.objects.get()
    assert mail.subject == "Un nouveau mot de passe"
    link = re.findall(r"http://testserver(/\S+)", mail.body)[0]
    page = guest.get(link, follow=True)
    assert page.status_code == 200
    action = page.redirect_chain[-1][0]
    values = {"password1": "une autre phrase longue", "password2": "une autre phrase longue"}
    assert guest.post(action, values).status_code == 302
    assert User.objects.get().check_password("une autre phrase longue")


def test_the_address_can_be_changed(as_alice: Client) -> None:
    page = as_alice.post("/accounts/email/", {"email": "alice@example.com", "action_add": "1"}, follow=True)
    assert "alice@example.com" in text_of(page)
    assert Mail.objects.get().to == "alice@example.com"


def test_signing_out_is_a_post(as_alice: Client) -> None:
    as_alice.get("/accounts/logout/")
    assert as_alice.get("/client/").status_code == 200
    as_alice.post("/accounts/logout/")
    assert as_alice.get("/client/").status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/email/",
        "/accounts/reauthenticate/",
        "/accounts/password/reset/",
        "/accounts/logout/",
    ],
)
def test_every_page_of_accounts_is_in_the_look(as_alice: Client, address: str) -> None:
    page = as_alice.get(address, follow=True)
    assert page.status_code == 200
    assert "look/look.css" in page.content.decode()
    assert 'style="' not in page.content.decode()

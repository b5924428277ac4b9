"""What every page has in common: language, headers, errors, health."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override
from tests import builders
from tests.shop.conftest import signed_in
from tests.shop.steps import fill, named, text_of

from comptoir.catalogue.models import Product
from comptoir.conf import conf
from comptoir.customers.models import Customer
from comptoir.mail.models import Mail
from comptoir.shop.views import demo, health

PUBLIC = ["/", "/store/vps/", "/basket/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
OWN = ["/client/", "/client/services/", "/client/invoices/", "/client/profile/", "/client/security/", "/checkout/"]


@pytest.mark.parametrize(("language", "word"), [("fr", "Boutique"), ("en", "Shop")])
def test_every_page_in_both_languages(alice: Customer, vps: Product, language: str, word: str) -> None:
    client = signed_in(alice)
    client.cookies["comptoir_language_8000"] = language
    fill(client, vps)
    for address in [*PUBLIC, *OWN]:
        page = client.get(address, follow=True)
        assert page.status_code == 200, address
        assert f'<html lang="{language}">' in page.content.decode()
        assert f">{word}</a>" in text_of(page)
        assert page.content.decode().count("<h1") == 1, address


def test_the_language_is_chosen_by_a_post(guest: Client, vps: Product) -> None:
    answer = guest.post("/language/", {"language": "en", "next": "/store/vps/"})
    assert answer["Location"] == "/store/vps/"
    assert '<html lang="en">' in guest.get("/").content.decode()
    assert guest.post("/language/", {"language": "\x00", "next": "https://evil.example.org/"})["Location"] == "/"


@pytest.mark.parametrize("address", [*PUBLIC, "/nothing-here"])
def test_pages_bring_no_code_and_no_style_of_their_own(guest: Client, vps: Product, address: str) -> None:
    page = guest.get(address)
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    text = page.content.decode()
    assert 'style="' not in text
    assert "<script>" not in text
    assert "onclick" not in text


def test_forms_need_our_token(vps: Product, alice: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    for address in (f"/basket/add/{vps.pk}", "/checkout/", "/client/profile/", "/accounts/logout/"):
        answer = strict.post(address)
        assert answer.status_code == 403
        assert "look/look.css" in answer.content.decode()


def test_error_pages_need_neither_request_nor_database() -> None:
    with override("fr"):
        for name in ("400.html", "500.html", "403_csrf.html"):
            assert "Aller à la boutique" in render_to_string(name)


@pytest.mark.parametrize(
    "address", ["/nothing-here", "/client/invoices/1/x", "/store/", "/%00", "/%ff%fe", "/basket/add/x"]
)
def test_an_address_that_is_none(guest: Client, shop: object, address: str) -> None:
    page = guest.get(address)
    assert page.status_code == 404
    assert "Il n’y a rien ici" in text_of(page)


def test_a_session_that_is_none(guest: Client, vps: Product) -> None:
    for key in ("x" * 32, '"\\000\\000\\000\\000\\000\\000\\000\\000"', "é" * 20):
        guest.cookies["comptoir_session_8000"] = key
        assert guest.get("/").status_code == 200
        assert guest.get("/basket/").status_code == 200


def test_testers_are_told_and_others_are_not(guest: Client, vps: Product) -> None:
    ribbon = "Mode test\u00a0: aucun argent réel ne circule"
    assert ribbon not in text_of(guest.get("/"))
    builders.stripe_account(account="acct_1", secret_key="sk_test_1", publishable_key="pk_test_1")
    assert ribbon in text_of(guest.get("/"))  # who registers becomes a tester
    assert ribbon in text_of(signed_in(builders.customer("Alice")).get("/"))
    assert ribbon not in text_of(signed_in(builders.customer("Bob", tester=False)).get("/"))
    builders.shop(testers=False)
    assert ribbon not in text_of(guest.get("/"))


def test_alive(guest: Client) -> None:
    assert guest.get("/healthz").content == b"ok\n"


def test_ready_names_the_modules(guest: Client) -> None:
    told = guest.get("/readyz")
    assert told.status_code == 200
    assert {"cash", "instant", "manual", "stripe"} <= set(told.json()["modules"])


def test_not_ready_while_a_migration_is_missing(guest: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = health._known()
    monkeypatch.setattr(health, "_known", lambda: known | {("orders", "9999_next")})
    assert guest.get("/readyz").status_code == 503


def test_not_ready_without_a_database(guest: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("secret-host is away")

    monkeypatch.setattr(health, "_applied", away)
    told = guest.get("/readyz")
    assert told.status_code == 503
    assert b"secret-host" not in told.content


def test_robots(guest: Client) -> None:
    told = guest.get("/robots.txt").content.decode()
    for closed in ("/basket/", "/checkout/", "/client/", "/pay/"):
        assert f"Disallow: {closed}\n" in told


def test_the_outbox_is_the_demos_alone(guest: Client, shop: object, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "Voyez http://localhost:8000/client/services/.\n<script>alert(1)</script>\n"
    Mail.objects.create(fact="a", to="a@example.org", subject="Premier", body=body)
    Mail.objects.create(fact="b", to="b@example.org", subject="Second", body="")
    assert guest.get("/demo/mail/").status_code == 404
    monkeypatch.setattr(demo, "conf", lambda: conf().model_copy(update={"demo": True}))
    page = guest.get("/demo/mail/")
    assert len(named(page, "mail")) == len(named(page, "mail-subject")) == 2
    assert named(page, "mail-link") == ['<a href="http://localhost:8000/client/services/" data-test="mail-link">']
    assert "<script>alert" not in page.content.decode()
    assert text_of(page).index("Second") < text_of(page).index("Premier")

"""One word for one thing, and each language its own: what allauth says in French, and the name of a tax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import allauth
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils.translation import gettext, override
from tests.shop.steps import fill, pay_page, text_of

from comptoir.catalogue.models import Product
from comptoir.invoices.models import InvoiceLine

OURS = ("account/", "mfa/", "templates/account/", "templates/mfa/")  # what of it people meet here
E_MAIL = re.compile(r"\be?-?mails?\b", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _fresh_counts(shop: object) -> None:
    """Throttles count in the cache."""
    cache.clear()


def said_by_allauth() -> Iterator[str]:
    """Every text of allauth's that its own French says with another word than ours for a mail."""
    with (Path(allauth.__path__[0]) / "locale/fr/LC_MESSAGES/django.po").open("rb") as file:
        for message in read_po(file):
            places = {place for place, _line in message.locations if place != "account/admin.py"}
            ours = any(place.startswith(OURS) for place in places) and isinstance(message.id, str)
            if ours and E_MAIL.search(re.sub(r"%\(\w+\)s|<[^>]*>", "", str(message.string))):
                yield str(message.id)


def test_a_mail_is_a_courriel_whoever_says_it() -> None:
    texts = list(said_by_allauth())
    assert len(texts) > 50
    with override("fr"):
        for text in texts:
            french = re.sub(r"%\(\w+\)s|<[^>]*>", "", gettext(text))
            assert not E_MAIL.search(french), text


def test_a_page_of_allauths_own_says_courriel(guest: Client) -> None:
    page = text_of(guest.get("/accounts/confirm-email/nothing/"))
    assert "Ce lien de confirmation a expiré" in page
    assert "Confirmer l’adresse de courriel" in page
    assert not E_MAIL.search(re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize(("language", "own", "other"), [("fr", "TVA 2000", "VAT 2000"), ("en", "VAT 2000", "TVA 2000")])
def test_a_tax_has_its_name_in_each_language(
    as_alice: Client, vps: Product, language: str, own: str, other: str
) -> None:
    as_alice.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    fill(as_alice, vps)
    basket = text_of(as_alice.get("/basket/"))
    assert own in basket
    assert other not in basket
    pay_page(as_alice, vps)
    assert set(InvoiceLine.objects.values_list("tax_name", flat=True)) == {own}

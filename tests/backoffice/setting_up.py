"""What somebody does on the settings page of the Stripe module, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from tests.stripe import Stripe

from comptoir.kernel import secrets
from comptoir.modules.models import ModuleAccount
from stripe_simulator.server import Server

PAGE = "/admin/settings/stripe/"
ENGLISH = {"accept-language": "en"}
ADDRESS = "http://localhost:8000/stripe/api"
NO_KEY = "sk_test_51" + "q" * 40  # of the right form, and nobody's
WEBHOOK = "whsec_" + "Zz09" * 8


@dataclass
class Setter:
    """Somebody who sets the module up. Every page that is answered is kept: no secret may stand on one."""

    client: Client
    stripe: Stripe
    pages: list[str] = field(default_factory=list)

    def look(self, mode: str = "test", *, language: str = "en") -> str:
        """The page."""
        return self._read(self.client.get(f"{PAGE}?mode={mode}", headers={"accept-language": language}))

    def try_out(
        self,
        keys: Mapping[str, str] | None = None,
        *,
        mode: str = "test",
        htmx: bool = False,
        language: str = "en",
        **more: str,
    ) -> str:
        """Press the button under the keys; returns what is answered."""
        typed = {**(keys or {}), **more}
        headers = {"accept-language": language, **({"hx-request": "true"} if htmx else {})}
        return self._read(self.client.post(f"{PAGE}?mode={mode}", typed, headers=headers))

    def press(self, address: str, *, mode: str = "test", **data: str) -> str:
        """Press another button of the page; returns the page to which it leads."""
        answer = self.client.post(f"{PAGE}{address}/?mode={mode}", data, headers=ENGLISH)
        assert answer.status_code == 302, answer.status_code
        return self._read(self.client.get(answer.headers["Location"], headers=ENGLISH))

    def keys(self, server: Server | None = None, *, mode: str = "test", **more: str) -> dict[str, str]:
        """An account's keys, as they are typed."""
        of = (server or self.stripe.server).settings
        pair = (of.secret_key, of.publishable_key) if mode == "test" else (of.live_secret_key, of.live_publishable_key)
        return {"secret_key": pair[0], "publishable_key": pair[1], **more}

    def _read(self, answer: Any) -> str:
        page: str = answer.content.decode()
        self.pages.append(page)
        return page


VOID = frozenset({"input", "br", "meta", "link", "img", "hr"})


class _Texts(HTMLParser):
    """The text of every element that bears a `data-test` name."""

    def __init__(self, test: str) -> None:
        super().__init__()
        self.test = test
        self.open: list[tuple[str, int]] = []  # tag, and which of the texts it begins; -1: none
        self.texts: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            begins = dict(attrs).get("data-test") == self.test
            if begins:
                self.texts.append([])
            self.open.append((tag, len(self.texts) - 1 if begins else -1))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        for _tag, number in self.open:
            if number >= 0:
                self.texts[number].append(data)


def shown(page: str, test: str) -> list[str]:
    """The text of each element that bears a `data-test` name."""
    reader = _Texts(test)
    reader.feed(page)
    return [" ".join(" ".join(text).split()) for text in reader.texts]


def attribute(page: str, test: str, name: str) -> list[str]:
    """An attribute of each element that bears a `data-test` name."""
    tags = re.findall(rf'<[^>]*data-test="{test}"[^>]*>', page)
    return [found[1] for tag in tags if (found := re.search(rf'\b{name}="([^"]*)"', tag))]


def told(page: str) -> str:
    """What the page says of what was just done."""
    return " ".join(shown(page, "told"))


def lacks(olive: Setter) -> set[str]:
    """What the modules page says is missing."""
    page = olive.client.get("/admin/modules/", headers=ENGLISH).content.decode()
    return set(attribute(page, "unfinished", "data-lack"))


def stored(mode: str = "test") -> dict[str, str]:
    """The keys in use, open."""
    row = ModuleAccount.objects.filter(module="stripe", mode=mode, current=True).first()
    return secrets.unseal(row.sealed) if row else {}

"""The help pages of modules, as staff read them."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from tests.security.html import Page

from comptoir.backoffice.views import help as manuals
from comptoir.modules import registry

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
HELP = "/admin/help/stripe/"


def read(client: Client, address: str = HELP, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_all_staff_may_read_it_and_nobody_else(staff: Client, owner: Client, customer: Client, guest: Client) -> None:
    picture = f"/admin/help/pictures/{_pictures()[0]}.png"
    for address in (HELP, picture):
        assert [each.get(address).status_code for each in (staff, owner, customer, guest)] == [200, 200, 403, 302]
        assert guest.get(address)["location"].startswith("/accounts/login/")
        assert owner.post(address).status_code == 405


def test_it_is_in_the_language_of_the_reader_with_a_link_to_the_other(staff: Client) -> None:
    french, english = read(staff, language="fr"), read(staff)
    assert '<html lang="fr">' in french
    assert "Encaisser avec Stripe</h1>" in french
    assert '<html lang="en">' in english
    assert "Taking payments with Stripe</h1>" in english
    for page, own, other in ((french, "fr", "en"), (english, "en", "fr")):
        assert f'href="?language={other}"' in page
        assert f'href="?language={own}"' not in page
    assert read(staff, f"{HELP}?language=fr").split('class="manual"')[1] == french.split('class="manual"')[1]
    answer = staff.get(f"{HELP}?language=fr", headers={"accept-language": "en"})
    assert answer["content-language"] == "fr"
    assert '<html lang="fr">' in answer.content.decode()
    assert '<html lang="en">' in read(staff, f"{HELP}?language=../../etc")  # no language of ours: the reader's


def test_the_settings_lead_to_it_and_it_leads_back(owner: Client, staff: Client) -> None:
    assert f'href="{HELP}"' in read(owner, "/admin/settings/stripe/")
    assert 'href="/admin/settings/stripe/"' in read(owner)
    assert 'href="/admin/settings/stripe/"' not in read(staff)  # who may not see the settings is not led there


def test_a_stranger_without_a_page_has_none(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cash" in registry.installed()
    for name in ("cash", "shelf", "nothing", "money-path", "pictures"):
        assert owner.get(f"/admin/help/{name}/").status_code == 404, name
    assert not manuals.has_help("cash")
    assert manuals.has_help("stripe")
    monkeypatch.setattr(manuals, "folder", lambda: None)  # an installation without documents
    assert owner.get(HELP).status_code == 404
    assert owner.get(f"/admin/help/pictures/{_pictures()[0]}.png").status_code == 404
    assert f'href="{HELP}"' not in read(owner, "/admin/settings/stripe/")


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "..%2f..%2fREADME",
        "../../README",
        "..",
        "%2e%2e%2fen%2fstripe",
        "stripe-keys-en%00",
        "STRIPE-KEYS-EN",
        "*",
    ],
)
def test_a_picture_is_one_that_is_there_or_none(owner: Client, name: str) -> None:
    assert owner.get(f"/admin/help/pictures/{name}.png").status_code == 404


def test_every_picture_of_the_pages_is_served(staff: Client) -> None:
    for language in ("fr", "en"):
        found = [values for tag, values in Page(read(staff, language=language)).tags if tag == "img"]
        assert len(found) == (ROOT / "docs" / language / "stripe.md").read_text(encoding="utf-8").count(
            "](../pictures/"
        )
        for values in found:
            assert values["alt"]
            answer = staff.get(values["src"])
            assert (answer.status_code, answer["content-type"]) == (200, "image/png")
            assert answer.content.startswith(b"\x89PNG")


def test_the_strict_policy_holds_and_the_page_needs_nothing_that_it_forbids(staff: Client) -> None:
    answer = staff.get(HELP)
    policy = answer["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = Page(answer.content.decode())
    assert page.scripts == []
    assert [
        tag for tag, values in page.tags if "style" in values or any(name.startswith("on") for name in values)
    ] == []
    assert [
        values["src"] for tag, values in page.tags if tag == "img" and not values["src"].startswith("/admin/help/")
    ] == []
    outside = [values for tag, values in page.tags if tag == "a" and values.get("href", "").startswith("https:")]
    assert outside
    assert all(values["rel"] == "noopener noreferrer" for values in outside)


def test_html_in_a_document_is_shown_and_does_nothing() -> None:
    page = manuals.written(
        "# A & B\n\n<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> **bold**\n\n"
        "[a](javascript:alert(1)) [b](https://example.org/?a=1&b=2) [c](../fr/stripe.md)\n\n"
        "## <b>Two</b> words\n\n![x](../pictures/stripe-keys-en.png) ![y](../../secrets/key.png)\n\n"
        "| a | b |\n|:--|--:|\n| 1 | 2 |\n"
    )
    assert page.title == "A & B"
    tags = [tag for tag, _values in Page(page.body).tags]
    assert "script" not in tags
    assert "b" not in tags
    assert "&lt;script&gt;" in page.body
    assert "<strong>bold</strong>" in page.body
    assert 'href="javascript' not in page.body
    assert 'href="https://example.org/?a=1&amp;b=2"' in page.body
    assert 'href="/admin/help/stripe/?language=fr"' in page.body
    assert 'src="/admin/help/pictures/stripe-keys-en.png"' in page.body
    assert "../" not in page.body  # what is no picture of ours leads nowhere
    assert "style=" not in page.body
    assert [heading.anchor for heading in page.contents] == ["btwob-words"]
    assert 'id="btwob-words"' in page.body


def test_a_wheel_would_hold_the_documents_where_they_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    placed = config["tool"]["setuptools"]["data-files"]
    wanted = {ROOT / "docs" / language / "stripe.md" for language, _name in settings.LANGUAGES}
    wanted |= {ROOT / "docs" / "pictures" / f"{name}.png" for name in _pictures()}
    held: dict[Path, str] = {}
    for place, patterns in placed.items():
        for pattern in patterns:
            held |= {path: f"{place}/{path.name}" for path in ROOT.glob(pattern)}
    assert wanted <= held.keys()
    for path in wanted:
        assert held[path] == f"{manuals.INSTALLED}{path.relative_to(ROOT / 'docs').as_posix()}"


def test_documents_are_found_in_an_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wheel's list of files names them from the folder of the packages; the checkout is not there."""
    docs = tmp_path / "venv" / manuals.INSTALLED
    (docs / "pictures").mkdir(parents=True)
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)

    class Listed(SimpleNamespace):
        def as_posix(self) -> str:
            return str(self.name)

        def locate(self) -> Path:
            return packages / str(self.name)

    names = ["comptoir/conf.py", f"../../../{manuals.INSTALLED}fr/stripe.md"]
    monkeypatch.setattr(manuals, "CHECKOUT", tmp_path / "nothing")
    monkeypatch.setattr(metadata, "files", lambda _name: [Listed(name=name) for name in names])
    manuals.folder.cache_clear()
    assert manuals.folder() == docs.resolve()
    monkeypatch.setattr(metadata, "files", lambda _name: None)
    manuals.folder.cache_clear()
    assert manuals.folder() is None
    manuals.folder.cache_clear()


def _pictures() -> list[str]:
    """The names of the pictures that the pages show."""
    texts = [(ROOT / "docs" / language / "stripe.md").read_text(encoding="utf-8") for language in ("fr", "en")]
    return re.findall(r"\.\./pictures/([\w-]+)\.png", "".join(texts))

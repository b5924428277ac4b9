"""The help pages say what the house, the Stripe module and their pages say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils.text import capfirst
from markdown_it import MarkdownIt
from markdown_it.token import Token

from comptoir.modules import registry
from comptoir.run.translations import catalogues

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("fr", "en")
PAGES = ("stripe", "credit", "disputes", "refunds")
PLACE = re.compile(r"%\(\w+\)s|\{\{ [\w.]+ \}\}")
SHAPE = re.compile(r"^(#+ |!\[|\||- |\d\. )", re.MULTILINE)
LONGEST_PICTURE = 160_000  # bytes


def text(language: str, page: str = "stripe") -> str:
    return (ROOT / "docs" / language / f"{page}.md").read_text(encoding="utf-8")


def tokens(language: str, page: str = "stripe") -> Iterator[Token]:
    """Everything inside the lines of a page, one after the other."""
    for block in MarkdownIt("commonmark").enable("table").parse(text(language, page)):
        yield from block.children or ()


def marked(language: str, sign: str, page: str) -> list[str]:
    """What stands between `**` (sign "strong") or `*` ("em")."""
    found: list[str] = []
    depth = 0
    for token in tokens(language, page):
        if token.type == f"{sign}_open":
            depth += 1
            found.append("")
        elif token.type == f"{sign}_close":
            depth -= 1
        elif depth:
            found[-1] += "\n" if token.type == "softbreak" else token.content
    return [" ".join(each.split("\n")) for each in found]


def filled(words: str) -> str:
    """A text with the name of the module in it."""
    return PLACE.sub("Stripe", words)


@cache
def labels(language: str) -> frozenset[str]:
    """Every text of templates and code that the catalogues know, as this language has it."""
    sources = (path for kind in ("*.html", "*.py") for path in (ROOT / "src").rglob(kind))
    written = filled("\n".join(path.read_text(encoding="utf-8") for path in sources))
    found = set()
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                english, french = _texts(message.id), _texts(message.string)
                if english[0] and filled(english[0]) in written:
                    found |= {filled(each) for each in (french if language == "fr" else english)}
    return frozenset(found)


def _texts(texts: object) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(map(str, texts if isinstance(texts, list | tuple) else ()))


@pytest.mark.parametrize(("page", "least"), [("stripe", 20), ("credit", 15), ("disputes", 15), ("refunds", 20)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_quoted_label_is_on_a_page(language: str, page: str, least: int) -> None:
    """Bold is what the pages say; the explanation of it, and words that lead a sentence, are told apart by their ending."""
    leads = {"like this", "ainsi"}
    quoted = [each for each in marked(language, "strong", page) if each not in leads and not each.endswith(":")]
    assert len(quoted) > least
    known = labels(language)
    known |= {capfirst(each) for each in known}
    assert [each for each in quoted if each not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rights_of_a_restricted_key_are_those_of_the_manifest(language: str) -> None:
    wanted = [each.name for each in registry.installed()["stripe"].manifest.permissions]
    rows = re.findall(r"^\| `(rak_\w+)` \| .*?\*(\S+)\* \|", text(language), re.MULTILINE)
    assert [name for name, _level in rows] == wanted
    write = {"fr": "Écriture", "en": "Write"}[language]
    assert [level == write for _name, level in rows] == [name.endswith("_write") for name in wanted]


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_tell_the_same(page: str) -> None:
    """As many headings of each rank, steps, rows and pictures; the same addresses, keys and card numbers."""
    shapes = {language: SHAPE.findall(text(language, page)) for language in LANGUAGES}
    assert shapes["fr"] == shapes["en"]
    codes = {
        language: sorted(token.content for token in tokens(language, page) if token.type == "code_inline")
        for language in LANGUAGES
    }
    assert codes["fr"] == codes["en"]
    links = {language: re.findall(r"\]\((https:[^)]+)\)", text(language, page)) for language in LANGUAGES}
    assert links["fr"] == links["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_picture_is_there_in_the_language_of_its_page_and_small(language: str) -> None:
    named = re.findall(r"!\[[^\]]{15,}\]\(\.\./pictures/(stripe-\w+-(\w+)\.png)\)", text(language))
    assert len(named) == text(language).count("](../pictures/")
    for name, picture_language in named:
        assert picture_language == language
        path = ROOT / "docs" / "pictures" / name
        assert path.is_file(), name
        assert path.stat().st_size <= LONGEST_PICTURE, name


def test_no_picture_is_left_over() -> None:
    there = {path.name for path in (ROOT / "docs" / "pictures").glob("stripe-*.png")}
    assert there == set(re.findall(r"pictures/(stripe-[\w-]+\.png)", text("fr") + text("en")))


@pytest.mark.parametrize("page", PAGES)
def test_the_french_page_has_french_spaces(page: str) -> None:
    assert re.findall(r".{20} [;:!?»](?=\s|$)|« ", text("fr", page)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_to_stripe_are_those_of_the_settings(language: str) -> None:
    """What the pages of the settings link to, the help page links to as well: test and live differ."""
    fields = registry.installed()["stripe"].manifest.settings
    wanted = {url for field in fields for url in field.links.values()}
    assert wanted <= set(re.findall(r"https://dashboard[^)\s]+", unescape(text(language))))

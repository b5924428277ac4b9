"""Which words belong to which language, read from the catalogues that the pages are written with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import allauth
import django
from babel.messages.pofile import read_po

import comptoir
import comptoir_stripe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.journeys.ways import Language

PLACE = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")
SHORT = 2  # letters: such a word is also the code of a country or of a currency's part, so its capitals count
ANY_CASE = "\0"  # before texts of which capitals do not count
TELLING = 3  # signs around its places: a text with fewer would be found in any other
FRENCH = "locale/fr/LC_MESSAGES/django.po"
CATALOGUES = (
    *Path(comptoir.__path__[0]).rglob(FRENCH),
    *Path(comptoir_stripe.__path__[0]).rglob(FRENCH),
    Path(allauth.__path__[0]) / FRENCH,
    Path(django.__path__[0]) / "contrib/auth" / FRENCH,
)


def strangers(language: Language, texts: Iterable[str]) -> list[str]:
    """The texts of a page that are words of the other language."""
    theirs = _forbidden(language)
    return [text for text in dict.fromkeys(map(_plain, texts)) if text in theirs]


@dataclass(frozen=True)
class Words:
    """Texts of one language: those that are what they are, found at once, and those with places for values."""

    plain: frozenset[str]  # as they are written for comparison, see `_written`
    with_places: re.Pattern[str]

    def __contains__(self, text: str) -> bool:
        return any(each in self.plain for each in _written(text)) or bool(self.with_places.fullmatch(text))


@cache
def _forbidden(language: Language) -> Words:
    english, french = _catalogue()
    theirs = english - french if language == "fr" else french - english
    places = sorted(text for text in theirs if PLACE.search(text))
    whole = re.compile("|".join(map(_expression, places)), re.IGNORECASE | re.DOTALL)
    return Words(frozenset(theirs.difference(places)), whole)


@cache
def _catalogue() -> tuple[frozenset[str], frozenset[str]]:
    """Every text in English and in French, as it is compared; those with places for values keep them."""
    pairs = [pair for path in CATALOGUES for pair in _pairs(path)]
    english = frozenset(text for one, _other in pairs for text in _meant(one))
    return english, frozenset(text for _one, other in pairs for text in _meant(other))


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        english = message.id if isinstance(message.id, list | tuple) else [message.id]
        french = message.string if isinstance(message.string, list | tuple) else [message.string]
        for one, other in zip(english, french, strict=False):
            if one and other and _tells(one) and _tells(other):
                yield one, other


def _tells(text: str) -> bool:
    """Whether a text has letters, and is known by what stands around its places, if it has some."""
    around = "".join(PLACE.sub("", _plain(text)).split())
    return any(map(str.isalpha, around)) and (len(around) >= TELLING or not PLACE.search(text))


def _meant(text: str) -> set[str]:
    """The forms in which a text of the catalogue may stand on a page."""
    word = _plain(text)
    if PLACE.search(word):
        return {word.lower()}
    if len(word) <= SHORT:
        return {word} if word.isupper() else {word, word.lower(), word.capitalize()}
    return {f"{ANY_CASE}{word.lower()}"}


def _written(text: str) -> tuple[str, str]:
    """How a text of a page is looked up: as it stands, and with its capitals forgotten."""
    return text, f"{ANY_CASE}{text.lower()}"


def _expression(text: str) -> str:
    return ".+".join(map(re.escape, PLACE.split(text)))


def _plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\u202f", " ").split()).strip(" :·←→")

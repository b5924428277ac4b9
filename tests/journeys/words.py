"""Which words belong to which language, read from the catalogues that the pages are written with."""

from __future__ import annotations

import re
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
    return [text for text in dict.fromkeys(map(_plain, texts)) if theirs.fullmatch(text)]


@cache
def _forbidden(language: Language) -> re.Pattern[str]:
    english, french = _catalogue()
    theirs = english - french if language == "fr" else french - english
    return re.compile("|".join(sorted(theirs)), re.IGNORECASE | re.DOTALL)


@cache
def _catalogue() -> tuple[frozenset[str], frozenset[str]]:
    """Every text in English and in French, as expressions that match it with any values in it."""
    pairs = {pair for path in CATALOGUES for pair in _pairs(path)}
    return frozenset(english for english, _french in pairs), frozenset(french for _english, french in pairs)


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        english = message.id if isinstance(message.id, list | tuple) else [message.id]
        french = message.string if isinstance(message.string, list | tuple) else [message.string]
        for one, other in zip(english, french, strict=False):
            if one and other and _tells(one) and _tells(other):
                yield _expression(one), _expression(other)


def _tells(text: str) -> bool:
    """Whether a text has letters, and is known by what stands around its places, if it has some."""
    around = "".join(PLACE.sub("", _plain(text)).split())
    return any(map(str.isalpha, around)) and (len(around) >= TELLING or not PLACE.search(text))


def _expression(text: str) -> str:
    word = _plain(text)
    if len(word) <= SHORT:
        written = [word] if word.isupper() else sorted({word, word.lower(), word.capitalize()})
        return f"(?-i:{'|'.join(map(re.escape, written))})"
    return ".+".join(re.escape(part).lower() for part in PLACE.split(_plain(text)))


def _plain(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\u202f", " ").split()).strip(" :·←→")

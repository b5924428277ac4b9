"""Fails when a text of the code or of a template has no French, has a doubtful one, or one with other placeholders."""

from __future__ import annotations

import io
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from comptoir.run.translations import catalogues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

LANGUAGE = "fr"
PACKAGES = ("comptoir", "comptoir_stripe")  # those of this repository that people read
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str | None, str]


def main() -> int:
    """Check every package; one line a fault."""
    faults = [fault for package in PACKAGES for fault in _faults(package)]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def _faults(package: str) -> Iterator[str]:
    place = find_spec(package)
    root = Path(((place and place.submodule_search_locations) or [""])[0])
    known: dict[Key, bool] = {}
    for path in catalogues():
        if path.is_relative_to(root) and path.parents[1].name == LANGUAGE:
            yield from _of_catalogue(path, known)
    seen: set[Key] = set()
    for where, key in _texts(root):
        if key in seen:
            continue
        seen.add(key)
        if not known.get(key, False):
            yield f"{where}: no {LANGUAGE} translation of {key[1]!r}"


def _of_catalogue(path: Path, known: dict[Key, bool]) -> Iterator[str]:
    with path.open("rb") as file:
        catalogue: Catalog = read_po(file, locale=LANGUAGE)
    for message in catalogue:
        if not message.id:
            continue
        text = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
        known[message.context, text] = all(forms)
        if message.fuzzy:
            yield f"{path}:{message.lineno}: the translation of {text!r} is marked as doubtful (fuzzy)"
    for message, errors in catalogue.check():
        yield from (f"{path}:{message.lineno}: {error}" for error in errors)


def _texts(root: Path) -> Iterator[tuple[str, Key]]:
    """Every translatable text with the place where it stands first."""
    for path in sorted(root.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            source = path.read_text(encoding="utf-8")
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            # Django's own step before xgettext: all but the texts is blanked. Indentation would be read as Python's.
            blanked = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            source = "\n".join(line.lstrip() for line in blanked.split("\n"))
        else:
            continue
        found = extract("python", io.BytesIO(source.encode("utf-8")), keywords=KEYWORDS, options={"encoding": "utf-8"})
        for line, text, _comments, context in found:
            yield f"{path.relative_to(root.parent)}:{line}", (context, text if isinstance(text, str) else text[0])


if __name__ == "__main__":
    sys.exit(main())

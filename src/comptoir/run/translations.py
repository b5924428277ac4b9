"""Compiles translations when they are started with: compiled catalogues are not kept in the repository."""

from __future__ import annotations

import os
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

GROUP = "comptoir.modules"


def catalogues() -> list[Path]:
    """Every catalogue of the house and of the modules that are installed."""
    found: list[Path] = []
    modules = {point.module.partition(".")[0] for point in metadata.entry_points(group=GROUP)}
    for package in sorted({"comptoir", *modules}):
        place = find_spec(package)
        for folder in (place and place.submodule_search_locations) or []:
            found.extend(sorted(Path(folder).glob("**/locale/*/LC_MESSAGES/*.po")))
    return found


def compile_all() -> None:
    """Compile each catalogue that is newer than its compiled form; two processes may do it at the same time."""
    for source in catalogues():
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parents[1].name)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.replace(target)

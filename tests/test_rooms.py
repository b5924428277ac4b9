"""Rooms that stay liveable: small files, small functions, nothing left lying about, nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 400
LONGEST_FUNCTION = 45

# What may be larger, and why: "path" for a file, "path:function" for a function.
EXCEPTIONS: dict[str, str] = {}

# Put together here, so that this file does not find itself.
LEFT_OVER = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
OF_ONE_PLACE = re.compile(
    "|".join(
        [
            r"https?://[^\s\"']*(?:"
            + "|".join(["py" + "pi", "python" + "hosted", "npm" + "js", "docker" + r"\.io"])
            + ")",
            r"--(?:extra-)?index" + r"-url",
            r"(?<![\w.:/])/(?:ro" + r"ot|wo" + r"rk)/",
            r"(?<![\w.:/])/(?:ho" + r"me|Us" + r"ers)/\w",
        ]
    )
)
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".po", ".sh", ".json", ".svg", ""}


def tracked() -> list[Path]:
    """Every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def code() -> list[Path]:
    """Our Python; migrations are Django's to write."""
    return [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file with the number of its lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_too_long() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in code()}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE and path not in EXCEPTIONS} == {}


def test_no_function_is_too_long() -> None:
    lengths = {f"{name(path)}:{function}": n for path in code() for function, n in functions(path)}
    assert {place: n for place, n in lengths.items() if n > LONGEST_FUNCTION and place not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed() -> None:
    lengths = {f"{name(path)}:{function}": n for path in code() for function, n in functions(path)}
    needed = {place for place, n in lengths.items() if n > LONGEST_FUNCTION}
    needed |= {name(path) for path in code() if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE}
    assert EXCEPTIONS.keys() <= needed


@pytest.mark.parametrize(
    ("pattern", "about"), [(LEFT_OVER, "left lying about"), (OF_ONE_PLACE, "of one machine or one registry")]
)
def test_nothing_is(pattern: re.Pattern[str], about: str) -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == [], f"{about}:\n" + "\n".join(found)

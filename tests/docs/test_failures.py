"""Each failure that was seen elsewhere has a test that names it, or says what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<failure>[^|]+) \| (?P<test>[^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str]]:
    """Failure and answer."""
    text = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
    return [(found["failure"], found["test"]) for found in ROW.finditer(text) if found["failure"] != "failure"]


def test_every_failure_names_its_test_or_what_it_waits_for() -> None:
    assert len(rows()) > 40
    assert [
        failure for failure, test in rows() if not NAMED.search(test) and not test.startswith("open: waits for ")
    ] == []


def test_every_test_that_is_named_exists() -> None:
    named = {found for _failure, test in rows() for found in NAMED.findall(test)}
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []

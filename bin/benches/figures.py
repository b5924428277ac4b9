"""What a benchmark measures, as a table for a person and as JSON for a comparison."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `target` is what the figure should reach: at least, or at most when `at_most`."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        good = self.value <= self.target if self.at_most else self.value >= self.target
        return "reached" if good else "MISSED"

    @property
    def wanted(self) -> str:
        if self.target is None:
            return ""
        return f"{'≤' if self.at_most else '≥'} {_number(self.target)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.2f}"  # noqa: PLR2004


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, so that it can be pasted into docs/bench.md as it is."""
    rows = [("figure", "measured", "unit", "target", "")]
    rows += [(one.name, _number(one.value), one.unit, one.wanted, one.verdict) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def write(folder: Path, name: str, figures: Sequence[Figure]) -> Path:
    """One file a run; the newest also as `<name>.json`. Returns the newest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    rows = [{**asdict(figure), "verdict": figure.verdict} for figure in figures]
    text = json.dumps({"benchmark": name, "at": now.isoformat(timespec="seconds"), "figures": rows}, indent=2) + "\n"
    (folder / f"{name}-{now:%Y%m%dT%H%M%SZ}.json").write_text(text, encoding="utf-8")
    newest = folder / f"{name}.json"
    newest.write_text(text, encoding="utf-8")
    return newest

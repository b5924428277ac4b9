"""What keeps people from a page who do not see it, or use no mouse: as axe-core finds it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

GRAVE = ("serious", "critical")
RUN = """async grave => {
  const told = await axe.run(document, {resultTypes: ["violations"]});
  return told.violations.filter(each => grave.includes(each.impact)).flatMap(each => each.nodes.map(node =>
    `${each.impact} ${each.id}: ${node.target.join(" ")}: ` + (node.failureSummary || "").split("\\n").slice(1, 3).join(" ").trim()));
}"""


def obstacles(page: Page) -> list[str]:
    """Findings that are serious or critical, one line each. It is run past the page's policy, which it does not weaken."""
    page.evaluate(_axe())
    found: list[str] = page.evaluate(RUN, list(GRAVE))
    return found


@cache
def _axe() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("axe.min.js").read_text(encoding="utf-8")

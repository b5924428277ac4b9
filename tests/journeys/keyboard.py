"""A keyboard alone: Tab leads to everything, and one sees where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.journeys.visit import Visit

FARTHEST = 80  # presses of Tab that anything may be away
HERE = """() => {
  const there = document.activeElement, style = getComputedStyle(there);
  return [there.dataset.test || "", style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0];
}"""


def go_to(visit: Visit, test: str) -> None:
    """Press Tab until what bears this `data-test` name has the focus, and shows it."""
    visit.get(test).first.wait_for()
    for _press in range(FARTHEST):
        name, shown = visit.page.evaluate(HERE)
        if name == test:
            assert shown, f"nothing shows that {test} has the focus"
            return
        visit.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {test} on {visit.page.url}")


def press(visit: Visit, test: str, *, key: str = "Enter") -> None:
    """Go there and press a key."""
    go_to(visit, test)
    visit.page.keyboard.press(key)


def write(visit: Visit, test: str, text: str) -> None:
    """Go there and write."""
    go_to(visit, test)
    visit.page.keyboard.insert_text(text)

"""Which tests stay on one worker: those that share something dear, by their folder.

xdist's own `xdist_group` does not reach the nodes of this pytest: it writes a name that is no longer read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

# The journeys of one demo take longer than all the rest together: they are made in two, so that no worker ends long after the others.
SECOND_DEMO = (
    *("tests/journeys/test_setup", "tests/journeys/test_team", "tests/journeys/test_transactions"),
    *("tests/journeys/test_books", "tests/journeys/test_disputes", "tests/journeys/test_meanwhile"),
)
SHARED = (
    *SECOND_DEMO,
    *("tests/journeys/", "tests/crashes/test_crashes", "tests/security/"),
)
SECOND = "tests/journeys/test_setup"
# Begun first, so that at the end no worker is left with a long one while the others have nothing to do.
LONGEST = (*SHARED, "tests/proofs/", "tests/crashes/", "tests/run/test_demo")


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Each test goes where there is room; those of a shared folder go together."""

    def _split_scope(self, nodeid: str) -> str:
        found = next((start for start in SHARED if nodeid.startswith(start)), nodeid)
        return SECOND if found in SECOND_DEMO else found


def longest_first(items: list[pytest.Item]) -> None:
    """What takes longest stands first; the rest keeps the order that chance gave it."""

    def place(item: pytest.Item) -> int:
        return next((number for number, start in enumerate(LONGEST) if item.nodeid.startswith(start)), len(LONGEST))

    items.sort(key=place)

"""Which tests stay on one worker: those that share something dear, by their folder.

xdist's own `xdist_group` does not reach the nodes of this pytest: it writes a name that is no longer read.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

SHARED = ("tests/journeys/", "tests/crashes/", "tests/security/")


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # untyped
    """Each test goes where there is room; those of a shared folder go together."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in SHARED if nodeid.startswith(folder)), nodeid)

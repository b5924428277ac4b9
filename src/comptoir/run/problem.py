"""What stands in the way of a start, told to a person."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it is read by people, and it is not always an error of ours
    """One sentence: what happened, and what to do. The command line prints it and ends with exit code 1."""


class AlreadyOwned(Problem):
    """Another process runs on this state folder."""

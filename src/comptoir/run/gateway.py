"""`comptoir stripe ...`: a payment gateway's operations by hand. Each gateway that is installed is a word of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir.run import manage

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def words() -> dict[str, tuple[str, str]]:
    """The gateways that are installed, by name, as the command line lists its words: the file that knows each, and what it does."""
    from comptoir.modules import registry

    summary = "its operations by hand: test, look ID, replay EVENT, reconcile"
    return {name: (__name__, summary) for name, module in registry.installed().items() if module.gateway is not None}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Stands in the list of commands only: `hand_over` takes the words as they are."""
    parser.add_argument("words", nargs="*", metavar="...", help="see: comptoir manage gateway stripe --help")


def hand_over(given: Sequence[str]) -> int:
    """Give a module's name and the words after it to the command that knows them, with the counter's database behind it."""
    return manage.hand_over(["gateway", *given])

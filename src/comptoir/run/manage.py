"""`comptoir manage ...`: Django's own commands, with the counter's database behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir.conf import load
from comptoir.run.ground import adopt, borrowed_database, environment
from comptoir.run.stamps import Stamp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

# These do not touch the database: a build or a check needs none.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "version",
    "--help",
    "-h",
    "--version",
}
# These may make one where there is none.
MAKES_DATABASE = {"makemigrations", "migrate"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Stands in the list of commands only: `hand_over` takes the words as they are."""
    parser.add_argument("words", nargs="*", metavar="...", help="see: comptoir manage help")


def run(options: argparse.Namespace) -> int:
    """Run a command of Django's."""
    return hand_over(options.words)


def hand_over(words: Sequence[str]) -> int:
    """Give the words to Django. With the embedded database it is started for the time of the command if need be."""
    settings = load()
    home = settings.home.resolve()
    if not words or words[0] in WITHOUT_DATABASE:
        adopt(environment(home=str(home)))
        return _execute(words)
    with borrowed_database(home, settings, make=words[0] in MAKES_DATABASE):
        if words[0] == "migrate":
            Stamp(home, "migrations").forget()  # what it says may stop being true
        return _execute(words)


def _execute(words: Sequence[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["comptoir manage", *words])
    return 0

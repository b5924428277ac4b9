"""`comptoir staff`: the team from the command line, for the day on which nobody gets in any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir.run import manage

if TYPE_CHECKING:
    import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """What can be done."""
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True)
    words.add_parser("list", help="who has access, in which role, with which second factor")
    reset = words.add_parser(
        "reset-mfa", help="forget the second factor and the recovery codes of somebody who has lost them"
    )
    reset.add_argument("email", help="their e-mail address")


def run(options: argparse.Namespace) -> int:
    """Hand it to the counter's own command, with the database behind it."""
    return manage.hand_over(["staff", options.word, *([options.email] if options.word == "reset-mfa" else [])])

"""`comptoir staff`: the team from the command line, for the day on which nobody gets in any more."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from comptoir.customers import factors, staff
from comptoir.customers.models import User


class Command(BaseCommand):
    """List the team, or take the second factor off somebody who has lost theirs."""

    help = "The team: list its members, or take the second factor off somebody who has lost it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`list`, or `reset-mfa EMAIL`."""
        words = parser.add_subparsers(dest="word", required=True)
        words.add_parser("list", help="who has access, in which role, with which second factor")
        reset = words.add_parser("reset-mfa", help="forget somebody's second factor and recovery codes")
        reset.add_argument("email")

    def handle(self, *_args: Any, word: str, email: str = "", **_options: Any) -> None:
        """Do it. Raises CommandError where there is no such person."""
        if word == "list":
            for member in staff.members():
                known = ", ".join(member.factors) or "no second factor"
                self.stdout.write(f"{member.user.email}  {member.role or 'no role'}  {known}")
            return
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}.")
        gone = factors.reset(user, who="command")
        said = "has no second factor any more and signs in with the password alone" if gone else "has no second factor"
        self.stdout.write(f"{user.email} {said}.")

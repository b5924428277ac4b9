"""`comptoir manage recover_worker NAME`: free what a dead worker had claimed."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from comptoir.jobs import recovery


class Command(BaseCommand):
    """Called by the supervisor before it starts a worker of the same name again."""

    help = "Free the leases and jobs of a worker that is known to be dead."

    def add_arguments(self, parser: CommandParser) -> None:
        """The worker's name."""
        parser.add_argument("name")

    def handle(self, *_args: object, **options: str) -> None:
        """Free them."""
        recovery.release(options["name"])

"""The role *worker*: jobs, and looking at what providers told us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir.conf import load
from comptoir.run.ground import adopt, environment, running_database
from comptoir.run.translations import compile_all

if TYPE_CHECKING:
    import argparse


def arguments(_parser: argparse.ArgumentParser) -> None:
    """No flags: COMPTOIR_WORKER_THREADS says how much it does at once."""


def run(_options: argparse.Namespace) -> int:
    """Work until told to stop.

    A worker that the supervisor has named takes the name of one that is dead: what that one held is let go first.

    Raises:
        Problem: there is no database.
    """
    settings = load()
    home = settings.home.resolve()
    adopt(environment(home=str(home), database_url=running_database(home, settings)))
    compile_all()
    import django

    django.setup()
    from comptoir.jobs import recovery, worker
    from comptoir.kernel import logs

    logs.set_up()
    if settings.worker_name:
        recovery.release(settings.worker_name)
    worker.main()
    return 0

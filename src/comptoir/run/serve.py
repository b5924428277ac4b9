"""`comptoir serve`: database, web and worker on one machine, kept running."""

from __future__ import annotations

import signal
import socket
from hashlib import sha256
from typing import TYPE_CHECKING

from comptoir.conf import load
from comptoir.run import leftovers, ports, web
from comptoir.run.ground import database_options, environment, python, say
from comptoir.run.lock import own
from comptoir.run.postgres import Embedded
from comptoir.run.problem import Problem
from comptoir.run.supervise import Child, Supervisor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from comptoir.conf import Conf
    from comptoir.run.lock import FolderLock

WORKER = "worker-1"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The web's flags."""
    web.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        Problem: the counter is not set up, a port is taken, or the database does not start.
    """
    settings = load()
    home = settings.home.resolve()
    if "url" not in settings.model_fields_set:
        raise Problem(
            f"There is no counter in {home} yet. Run `comptoir init` first, or name its address in COMPTOIR_URL."
        )
    port = web.port_of(options, settings)
    with Supervisor(say=say) as supervisor:
        lock = take_folder(supervisor, home, settings)
        leftovers.end_marked(home)
        ports.must_be_free(port, host=options.host, hint=web.HINT)
        if supervisor.database is not None:
            supervisor.database.start()
        url = settings.database_url if supervisor.database is None else supervisor.database.url
        inherited = leftovers.mark(home) | environment(home=str(home), database_url=url)
        prepare(supervisor, inherited)
        start_roles(supervisor, inherited, host=options.host, port=port, home=home, logs=None)
        say(f"Comptoir listens on {options.host}:{port} for {settings.url}")
        supervisor.wait()
    if lock is not None:
        lock.release()
    return 0


def take_folder(supervisor: Supervisor, home: Path, settings: Conf) -> FolderLock | None:
    """Own the state folder; the embedded server, where it is used, owns it for us."""
    if settings.database_url:
        home.mkdir(parents=True, exist_ok=True)
        return own(home)
    supervisor.database = Embedded(home, options=database_options(settings))
    return None


def prepare(supervisor: Supervisor, inherited: Mapping[str, str], *flags: str) -> None:
    """Migrations and static files, up to date before anybody uses them.

    Raises:
        Problem: they could not be brought up to date.
    """
    child = Child("preparation", python("comptoir.run.prepare", *flags), inherited)
    child.start()
    try:
        while child.running is not None and child.running.poll() is None:
            supervisor.keep()
            supervisor.rest()
    except BaseException:
        child.sweep(signal.SIGTERM)
        raise
    if child.running is not None and child.running.returncode != 0:
        raise Problem("The database and the files could not be prepared; the reason stands above.")


def start_roles(
    supervisor: Supervisor, inherited: Mapping[str, str], *, host: str, port: int, home: Path, logs: Path | None
) -> None:
    """Start web and worker; with a folder for logs each writes into a file of its own."""
    supervisor.add(
        Child(
            "web",
            python("comptoir", "web", "--host", host, "--port", str(port)),
            inherited,
            when_orphaned=signal.SIGTERM,  # it must end its own workers
            log=logs and logs / "web.log",
        )
    )
    # The same name at each start on this machine, and on no other: it tells whose leases a dead worker held.
    place = sha256(str(home).encode()).hexdigest()[:8]
    named = {**inherited, "COMPTOIR_WORKER_NAME": f"{socket.gethostname()}-{place}-{WORKER}"}
    supervisor.add(Child("worker", python("comptoir", "worker"), named, log=logs and logs / "worker.log"))

"""The role *web*: Granian around `comptoir.wsgi`. This process stays light: its workers import Django, it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir.conf import load
from comptoir.run import ports
from comptoir.run.ground import adopt, environment, running_database
from comptoir.run.translations import compile_all

if TYPE_CHECKING:
    import argparse

    from comptoir.conf import Conf

DEFAULT_PORT = 8000
KILL_AFTER = 4  # seconds; the supervisor insists a little later
RESPAWN_AFTER = 0.5  # seconds
HINT = "Stop that program, or choose another port with --port."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of `web` and of `serve`."""
    parser.add_argument("--host", default=ports.LOOPBACK, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, help="port to listen on (default: that of a local COMPTOIR_URL, else 8000)")


def port_of(options: argparse.Namespace, settings: Conf) -> int:
    """The port asked for; behind a proxy the public address says nothing about it."""
    if options.port is not None:
        return int(options.port)
    return settings.port if settings.host == "localhost" and not settings.secure else DEFAULT_PORT


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop.

    Raises:
        Problem: the port is taken, or there is no database.
    """
    settings = load()
    home = settings.home.resolve()
    adopt(environment(home=str(home), database_url=running_database(home, settings)))
    port = port_of(options, settings)
    # Granian would share the port of another web server without a word.
    ports.must_be_free(port, host=options.host, hint=HINT)
    compile_all()
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "comptoir.wsgi:application",
        address=options.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.worker_threads,
        websockets=False,
        log_level=LogLevels.error,  # its warning about more threads than processors is our intention
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_AFTER,
        workers_kill_timeout=KILL_AFTER,
    ).serve()
    return 0

"""What every command stands on: the settings, a database address, and the environment of child processes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from comptoir.conf import PREFIX, STORED, Conf, load, stored_settings
from comptoir.run.postgres import Embedded, has_cluster, running_url
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SETTINGS = "comptoir.settings"


def say(sentence: str) -> None:
    """Tell a person what happens, at once, also through a pipe."""
    print(sentence, flush=True)  # noqa: T201 - the command line speaks to a person


def python(module: str, *arguments: str) -> list[str]:
    """Command line of one of our modules, run by this same Python."""
    return [sys.executable, "-m", module, *arguments]


def database_options(settings: Conf) -> dict[str, str]:
    """Options of the embedded server: room for the pool of every process that the settings ask for."""
    each = settings.worker_threads + 6
    return {"max_connections": str(max(100, (settings.workers + 2) * each + 20))}


def environment(**values: str) -> dict[str, str]:
    """Our environment with some settings of the house replaced, in all their forms."""
    replaced = {PREFIX + name.upper(): value for name, value in values.items()}
    files = {f"{name}_FILE" for name in replaced}
    kept = {name: value for name, value in os.environ.items() if name not in files}
    return {**kept, **replaced, "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONUNBUFFERED": "1"}


def keep_settings(home: Path, values: Mapping[str, str]) -> None:
    """Write settings into the state folder, for every command on it; what else stands there stays. Raises OSError."""
    kept = stored_settings(home) | {PREFIX + name.upper(): value for name, value in values.items()}
    fresh = home / f".{STORED}.new"
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in kept.items()), encoding="utf-8")
    fresh.replace(home / STORED)


def adopt(values: Mapping[str, str]) -> None:
    """Make an environment ours, before Django's settings are read."""
    os.environ.update(values)


@contextmanager
def borrowed_database(home: Path, settings: Conf | None = None, *, make: bool = False) -> Iterator[Conf]:
    """Settings with a database that answers: the operator's, the embedded one that runs, or that one started for us.

    With `make` an embedded one is made where there is none.

    Raises:
        Problem: there is no database yet.
    """
    settings = settings or load()
    url = settings.database_url or running_url(home)
    if url is not None:
        adopt(environment(home=str(home), database_url=url))
        yield load()
        return
    if not make and not has_cluster(home):
        raise Problem(
            f"There is no counter in {home} yet. Run `comptoir init`, or name its state folder in COMPTOIR_HOME "
            "(that of a demo is var/demo)."
        )
    with Embedded(home, options=database_options(settings)) as server:
        adopt(environment(home=str(home), database_url=server.url))
        yield load()


def running_database(home: Path, settings: Conf) -> str:
    """Address of the database for a role started alone.

    Raises:
        Problem: the embedded server does not run, and no other is named.
    """
    url = settings.database_url or running_url(home)
    if url is None:
        raise Problem(
            "No database runs for this role. Name one in COMPTOIR_DATABASE_URL, or run `comptoir serve`, "
            "which starts the embedded one with web and worker."
        )
    return url

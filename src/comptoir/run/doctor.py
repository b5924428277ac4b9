"""`comptoir doctor`: checks the set-up, one line a finding; exit code 1 if something must be mended."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comptoir.conf import STORED, load
from comptoir.run import ports
from comptoir.run.ground import borrowed_database, say
from comptoir.run.problem import Problem
from comptoir.run.web import port_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from comptoir.conf import Conf

OLDEST_PYTHON = (3, 11)
OLDEST_GLIBC = (2, 28)  # what the embedded PostgreSQL is built for
OLDEST_POSTGRESQL = 150_000
FOR_OTHERS = 0o077


@dataclass(frozen=True)
class Finding:
    """One line. `good` is None for something to know that needs no mending."""

    good: bool | None
    sentence: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the web listens here, if not at its usual port."""
    parser.add_argument("--port", type=int, help="port of the web on this machine, where it is not the usual one")


def run(options: argparse.Namespace) -> int:
    """Print the findings."""
    settings = load()
    home = settings.home.resolve()
    findings = [*_machine(settings), *_files(home), *_address(settings, port_of(options, settings))]
    try:
        with borrowed_database(home, settings) as complete:
            findings += _database(complete)
    except Problem as problem:
        findings.append(Finding(good=False, sentence=str(problem)))
    for finding in findings:
        word = {True: "ok  ", False: "MEND", None: "note"}[finding.good]
        say(f"{word}  {finding.sentence}")
    return 1 if any(finding.good is False for finding in findings) else 0


def _machine(settings: Conf) -> Iterator[Finding]:
    good = sys.version_info >= OLDEST_PYTHON
    yield Finding(good, f"Python {platform.python_version()}" + ("" if good else ": 3.11 or later is needed."))
    if sys.platform != "linux" or settings.database_url:
        return
    library, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ") if _has_glibc() else ("", "", "")
    if library != "glibc":
        yield Finding(
            good=False,
            sentence="This system has no glibc (Alpine?): the embedded PostgreSQL does not run on it. "
            "Name a server of your own in COMPTOIR_DATABASE_URL.",
        )
        return
    good = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_GLIBC
    yield Finding(good, f"glibc {version}" + ("" if good else ": the embedded PostgreSQL needs 2.28 or later."))


def _has_glibc() -> bool:
    return "CS_GNU_LIBC_VERSION" in os.confstr_names


def _files(home: Path) -> Iterator[Finding]:
    for path in (home / "secrets", *sorted((home / "secrets").glob("*")), home / STORED):
        if not path.exists():
            continue
        mode = path.stat().st_mode & 0o777
        if mode & FOR_OTHERS:
            yield Finding(
                good=False, sentence=f"{path} can be read by others: chmod {'700' if path.is_dir() else '600'}."
            )
        else:
            yield Finding(good=True, sentence=f"{path.name} is for this account alone")


def _address(settings: Conf, port: int) -> Iterator[Finding]:
    if settings.secure:
        yield Finding(good=True, sentence=f"Address {settings.url}")
        if not settings.trusted_proxies:
            yield Finding(
                good=None,
                sentence="No proxy is named in COMPTOIR_TRUSTED_PROXIES: the one that ends TLS must buffer bodies, "
                "and naming it lets throttles count visitors and not the proxy.",
            )
    elif settings.host == "localhost":
        yield Finding(good=None, sentence=f"Address {settings.url}: for this machine alone.")
    else:
        yield Finding(good=False, sentence=f"Address {settings.url} is not https: Stripe and passkeys need it.")
    if ports.answers(port, "/healthz") is not None:
        yield Finding(good=True, sentence=f"The web answers on port {port}")
        return
    try:
        ports.must_be_free(port, hint="Stop that program, or start the web with another --port.", patience=0)
    except Problem as problem:
        yield Finding(good=False, sentence=str(problem))
    else:
        yield Finding(good=None, sentence=f"The web does not run; port {port} is free for it")


def _database(settings: Conf) -> Iterator[Finding]:
    import psycopg

    try:
        with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1]
        yield Finding(good=False, sentence=f"The database does not answer: {reason}")
        return
    good = version >= OLDEST_POSTGRESQL
    name = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    yield Finding(good, name + ("" if good else ": 15 or later is needed."))
    yield _migrations()


def _migrations() -> Finding:
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if waiting:
        return Finding(
            good=False,
            sentence=f"{len(waiting)} migrations wait: start `comptoir serve`, or `comptoir manage migrate`.",
        )
    return Finding(good=True, sentence="The database is up to date")

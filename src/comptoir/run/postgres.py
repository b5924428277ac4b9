"""The embedded PostgreSQL: one owner starts it, everybody else is handed its address.

The programs come from a wheel; the life cycle is ours, because the wheel's own opens folders to others when run as
root, loses count of its users after a kill and gives up on a slow recovery.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from comptoir.run import leftovers, process
from comptoir.run.lock import own
from comptoir.run.place import MAJOR, POINTER, Place, locate, programs
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from comptoir.run.lock import FolderLock

DATABASE = "comptoir"
READY_LINE = 8  # of postmaster.pid: the server's own word about its state
START_LIMIT = 300.0  # seconds: replaying after a power cut takes its time
LONGEST_LOG = 16 * 1024 * 1024
INITDB = (
    *("-U", "comptoir", "-E", "UTF8", "--auth-local=trust", "--auth-host=reject", "--no-instructions"),
    # The same letters and the same order on every machine, whatever its locales; no index ages with the C library.
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)


def database_url(place: Place, database: str = DATABASE) -> str:
    """Address of a database of the embedded server; the socket's path is percent-encoded."""
    return f"postgresql:///{quote(database, safe='')}?host={quote(str(place.socket), safe='')}&user=comptoir"


def has_cluster(home: Path) -> bool:
    """Whether a state folder has an embedded database, running or not."""
    return home.is_dir() and (locate(home).data / "PG_VERSION").exists()


def running_url(home: Path) -> str | None:
    """Address of the embedded server of a state folder if somebody runs it now, else None."""
    if not home.is_dir():
        return None
    place = locate(home)
    return database_url(place) if leftovers.running(place.data) else None


class Embedded:
    """The server of one state folder, and its only owner. A context manager: started on entry, stopped on exit."""

    def __init__(self, home: Path, *, options: Mapping[str, str] | None = None) -> None:
        """Take the state folder, making it if it is not there.

        Raises:
            Problem: the folder cannot be written, or another process owns it.
        """
        self._options = dict(options or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._locks: list[FolderLock] = []
        with _sentences(home):
            home.mkdir(parents=True, exist_ok=True)
            self.place = locate(home)
            self._locks.append(own(self.place.home))
            if self.place.base != self.place.home:
                self.place.base.mkdir(parents=True, exist_ok=True, mode=0o755)
                self._locks.append(own(self.place.home, self.place.base))

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop, and let the folder go."""
        self.close()

    @property
    def url(self) -> str:
        """Address of the database `comptoir`."""
        return database_url(self.place)

    @property
    def alive(self) -> bool:
        """True while the server's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Make the cluster if there is none, clear away a killed run, start, and return when queries are answered.

        Raises:
            Problem: it cannot be started; the sentence says why.
        """
        with _sentences(self.place.home):
            folder = programs(self.place.account)
            self._make(folder)
            self._open_socket_folder()
            leftovers.clear(self.place, folder)
            options = {
                "listen_addresses": "",
                "unix_socket_directories": str(self.place.socket),
                "unix_socket_permissions": "0700",
                "jit": "off",
                "log_destination": "stderr",
                **self._options,
            }
            settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
            with self._log().open("ab") as output:
                self._process = process.start(
                    [folder / "postgres", "-D", self.place.data, *settings],
                    when_orphaned=signal.SIGINT,
                    account=self._account,
                    environment=_environment(),
                    folder=self.place.base if self._account is None else self.place.data,
                    output=output,
                )
        self._wait()

    def stop(self, grace: float = 8.0) -> None:
        """Stop without waiting for clients; after `grace` seconds harder. What was committed stays."""
        if self._process is None:
            return
        # Never SIGTERM: it would wait for every connection of every pool.
        for number, patience in ((signal.SIGINT, grace), (signal.SIGQUIT, 1.0), (signal.SIGKILL, None)):
            self._process.send_signal(number)
            try:
                self._process.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        self._process = None

    def close(self, grace: float = 8.0) -> None:
        """Stop, and let the state folder go."""
        self.stop(grace)
        if self.place.socket != self.place.data:
            with suppress(OSError):  # never made, or not empty: then it is not ours to remove
                self.place.socket.rmdir()
        for lock in self._locks:
            lock.release()
        self._locks.clear()

    @property
    def _account(self) -> tuple[int, int] | None:
        account = self.place.account
        return None if account is None else (account.uid, account.gid)

    def _make(self, folder: Path) -> None:
        found = self.place.data / "PG_VERSION"
        if not found.exists():
            self._initialise(folder)
        major = found.read_text(encoding="ascii").strip()
        if major != MAJOR:
            raise Problem(
                f"The database in {self.place.data} was made by PostgreSQL {major}, and this Comptoir brings {MAJOR}. "
                f"Start it with the Comptoir that made it and take a backup, or move the data with pg_upgrade."
            )

    def _initialise(self, folder: Path) -> None:
        """Make the cluster aside and give it its name last: a killed start never leaves half of one."""
        if (self.place.home / POINTER).exists():
            raise Problem(
                f"The database of {self.place.home} was in {self.place.data}, which is gone. "
                "Bring it back from a backup, or start with an empty state folder."
            )
        fresh = self.place.base / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(fresh, *self._account)
        self._run([folder / "initdb", "-D", fresh, *INITDB])
        self._run(
            [folder / "postgres", "--single", "-D", fresh, "-c", "log_min_messages=fatal", "postgres"],
            given=f"CREATE DATABASE {DATABASE}\n",
        )
        fresh.rename(self.place.data)
        if self.place.base != self.place.home:
            (self.place.home / POINTER).write_text(f"{self.place.base}\n", encoding="utf-8")

    def _run(self, program: list[str | Path], given: str = "") -> None:
        account = self._account
        done = subprocess.run(
            program,
            input=given,
            text=True,
            capture_output=True,
            check=False,
            cwd="/",
            env=_environment(),
            user=None if account is None else account[0],
            group=None if account is None else account[1],
            extra_groups=None if account is None else [],
        )
        if done.returncode != 0:
            raise Problem(f"PostgreSQL could not make its database in {self.place.base}: {_last(done.stderr)}")

    def _open_socket_folder(self) -> None:
        folder = self.place.socket
        if folder == self.place.data:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        owners = {os.geteuid(), *([] if self._account is None else [self._account[0]])}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
            raise Problem(f"{folder} is needed for PostgreSQL's socket but belongs to someone else. Remove it.")
        if self._account is not None:
            os.chown(folder, *self._account)

    def _log(self) -> Path:
        path = self.place.base / "postgres.log"
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _wait(self) -> None:
        assert self._process is not None  # noqa: S101 - start() has just set it
        until = time.monotonic() + START_LIMIT
        while not self._ready():
            if self._process.poll() is not None:
                self._process = None
                text = self._log().read_text(encoding="utf-8", errors="replace") if self._log().exists() else ""
                raise Problem(f"PostgreSQL did not start: {_last(text)} (see {self._log()})")
            if time.monotonic() > until:
                self.stop()
                raise Problem(f"PostgreSQL was not ready after {START_LIMIT:.0f} seconds. See {self._log()}.")
            time.sleep(0.02)

    def _ready(self) -> bool:
        assert self._process is not None  # noqa: S101 - only asked while starting
        try:
            lines = (self.place.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        ours = len(lines) >= READY_LINE and lines[0].strip() == str(self._process.pid)
        return ours and lines[READY_LINE - 1].strip() == "ready"


@contextmanager
def _sentences(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        about = f" ({error.filename})" if error.filename and str(error.filename) != str(home) else ""
        raise Problem(
            f"The state folder {home} cannot be used: {error.strerror}{about}. "
            "Give a folder that you may write to, or free some room."
        ) from error


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _last(text: str) -> str:
    """The last line that says something, for the end of a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."

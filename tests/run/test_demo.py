"""The demo for real: it says what it promises, survives a kill, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.demo import STOPPED_WITHIN, Demo
from tests.run.test_commands import comptoir

from comptoir.run import ports

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo that several tests start and stop."""
    with tempfile.TemporaryDirectory(prefix="comptoir ") as folder:
        Path(folder).chmod(0o755)
        made = Demo(Path(folder) / "démo")
        yield made
        if made.process is not None and made.process.poll() is None:
            made.stop()


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_it_is_announced_supervised_and_stopped(demo: Demo) -> None:
    told = demo.start()
    assert told["shop"] == f"http://localhost:{demo.port}"
    assert told["admin"]["url"].startswith(told["shop"])
    assert {"email", "password"} <= told["customer"].keys()
    assert told["stripe"]["secret_key"].startswith("sk_test_")
    assert told["stripe"]["webhook_secret"].startswith("whsec_")
    assert (demo.home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert ports.answers(demo.port, "/readyz") is not None
    query = (
        "SELECT tester AND city <> '' FROM customers_customer JOIN customers_user u ON u.id = user_id WHERE email = "
    )
    assert ask(told["database_url"], query + f"'{told['customer']['email']}'") is True

    for asked in (["stripe", "test"], ["stripe", "reconcile"], ["doctor"], ["staff", "list"]):
        done = comptoir(*asked, home=demo.home)  # nothing but the folder is named
        assert done.returncode == 0, (asked, done.stdout, done.stderr)
    assert (demo.home / "settings.env").stat().st_mode & 0o777 == 0o600

    second = demo.begin()
    words, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"already runs on {demo.home.resolve()}" in words
    assert told["shop"] in words

    began = time.monotonic()
    words = demo.stop(signal.SIGINT)
    assert time.monotonic() - began < STOPPED_WITHIN
    assert "Everything has stopped." in words
    assert "Traceback" not in words
    assert demo.processes() == []
    assert not (demo.home / "demo.json").exists()


def test_a_killed_one_recovers_with_the_same_accounts_and_keys(demo: Demo) -> None:
    first = demo.start()
    assert demo.process is not None
    demo.process.kill()
    demo.process.communicate()
    (demo.home / "demo.json").unlink()
    assert demo.start() == first
    demo.stop()
    assert demo.processes() == []


def test_the_local_stripe_is_left_to_be_set_up(demo: Demo) -> None:
    told = demo.start("--reset", "--blank")
    assert told["stripe"]["webhook_secret"] == ""
    assert ask(told["database_url"], "SELECT count(*) FROM modules_moduleaccount") == 0
    assert (
        ask(told["database_url"], "SELECT count(*) FROM modules_installedmodule WHERE enabled AND name='stripe'") == 0
    )
    words = demo.stop()
    assert told["stripe"]["secret_key"] in words


@pytest.mark.parametrize("which", ["port", "simulator_port"])
def test_a_busy_port_is_named(open_folder: Path, which: str) -> None:
    other = Demo(open_folder / "home")
    with socket.create_server((ports.LOOPBACK, getattr(other, which))):
        process = other.begin()
        words, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert words.strip().count("\n") == 0
    assert f"Port {getattr(other, which)} on 127.0.0.1 is taken" in words
    assert f"--{which.replace('_', '-')}" in words


def test_the_folder_of_a_counter_is_no_demos_and_a_demos_is_no_counters(open_folder: Path) -> None:
    (open_folder / "settings.env").write_text("COMPTOIR_URL=https://shop.example.org\n")
    process = Demo(open_folder).begin("--reset")
    words, _ = process.communicate(timeout=30)
    assert (process.returncode, "state folder of a counter" in words) == (1, True)
    (open_folder / "settings.env").write_text("COMPTOIR_DEMO=1\n")
    done = comptoir("init", "--home", str(open_folder), "--admin", "alice@example.org")
    assert (done.returncode, "state folder of a demo" in done.stderr) == (1, True)


def test_a_folder_that_cannot_be_written_is_named(open_folder: Path) -> None:
    (open_folder / "file").write_text("")
    process = Demo(open_folder / "file" / "home").begin()
    words, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert words.strip().count("\n") == 0
    assert "cannot be used" in words


def test_a_reset_removes_only_what_is_ours(open_folder: Path) -> None:
    from comptoir.run.demo import _empty

    (open_folder / "mine.txt").write_text("kept")
    (open_folder / "logs").mkdir()
    (open_folder / "demo.json").write_text("{}")
    _empty(open_folder)
    assert [path.name for path in open_folder.iterdir()] == ["mine.txt"]

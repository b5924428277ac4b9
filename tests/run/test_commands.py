"""init, doctor, serve and manage as a person runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comptoir.run import ports

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A counter that `comptoir init` has set up."""
    with tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
        Path(folder).chmod(0o755)
        made = Path(folder) / "home"
        (Path(folder) / "password").write_text("a long pass phrase\n", encoding="utf-8")
        done = comptoir(
            "init", "--home", str(made), "--url", f"http://localhost:{free_port()}", "--email", "outbox:",
            "--admin", "alice@example.org", "--password-file", str(Path(folder) / "password"),
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ports.LOOPBACK, 0))
        return int(probe.getsockname()[1])


def clean(home: Path | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
    return kept if home is None else {**kept, "COMPTOIR_HOME": str(home)}


def comptoir(*words: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "comptoir", *words],
        env=clean(home),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_init_writes_what_others_must_not_read(home: Path) -> None:
    assert (home / "settings.env").stat().st_mode & 0o777 == 0o600
    assert (home / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (home / "secrets").iterdir()} == {0o600}


def test_init_makes_an_administrator_who_can_sign_in(home: Path) -> None:
    script = (
        "from comptoir.customers.models import User; user = User.objects.get(email='alice@example.org'); "
        "print(user.is_superuser and user.check_password('a long pass phrase'))"
    )
    done = comptoir("manage", "shell", "--no-imports", "-c", script, home=home)
    assert done.stdout == "True\n", done.stderr


def test_the_team_is_listed_and_a_lost_factor_taken_off(home: Path) -> None:
    script = (
        "from allauth.mfa.models import Authenticator; from comptoir.customers.models import User; "
        "Authenticator.objects.create(user=User.objects.get(), type='totp', data={'secret': ''})"
    )
    assert comptoir("manage", "shell", "--no-imports", "-c", script, home=home).returncode == 0
    assert comptoir("staff", "list", home=home).stdout == "alice@example.org  owner  totp\n"
    done = comptoir("staff", "reset-mfa", "Alice@example.org", home=home)
    assert done.stdout.startswith("alice@example.org has no second factor any more"), done.stderr
    assert comptoir("staff", "list", home=home).stdout == "alice@example.org  owner  no second factor\n"
    nobody = comptoir("staff", "reset-mfa", "nobody@example.org", home=home)
    assert nobody.returncode != 0
    assert "There is no account with the address nobody@example.org" in nobody.stderr
    assert "Traceback" not in nobody.stderr


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--url", "shop.example.org", "--admin", "a@b.c"), "COMPTOIR_URL is wrong"),
        ((), "give an e-mail address with --admin"),
        (("--admin", "a@b.c", "--password-file", "/nonexistent"), "/nonexistent cannot be read"),
    ],
)
def test_init_names_a_wrong_answer_and_writes_nothing(open_folder: Path, flags: tuple[str, ...], sentence: str) -> None:
    done = comptoir("init", "--home", str(open_folder / "home"), *flags)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (open_folder / "home").exists()


def test_doctor_is_content_and_then_names_what_is_wrong(home: Path) -> None:
    done = comptoir("doctor", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    PostgreSQL 18." in done.stdout
    assert "ok    The database is up to date" in done.stdout
    (home / "secrets" / "secret_key").chmod(0o644)
    done = comptoir("doctor", home=home)
    (home / "secrets" / "secret_key").chmod(0o600)
    assert done.returncode == 1
    assert "MEND  " in done.stdout
    assert "chmod 600" in done.stdout


def test_doctor_names_a_database_that_does_not_answer(open_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", "doctor"],
        env={**clean(open_folder), "COMPTOIR_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "MEND  The database does not answer" in done.stdout


def test_serve_serves_and_stops(home: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "comptoir", "serve", "--port", str(port)],
        env=clean(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until = time.monotonic() + 90
        while ports.answers(port, "/readyz") is None and time.monotonic() < until and process.poll() is None:
            time.sleep(0.1)
        assert ports.answers(port, "/readyz") is not None
        done = comptoir("manage", "showmigrations", "--plan", home=home)  # beside a running counter
        assert done.returncode == 0
    finally:
        process.send_signal(signal.SIGTERM)
        words, _ = process.communicate(timeout=10)
    assert process.returncode == 0, words
    assert f"listens on 127.0.0.1:{port}" in words


@pytest.mark.parametrize("word", ["serve", "web", "worker", "doctor"])
def test_without_a_counter_one_sentence_says_what_to_do(open_folder: Path, word: str) -> None:
    done = comptoir(word, home=open_folder)
    assert done.returncode == 1
    assert "comptoir init" in done.stdout + done.stderr or "comptoir serve" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_setting_stops_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "comptoir", "serve"],
        env={**clean(), "COMPTOIR_COLOUR": "red"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("comptoir: COMPTOIR_COLOUR is not a setting of Comptoir.")
    assert done.stderr.count("\n") == 1

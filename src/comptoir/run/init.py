"""`comptoir init`: what a counter must know before it opens. Asks, or takes flags; may be run again."""

from __future__ import annotations

import getpass
import secrets
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from comptoir.conf import DEMO, PREFIX, Conf, load, stored_secret, stored_settings
from comptoir.run.ground import database_options, environment, keep_settings, python, say
from comptoir.run.postgres import Embedded, running_url
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    import argparse

# Question, setting, and what stands there when nobody answers.
QUESTIONS = (
    ("url", "Public address of the counter", "http://localhost:8000"),
    ("email_url", "Mail server (smtp://user:password@host:port, smtps://..., console:)", "console:"),
)
SECRETS = ("secret_key", "seal_keys")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it asks for, as flags."""
    parser.add_argument("--home", type=Path, help="state folder (default: COMPTOIR_HOME, else var/home)")
    parser.add_argument("--url", help="public address, like https://shop.example.org")
    parser.add_argument(
        "--email", dest="email_url", help="mail server: smtp://user:password@host:port, smtps://, console:"
    )
    parser.add_argument("--admin", help="e-mail address of the administrator")
    parser.add_argument("--password-file", type=Path, help="file with the administrator's password (else one is made)")


def run(options: argparse.Namespace) -> int:
    """Write the state folder, make the database and the administrator.

    Raises:
        Problem: an answer is missing or wrong, or the folder or the database cannot be made.
    """
    home = (options.home or load().home).resolve()
    if stored_settings(home).get(DEMO):
        raise Problem(f"{home} is the state folder of a demo: give the counter another one with --home.")
    values = _answers(options, home)
    given = environment(home=str(home), **values)
    settings = load(given)  # a wrong answer stops here, before anything is written
    email = options.admin or _ask("E-mail address of the administrator", "")
    if "@" not in email:
        raise Problem("An administrator is needed: give an e-mail address with --admin.")
    password, made = _password(options)
    _write(home, values)
    with ExitStack() as stack:
        url = settings.database_url or running_url(home)
        if url is None:
            url = stack.enter_context(Embedded(home, options=database_options(settings))).url
        _prepare({**given, f"{PREFIX}DATABASE_URL": url}, email, password)
    say(f"The counter in {home} is set up for {settings.url}.")
    if made:
        say(f"Administrator {email}, password {password} (shown this once)")
    where = "" if home == Path(Conf.model_fields["home"].default).resolve() else f"COMPTOIR_HOME={home} "
    say(f"Start it with: {where}comptoir serve    Check it with: {where}comptoir doctor")
    return 0


def _answers(options: argparse.Namespace, home: Path) -> dict[str, str]:
    before = stored_settings(home)
    answers = {}
    for name, question, default in QUESTIONS:
        known = before.get(PREFIX + name.upper(), default)
        answers[name] = getattr(options, name) or _ask(question, known)
    return answers


def _ask(question: str, known: str) -> str:
    if not sys.stdin.isatty():
        return known
    hint = f" [{known}]" if known else ""
    return input(f"{question}{hint}: ").strip() or known


def _password(options: argparse.Namespace) -> tuple[str, bool]:
    """The password, and whether it was made here."""
    if options.password_file is not None:
        try:
            return options.password_file.read_text(encoding="utf-8").strip(), False
        except OSError as error:
            raise Problem(f"{options.password_file} cannot be read: {error.strerror}.") from error
    typed = getpass.getpass("Password of the administrator (empty: one is made): ") if sys.stdin.isatty() else ""
    return typed or secrets.token_urlsafe(12), not typed


def _write(home: Path, values: dict[str, str]) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in SECRETS:
            stored_secret(home, name)
        keep_settings(home, values)
    except OSError as error:
        raise Problem(f"The state folder {home} cannot be written: {error.strerror}.") from error


def _prepare(given: dict[str, str], email: str, password: str) -> None:
    done = subprocess.run(
        python("comptoir.run.prepare", "--administrator", email),
        input=f"{password}\n",
        text=True,
        env=given,
        check=False,
    )
    if done.returncode != 0:
        raise Problem(
            "The counter could not be set up; the reason stands above. Mend it and run `comptoir init` again."
        )

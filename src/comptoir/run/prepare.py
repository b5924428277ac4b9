"""Brings the database and the static files up to date, in a process of its own: `python -m comptoir.run.prepare`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import django
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from comptoir.conf import conf
from comptoir.run.postgres import running_url
from comptoir.run.stamps import Stamp, digest
from comptoir.run.translations import compile_all

# Any number, the same on every machine: two that start together migrate one after the other.
ONE_AT_A_TIME = 7_203_451_988


def main() -> None:
    """Prepare; with flags also load the demo's data or make an administrator."""
    parser = argparse.ArgumentParser(prog="python -m comptoir.run.prepare")
    parser.add_argument("--demo", type=Path, metavar="FILE", help="load the demo's data; its accounts go to FILE")
    parser.add_argument("--blank", action="store_true", help="leave the Stripe module as a fresh counter has it")
    parser.add_argument("--administrator", metavar="EMAIL", help="make an administrator; the password comes on input")
    options = parser.parse_args()
    compile_all()
    django.setup()
    home = conf().home.resolve()
    _migrate(home)
    _roles()
    _collect(home)
    from comptoir.kernel.records import installation
    from comptoir.kernel.whereabouts import settle_in

    installation()  # made here, once: the first payment needs it
    settle_in(anew=options.demo is not None)
    if options.demo is not None:
        from comptoir.demo import load

        load(blank=options.blank, accounts=options.demo)
    if options.administrator:
        _administrator(options.administrator, sys.stdin.readline().rstrip("\n"))
    connection.close()


def _roles() -> None:
    """Each time: the table of roles may have changed without a migration."""
    from comptoir.customers import roles

    roles.make()


def _administrator(email: str, password: str) -> None:
    """Make an administrator, or give the one of this address a new password."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from comptoir.customers import factors
    from comptoir.customers.models import User

    try:
        validate_password(password)
    except ValidationError as error:
        sys.exit(f"The administrator's password is not accepted: {' '.join(error.messages)}")

    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        factors.confirm_address(User.objects.create_superuser(email, password))
        return
    found.is_staff = found.is_superuser = found.is_active = True
    found.set_password(password)
    found.save()
    factors.confirm_address(found)  # whoever types this command vouches for it


def _migrate(home: Path) -> None:
    # A stamp speaks for the embedded database alone: an operator's may be put back to yesterday behind our back.
    stamp = Stamp(home, "migrations") if running_url(home) == conf().database_url else None
    inputs = digest(_migration_files())
    if stamp is not None and stamp.says(inputs):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
    if stamp is not None:
        stamp.set(inputs)


def _migration_files() -> list[str | bytes]:
    parts: list[str | bytes] = []
    for app in apps.get_app_configs():
        folder = app.module and Path(app.path) / "migrations"
        for file in sorted(folder.glob("*.py")) if folder else []:
            parts += [app.label, file.name, file.read_bytes()]
    return parts


def _collect(home: Path) -> None:
    stamp = Stamp(home, "static")
    parts: list[str | bytes] = []
    for finder in get_finders():
        for name, storage in finder.list(None):
            found = Path(storage.path(name)).stat()
            parts.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    inputs = digest(sorted(str(part) for part in parts))
    if not stamp.says(inputs):
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.set(inputs)


if __name__ == "__main__":
    main()

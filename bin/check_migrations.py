"""Fails when a model has changed and no migration says so."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from comptoir.run.postgres import Embedded

STATE = Path(__file__).resolve().parents[1] / "var" / "checks"


def main() -> int:
    """Compare models and migrations; the database is there because Django also compares the history in it."""
    with Embedded(STATE, options={"fsync": "off"}) as server:
        os.environ |= {
            "COMPTOIR_HOME": str(STATE),
            "COMPTOIR_DATABASE_URL": server.url,
            "DJANGO_SETTINGS_MODULE": "comptoir.settings",
        }
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        try:
            call_command("makemigrations", check_changes=True, dry_run=True, interactive=False)
        finally:
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own
    return 0


if __name__ == "__main__":
    sys.exit(main())

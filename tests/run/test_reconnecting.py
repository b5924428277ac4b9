"""A database that went away and came back: whoever comes next is served, and nobody waits as long as it was away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg_pool import PoolTimeout
from pytest_django import DjangoDbBlocker

from comptoir.run.postgres import Embedded
from comptoir.settings import database

FAST = {"fsync": "off", "max_connections": "20", "shared_buffers": "16MB"}
AWAY = 8.0  # seconds; a pool that waits twice as long after each failure would try again after 15


@pytest.fixture
def server(open_folder: Path) -> Iterator[Embedded]:
    """A database of the test's own."""
    with Embedded(open_folder / "home", options=FAST) as running:
        yield running


@pytest.fixture
def client(server: Embedded, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """Django's connection to it, as the web has it."""
    wrapper = DatabaseWrapper({**_defaults(), **database(server.url)}, alias="coming-back")
    with django_db_blocker.unblock():
        yield wrapper
        wrapper.close()
        wrapper.close_pool()


def _defaults() -> dict[str, object]:
    return {"TIME_ZONE": None, "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False}


def asked(client: DatabaseWrapper) -> int:
    """One request's use of the database."""
    try:
        with client.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])
    finally:
        client.close()


def test_a_connection_that_a_restart_broke_is_handed_to_nobody(server: Embedded, client: DatabaseWrapper) -> None:
    assert asked(client) == 1
    server.stop()
    server.start()
    assert asked(client) == 1


def test_nobody_waits_as_long_as_the_database_was_away(server: Embedded, client: DatabaseWrapper) -> None:
    assert asked(client) == 1
    server.stop()
    client.pool.timeout = 0.2
    until = time.monotonic() + AWAY
    while time.monotonic() < until:
        with pytest.raises((OperationalError, PoolTimeout)):
            asked(client)
    server.start()
    client.pool.timeout = 4.0
    assert asked(client) == 1

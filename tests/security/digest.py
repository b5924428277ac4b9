"""What the database holds, table by table: so that a request can be shown to have changed nothing."""

from __future__ import annotations

from functools import cache

from django.db import connection

Digest = dict[str, tuple[int, str]]

# A wish to look is throttled by this column of the attempt; the rest of the row counts.
LEFT_OUT = {"payments_attempt": ("wished_at",)}


@cache
def _statement() -> str:
    """One SELECT a table: the number of its rows, and the sum of the digests of all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [row[0] for row in cursor.fetchall()]
    return " UNION ALL ".join(_one(table) for table in tables)


def _one(table: str) -> str:
    row = "t::text"
    if table in LEFT_OUT:
        row = "(to_jsonb(t) - ARRAY[{}])::text".format(", ".join(f"'{name}'" for name in LEFT_OUT[table]))
    return f"SELECT '{table}', count(*), coalesce(sum(hashtextextended({row}, 0)), 0)::text FROM \"{table}\" t"


def written() -> str:
    """How far the database's own log has been written: where this stands still, nobody has changed anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        position: str = cursor.fetchone()[0]
    return position


def digest() -> Digest:
    """Rows and their digest for every table."""
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        return {table: (count, total) for table, count, total in cursor.fetchall()}


def changed(before: Digest, after: Digest) -> frozenset[str]:
    """Names of the tables that differ."""
    return frozenset(table for table in before if before[table] != after[table])

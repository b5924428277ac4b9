"""The audit trail: what an entry holds, what it can never hold, and that nobody changes it afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from tests import builders

from comptoir.kernel import audit, secrets
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money

pytestmark = pytest.mark.django_db
THING = audit.Thing("modules.installedmodule", "stripe", "Stripe")


def written(**values: object) -> AuditEntry:
    kept: dict[str, object] = {"who": "staff:olive@example.org", "verb": "changed", "on": THING, **values}
    entry = audit.record(**kept)  # type: ignore[arg-type]  # each test names what it is about
    return AuditEntry.objects.get(pk=entry.pk)


def test_an_entry_says_who_what_and_when() -> None:
    begun = dt.datetime.now(dt.UTC)
    with audit.asked_from("203.0.113.77"):
        entry = written(verb="module.enabled", before={"enabled": False}, after={"enabled": True})
    assert (entry.who, entry.verb, entry.noun, entry.key, entry.name) == (
        *("staff:olive@example.org", "module.enabled"),
        *("modules.installedmodule", "stripe", "Stripe"),
    )
    assert (entry.before, entry.after, entry.address) == ({"enabled": False}, {"enabled": True}, "203.0.113.0/24")
    assert abs((entry.at - begun).total_seconds()) < 60


def test_only_what_differs_is_kept() -> None:
    entry = written(before={"city": "Lyon", "country": "FR"}, after={"city": "Nantes", "country": "FR", "more": 1})
    assert (entry.before, entry.after) == ({"city": "Lyon"}, {"city": "Nantes", "more": 1})


def test_values_are_told_as_people_wrote_them() -> None:
    values = {"price": Money(9990, "EUR"), "day": dt.date(2026, 1, 2), "many": ["a", None, 2], "nul": "a\0b"}
    assert written(after=values).after == {
        "price": {"minor": 9990, "currency": "EUR"},
        "day": "2026-01-02",
        "many": ["a", None, 2],
        "nul": "ab",
    }


def test_secrets_are_the_word_changed() -> None:
    """Named ones, columns of secrets, bytes, and whatever this process has sealed, wherever in a text it stands."""
    secrets.seal({"secret_key": "rk_live_0123456789"})
    hidden = {
        "note": "it is rk_live_0123456789, keep it",
        "nested": {"password": "hunter2"},
        "list": ["rk_live_0123456789"],
    }
    entry = written(
        before={"password": "old hash", "sealed": b"1"},
        after={"password": "hash", "sealed": b"2", **hidden},
        secret=["key"],
    )
    assert entry.after == {
        "password": "changed",
        "sealed": "changed",
        "key": "changed",
        "note": "changed",
        "nested": {"password": "changed"},
        "list": ["changed"],
    }
    assert entry.before == {"password": "changed", "sealed": "changed"}
    named = written(on=audit.Thing("a.b", "1", "rk_live_0123456789"), after={})
    assert "rk_live" not in named.name


def test_a_row_is_told_without_its_secrets() -> None:
    owner = builders.owner()
    before = audit.snapshot(owner)
    owner.set_password("another horse and battery")
    owner.first_name = "Olive"
    entry = written(on=owner, before=before, after=audit.snapshot(owner))
    assert entry.before == {"password": "changed", "first_name": ""}
    assert entry.after == {"password": "changed", "first_name": "Olive"}
    assert (entry.noun, entry.key, entry.name) == ("customers.user", str(owner.pk), "owner@example.org")


def test_an_unknown_deed_is_a_fault_of_ours() -> None:
    with pytest.raises(audit.UnknownVerbError):
        written(verb="juggled")


@pytest.mark.parametrize("statement", ["UPDATE kernel_auditentry SET who = 'nobody'", "DELETE FROM kernel_auditentry"])
def test_nobody_rewrites_it(statement: str) -> None:
    written()
    with (
        pytest.raises(DatabaseError, match="never changed or deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().who == "staff:olive@example.org"


def test_it_is_kept_with_the_deed_or_not_at_all() -> None:
    with transaction.atomic():
        written()
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_of_an_address_the_network_is_kept(address: str, kept: str) -> None:
    assert audit.network(address) == kept

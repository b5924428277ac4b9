"""Who gets what: every address of the counter, as everybody. What is refused, and what is only looked at, leaves no trace."""

from __future__ import annotations

import pytest
from tests.security.addresses import ROWS
from tests.security.walk import Visit, names

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

TABLE = {row.name: row for row in ROWS}
# What every visit may touch: the visitor's own session, and the counts of the throttles.
ALWAYS = frozenset({"django_session", "comptoir_cache"})


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    known = names()
    assert known - set(TABLE) == set(), "addresses that nobody has thought about: give them a row in addresses.py"
    assert set(TABLE) - known == set(), "rows of addresses that are gone"
    assert len(TABLE) == len(ROWS), "an address has two rows"


def test_everybody_gets_what_the_table_says(visits: list[Visit]) -> None:
    wrong = []
    for visit in visits:
        row = TABLE[visit.name]
        expected = row.answer(visit.role, post=visit.method == "POST")
        if visit.method == "POST" and not visit.token and not row.exempt:
            expected = "403"
        if visit.answer != expected:
            wrong.append(f"{visit}: {visit.answer} instead of {expected}")
    assert not wrong, "\n".join(["", *wrong])


def test_a_get_changes_nothing(visits: list[Visit]) -> None:
    found = [visit for visit in visits if visit.method == "GET" and visit.changed - ALWAYS - TABLE[visit.name].looks]
    assert [f"{visit}: {sorted(visit.changed)}" for visit in found] == []


def test_what_a_get_may_touch_is_touched(visits: list[Visit]) -> None:
    """The list of exceptions is no longer than it must be."""
    for row in ROWS:
        touched = {
            table for visit in visits if visit.name == row.name and visit.method == "GET" for table in visit.changed
        }
        assert touched - ALWAYS == row.looks, row.name


def test_a_denial_has_no_effect_and_a_deed_has_one(visits: list[Visit]) -> None:
    """Both with the very same form: it would have done something in the hands of those who may."""
    wrong = []
    for visit in visits:
        row = TABLE[visit.name]
        if visit.method == "GET" or (not visit.token and row.exempt):
            continue
        may = visit.token and visit.role in row.acts.split()
        if bool(visit.changed - ALWAYS) != may:
            wrong.append(f"{visit}, token {visit.token}: {sorted(visit.changed)}")
    assert not wrong, "\n".join(["", *wrong])


def test_what_is_exempt_from_csrf_is_written_down() -> None:
    """A provider's notices are signed; a payment page's address is a secret; a language is the visitor's own."""
    assert {row.name for row in ROWS if row.exempt} == {"inbox_receive", "pay_start", "set_language"}

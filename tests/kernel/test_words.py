"""Sentences for staff: stored once, read in each reader's language, whatever stands in the column."""

from __future__ import annotations

import ast
import datetime as dt

import pytest
from django.utils.translation import override
from hypothesis import given, strategies as st
from tests import sentences

from comptoir.kernel import secrets
from comptoir.kernel.errors import StaffError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import NOTHING, Words, code, label, read, verbatim, words
from comptoir.payments.models import Payment
from comptoir.services import steering

DIFFERS = "the amount differs: %(amount)s instead of %(expected)s"
HELD = "%(reference)s is held for review, its money is allocated to nothing: %(why)s"
LATE = words(DIFFERS, amount=Money(999_050, "EUR"), expected=Money(9990, "EUR"))
TEXTS = st.text(max_size=40)
VALUES = st.recursive(
    TEXTS
    | st.integers(-(10**9), 10**9)
    | st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "JPY"]))
    | st.dates()
    | st.datetimes(timezones=st.just(dt.UTC))
    | st.builds(code, TEXTS)
    | st.builds(verbatim, TEXTS),
    lambda inner: st.builds(
        lambda text, values: words(text, **values), TEXTS, st.dictionaries(st.from_regex("[a-z]{1,5}"), inner)
    ),
    max_leaves=6,
)


def test_a_sentence_is_read_in_each_language() -> None:
    held = words(HELD, reference=code("pi_1"), why=LATE)
    with override("fr"):
        assert str(held).endswith("le montant diffère\xa0: 9\u202f990,50\xa0€ au lieu de 99,90\xa0€")
    with override("en"):
        assert str(held).endswith("the amount differs: €9,990.50 instead of €99.90")
    with override("fr"):
        assert held.english.endswith("the amount differs: €9,990.50 instead of €99.90")


def test_days_times_and_states_are_written_as_the_language_does() -> None:
    told = words("%(day)s %(at)s %(state)s", day=dt.date(2026, 3, 1), at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC),
                 state=label(Payment.State.HELD.label))  # fmt: skip
    with override("fr"):
        assert str(told) == "1 mars 2026 2 mars 2026, 00:30 retenue pour vérification"
    assert told.english == "1 Mar 2026 2 Mar 2026, 00:30 held for review"


def test_a_page_marks_ids_and_escapes_everything() -> None:
    evil = "<script>alert(1)</script>"
    page = words("%(reference)s: %(note)s & %(name)s", reference=code(evil), note=verbatim(evil), name=evil).__html__()
    assert "<script>" not in page
    assert page.startswith('<span class="id">&lt;script&gt;')
    assert page.count("&lt;script&gt;") == 3
    assert words(evil).__html__() == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert code("insufficient_funds").__html__() == '<span class="id">insufficient_funds</span>'


@given(said=VALUES)
def test_what_is_stored_is_what_is_read(said: object) -> None:
    kept = words("%(value)s", value=said)  # type: ignore[arg-type]  # whatever the strategy makes is a value
    again = read(kept.stored())
    assert again == kept
    assert str(again) == str(kept)
    assert "\0" not in kept.stored()  # PostgreSQL would refuse it


@pytest.mark.parametrize(
    "text",
    ["account or mode differ", "", "{", '{"sentence": 5}', '{"minor": 5, "currency": "EUR"}', '{"sentence": "a", "values": 1}',
     '{"sentence": "a", "values": {"b": {"minor": 1, "currency": "euro"}}}', "{" * 5000, "[1]"],
)  # fmt: skip
def test_any_other_text_is_shown_as_it_stands(text: str) -> None:
    assert str(read(text)) == text


def test_a_persons_text_is_no_sentence_of_ours() -> None:
    typed = '{"sentence": "not ours: %(why)s", "values": {}}'
    assert str(read(verbatim(typed).stored())) == typed


def test_a_mistake_in_a_catalogue_leaves_the_places_visible() -> None:
    assert str(words("%(there)s and %(missing)s", there=code("a"))) == "%(there)s and %(missing)s"
    assert words("100 % of %(there)s", there=code("a")).__html__() == "100 % of %(there)s"


def test_long_words_of_strangers_are_cut() -> None:
    for said in (code("x" * 1000), verbatim("x" * 1000), words("%(a)s", a="x" * 1000)):
        assert len(str(said)) == 300


def test_secrets_of_ours_leave_whatever_others_wrote() -> None:
    secrets.seal({"key": "whsec_told_by_mistake"})
    note = words("a: %(note)s", note=words("b: %(inner)s", inner="it said whsec_told_by_mistake"))
    assert str(note.changed(secrets.hidden)) == "a: b: it said [secret]"
    assert str(verbatim("whsec_told_by_mistake").changed(secrets.hidden)) == "[secret]"


def test_nothing_said_is_false() -> None:
    assert not NOTHING
    assert not verbatim("")
    assert (NOTHING.stored(), read("")) == ("", NOTHING)
    assert LATE


def test_an_error_says_its_cause_in_english_to_the_logs() -> None:
    with override("fr"):
        error = StaffError(LATE)
        assert str(error) == "the amount differs: €9,990.50 instead of €99.90"
        assert str(error.words) != str(error)


@pytest.mark.django_db
def test_an_alert_keeps_the_sentence_and_the_log_has_it_in_english(capfd: pytest.CaptureFixture[str]) -> None:
    with override("fr"):
        alert("a key", LATE)
        assert "le montant diffère" in str(Alert.objects.get())
    assert Alert.objects.get().text == LATE
    told = capfd.readouterr()
    assert "the amount differs" in told.out + told.err
    assert "le montant" not in told.out + told.err


@pytest.mark.django_db
def test_an_old_plain_text_in_a_column_is_shown() -> None:
    row = Alert(key="old")
    assert row.text == NOTHING
    row.save()
    Alert.objects.update(text="it was written before")  # as a row of an earlier version has it
    assert str(Alert.objects.get()) == "it was written before"


# ------------------------------------------------------------------ the code


def test_every_sentence_of_the_code_is_marked_for_translation() -> None:
    assert sentences.unmarked() == []
    assert len(sentences.sentences()) > 40


def test_every_sentence_is_given_what_it_has_places_for() -> None:
    assert sentences.wrongly_filled() == []


def test_every_sentence_has_its_french() -> None:
    for sentence in sentences.sentences():
        said = sentence.said()
        with override("fr"):
            assert str(said) != said.english, sentence
            for name in sentence.places:
                assert str(said.values[name]) in str(said), (sentence, name)


def test_a_forgotten_mark_is_found() -> None:
    """The collector itself: what it takes for a sentence, and what it complains about."""
    for written, found in (
        ('code("two words")', True),
        ('code(f"{a} b")', True),
        ('code("one")', False),
        ("code(a)", False),
    ):
        call = ast.parse(written).body[0]
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        assert sentences._says(call.value) is found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('SAID = gettext_noop("a b")', ["a b"]),
        ('SAID = {1: gettext_noop("a"), 2: gettext_noop("b")}[one]', ["a", "b"]),
        ('TABLE = {1: gettext_noop("a")}\nSAID = TABLE.get(one)', ["a"]),
        ('SAID = gettext_noop("a") if one else OTHER\nOTHER = gettext_noop("b")', ["a", "b"]),
        ('def said():\n    return gettext_noop("a")\nSAID = said()', ["a"]),
        ('key, SAID = "k", gettext_noop("a")', ["a"]),
        ("from comptoir.services.steering import DISPUTED as DISPUTED\nSAID = DISPUTED", [steering.DISPUTED]),
        ('SAID = "a b"', None),
        ('SAID = f"a {b}"', None),
        ('SAID = gettext_noop("a")\nif one:\n    SAID = "b"', None),
        ('SAID = {1: gettext_noop("a"), 2: "b"}[one]', None),
        ('SAID = gettext_noop("a") if one else "b"', None),
        ('def said():\n    if one:\n        return "b"\n    return gettext_noop("a")\nSAID = said()', None),
        ("SAID = others.TEXT", None),
        ("SAID = said()", None),
        ("from django.conf import settings\nSAID = settings", None),
    ],
)  # fmt: skip
def test_a_text_is_marked_where_each_that_it_can_be_is(written: str, found: list[str] | None) -> None:
    tree = ast.parse(written)
    assert sentences._marked(ast.Name("SAID"), tree) == found


def test_words_are_values() -> None:
    assert len({LATE, words(DIFFERS, amount=Money(999_050, "EUR"), expected=Money(9990, "EUR")), NOTHING}) == 2
    assert isinstance(LATE, Words)

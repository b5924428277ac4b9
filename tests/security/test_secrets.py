"""Every secret of a run is searched for in whatever the run wrote down or showed."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus

import pytest
from django.db import connection
from tests import builders
from tests.security.run import Run
from tests.security.search import found
from tests.security.walk import Visit, Walked
from tests.stripe import Stripe

from comptoir.kernel.models import Alert
from comptoir.kernel.secrets import seal
from comptoir.kernel.words import verbatim

MINE = {"client", "client_services"}  # where a customer reads the access data that are theirs


@pytest.mark.parametrize(
    "secret", ["sk_test_4eC39HqLyjWDarjtT1zdp7dc", 'pass"é<&\\ %+/word', "abcdefgh1", "abcdefgh12", "abcdefgh123"]
)
def test_the_search_finds_every_form(secret: str) -> None:
    wanted = {"planted": secret}
    for text in (
        f"a {secret} b",
        json.dumps({"value": secret}),
        f"?key={quote_plus(secret)}&b=1",
        repr(ValueError(secret)),
        f"\\x{(b'{' + secret.encode() + b'}').hex()}",
        *(base64.b64encode(b"x" * before + secret.encode() + b"yy").decode() for before in range(7)),
        *(base64.urlsafe_b64encode(b"x" * before + secret.encode()).decode() for before in range(7)),
    ):
        assert found(wanted, text) == ["planted"], text
    assert found(wanted, "nothing of the kind") == []


@pytest.mark.xdist_group("walk")
@pytest.mark.django_db
def test_no_page_and_no_header_of_the_walk_tells_one(walked: Walked, visits: list[Visit]) -> None:
    assert len(walked.secrets) >= 10
    told = []
    for visit in visits:
        headers = "\n".join(f"{name}: {value}" for name, value in visit.headers.items())
        names = found(walked.secrets, f"{visit.text}\n{headers}")
        if visit.name in MINE and visit.role == "alice":
            names = [name for name in names if not name.startswith("access")]
        told += [f"{visit}: {names}"] if names else []
    assert told == []


@pytest.mark.xdist_group("walk")
@pytest.mark.django_db
def test_the_customers_own_page_does_tell_them(visits: list[Visit], walked: Walked) -> None:
    """The search would find them elsewhere, too."""
    mine = next(
        visit for visit in visits if (visit.name, visit.role, visit.method) == ("client_services", "alice", "GET")
    )
    assert found(walked.secrets, mine.text) == [
        name for name in sorted(walked.secrets) if name.startswith("access password")
    ]


@pytest.mark.django_db(transaction=True)
def test_nothing_that_a_run_leaves_tells_one(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run(stripe, monkeypatch) as run:
        run.everything()
        told = {place: found(run.secrets, text) for place, text in run.left().items()}
    assert {place: names for place, names in told.items() if names} == {}
    assert set(told) >= {"console log", "JSON log", "dump", "exceptions", "pages", "PostgreSQL's log"}
    assert all(len(text) > 500 for place, text in run.left().items() if place != "PostgreSQL's log"), (
        "too little to search"
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_planted_is_found(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    with Run(stripe, monkeypatch) as run:
        run.secrets = {"plain": "a secret of this test", "in a file": "another one, as bytes", "sealed": "a third one"}
        builders.stripe_account(account="acct_1", secret_key="a third one", publishable_key="", webhook_secret="x")
        Alert.objects.create(key="planted", text=verbatim("it says: a secret of this test"))
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO modules_formersettings (account_id, sealed, until) SELECT id, %s, now() FROM modules_moduleaccount",
                [b"x another one, as bytes x"],
            )
        assert seal({"a": "a third one"})
        run.log.warning("it happened", deep={"in": ["a secret of this test"]})
        left = run.left()
        assert found(run.secrets, left["dump"]) == ["in a file", "plain"]
        assert found(run.secrets, left["console log"]) == found(run.secrets, left["JSON log"]) == ["plain"]

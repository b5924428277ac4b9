"""Where we fail: an honest page, which says whether to ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from tests.demo import free_port

from comptoir.catalogue.models import Product
from comptoir.inbox import door
from comptoir.shop import visitor as visitors
from comptoir.shop.views import storefront

pytestmark = pytest.mark.django_db
HONEST = "n’est pas perdu"


def stopped() -> None:
    """A statement that the database breaks off, as when it is told to stop."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(5)")


def refused() -> None:
    """A database that nobody answers for."""
    psycopg.connect(host="127.0.0.1", port=free_port(), user="comptoir", dbname="comptoir", connect_timeout=5)


def broken() -> None:
    """A fault of ours."""
    raise ValueError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, shop: object) -> Callable[[Callable[[], None]], Client]:
    """Somebody for whom everything that is looked up for a page, or stored of a notice, meets this."""

    def prepared(what: Callable[[], None]) -> Client:
        monkeypatch.setattr(storefront, "shelves", lambda *_any, **_more: what())
        monkeypatch.setattr(door, "receive", lambda **_more: what())
        return Client(raise_request_exception=False, headers={"accept-language": "fr"})

    return prepared


@pytest.mark.parametrize("what", [stopped, refused], ids=["broken off", "refused"])
def test_a_database_that_is_away_is_a_matter_of_seconds(
    failing: Callable[[Callable[[], None]], Client], what: Callable[[], None]
) -> None:
    page = failing(what).get("/")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert HONEST in page.content.decode()


def test_a_notice_is_to_be_sent_again(failing: Callable[[Callable[[], None]], Client]) -> None:
    answer = failing(refused).post("/stripe/api", b"{}", content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_session_that_ended_meanwhile_does_not_say_that_nothing_was_done(
    monkeypatch: pytest.MonkeyPatch, vps: Product
) -> None:
    """Somebody signs in in another window: what they had pressed here is done, and the page must not deny it."""
    visitor = Client(headers={"accept-language": "fr"})
    visitor.post(f"/basket/add/{vps.pk}")
    put = visitors.put

    def interrupted(*given: Any, **more: Any) -> None:
        put(*given, **more)
        Session.objects.all().delete()
        given[0].session.modified = True

    monkeypatch.setattr(visitors, "put", interrupted)
    page = visitor.post(f"/basket/add/{vps.pk}")
    assert page.status_code == 409
    assert HONEST in page.content.decode()
    assert "Rien n’a été commandé" not in page.content.decode()


def test_a_fault_of_ours_is_none_of_the_moment(failing: Callable[[Callable[[], None]], Client]) -> None:
    page = failing(broken).get("/")
    assert page.status_code == 500
    assert "Retry-After" not in page
    assert HONEST in page.content.decode()

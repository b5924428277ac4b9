"""Objects to look at: since when, how it stands, and what kept a look from succeeding."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from tests import builders
from tests.backoffice.reading import Reading

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.kernel.words import words
from comptoir.modules.api import Subject

pytestmark = pytest.mark.django_db
SUBJECT = Subject("stripe", "acct_1", "test", "payment", "pi_1")
LATER = dt.timedelta(minutes=10)


def read(staff: Client, *, show: str = "") -> list[str]:
    """The texts of the list, in English."""
    answer = staff.get(f"/admin/inbox/wish/?show={show}", headers={"accept-language": "en"})
    return Reading(answer.content.decode()).texts


def test_it_waits_since_the_first_asking_that_no_look_has_answered() -> None:
    inbox.wish(SUBJECT)
    long_ago = timezone.now() - dt.timedelta(days=1)
    Wish.objects.update(since=long_ago)
    inbox.wish(SUBJECT)
    assert Wish.objects.get().since == long_ago
    Wish.objects.update(done=F("wanted"))
    inbox.wish(SUBJECT)
    assert Wish.objects.get().since > long_ago


def test_how_each_one_stands(owner: Client) -> None:
    builders.shop()
    inbox.wish(SUBJECT)
    assert "transaction · Stripe" in read(owner)
    assert "at once" in read(owner)
    Wish.objects.update(leased_until=timezone.now() + LATER)
    assert "being looked at" in read(owner)
    Wish.objects.update(leased_until=None, not_before=timezone.now() + LATER)
    assert not {"at once", "being looked at"} & set(read(owner))
    Wish.objects.update(done=F("wanted"))
    assert "none: looked at" in read(owner)


def test_those_with_a_problem_are_found(owner: Client) -> None:
    builders.shop()
    inbox.wish(SUBJECT)
    assert "pi_1" not in read(owner, show="problem")
    Wish.objects.update(problem=words("the provider knows no such object yet"))
    assert "the provider knows no such object yet" in read(owner, show="problem")
    assert "pi_1" in read(owner, show="open")
    assert "pi_1" not in read(owner, show="done")

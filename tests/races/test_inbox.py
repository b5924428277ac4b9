"""Notices and wishes: the same event twenty times at once, two workers at one wish."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests import builders
from tests.races import actors, unguarded
from tests.races.together import Told, together

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Notice, Wish
from comptoir.modules.api import Subject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
STORE = "comptoir.inbox.actions._STORE"
CLAIM = "comptoir.inbox.actions._CLAIM"


def same_event(times: int, **more: Any) -> list[Told]:
    return together(actors.store, *({"event": "evt_1", "subject": "pi_1"} for _ in range(times)), **more)


def test_the_same_event_from_twenty_processes_is_one_notice_and_one_wish() -> None:
    told = same_event(20)
    assert [each.error for each in told] == [""] * 20
    assert sorted(bool(each.answer) for each in told) == [False] * 19 + [True]
    assert (Notice.objects.count(), Wish.objects.get().wanted) == (1, 1)


def test_without_its_unique_key_it_is_stored_more_than_once() -> None:
    careless = inbox._STORE.replace("ON CONFLICT (module, event_id) DO NOTHING\n", "")
    with unguarded.no_key("inbox_notice_once", "inbox_notice"):
        same_event(3, without={STORE: careless})
        assert Notice.objects.count() == 3


def two_claims(**more: Any) -> list[Told]:
    inbox.wish(Subject("stripe", "acct_1", "test", "payment", "pi_1"))
    return together(actors.claim_wish, {}, {}, **more)


def test_a_wish_is_claimed_by_one_worker() -> None:
    told = two_claims()
    assert [each.error for each in told] == ["", ""]
    assert sorted(str(each.answer) for each in told) == ["", "pi_1"]


def test_without_lease_and_lock_both_claim_it() -> None:
    told = two_claims(without={CLAIM: unguarded.CLAIM_WITHOUT_LEASE})
    assert [each.answer for each in told] == ["pi_1", "pi_1"]


def two_sweeps(**more: Any) -> list[Told]:
    builders.stripe_account(account="acct_1", secret_key="sk_test_1", publishable_key="pk_test_1")
    return together(actors.start_due, {}, {}, before="comptoir.inbox.catchup._rows", **more)


def test_two_sweeps_have_the_providers_list_read_once() -> None:
    told = two_sweeps()
    assert [each.error for each in told] == ["", ""]
    assert sorted(int(str(each.answer)) for each in told) == [0, 1]


def test_without_the_condition_both_have_it_read() -> None:
    told = two_sweeps(without={"comptoir.inbox.catchup._not_yet": unguarded.never})
    assert [each.answer for each in told] == [1, 1]


def test_wishes_made_while_one_is_answered_are_answered_too() -> None:
    subject = Subject("stripe", "acct_1", "test", "payment", "pi_1")
    inbox.wish(subject)
    claimed = inbox.claim(by="one")
    assert claimed is not None
    inbox.wish(subject)  # an event arrives while the object is being read
    from comptoir.kernel import locks

    with locks.transaction():
        inbox.finish(claimed, shows=frozenset())
    again = inbox.claim(by="two")
    assert again is not None
    assert (again.wanted, again.subject.id) == (2, "pi_1")


def test_a_worker_known_to_be_dead_frees_its_wish_at_once_and_an_unknown_one_by_its_lease() -> None:
    inbox.wish(Subject("stripe", "acct_1", "test", "payment", "pi_1"))
    assert inbox.claim(by="dead") is not None
    assert inbox.claim(by="alive") is None
    assert inbox.release(by="dead") == 1
    assert inbox.claim(by="alive") is not None
    Wish.objects.update(leased_until=timezone.now())
    assert inbox.claim(by="third") is not None
    connection.close()

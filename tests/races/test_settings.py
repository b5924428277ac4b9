"""Two people at the settings of one module: what they store and say is done one after the other, and collides without the lock."""

from __future__ import annotations

from typing import Any

import pytest
from tests.races import actors, unguarded
from tests.races.together import Told, together

from comptoir.modules import actions, queries
from comptoir.modules.api import Connection
from comptoir.modules.models import FormerSettings, InstalledModule, ModuleAccount, WaitingSettings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
LOCK, PUT = "comptoir.modules.actions._lock", "comptoir.modules.actions._put"
KEYS = {"secret_key": "sk_test_" + "z" * 30, "publishable_key": "pk_test_" + "z" * 30, "webhook_secret": ""}


def stored() -> dict[str, bool]:
    """Accounts, and which is in use."""
    return dict(ModuleAccount.objects.order_by("account").values_list("account", "current"))


def two_first_set_ups(**more: Any) -> list[Told]:
    each = [{"deed": "test", "account": account, "values": KEYS} for account in ("acct_b", "acct_c")]
    return together(actors.at_settings, *each, **more)


def test_two_first_set_ups_at_once_are_one_in_use_and_one_that_waits() -> None:
    told = two_first_set_ups(before=LOCK)
    assert [each.error for each in told] == ["", ""]
    assert sorted(bool(each.answer) for each in told) == [False, True]
    assert list(stored().values()) == [True]
    assert {*stored(), WaitingSettings.objects.get().account} == {"acct_b", "acct_c"}
    assert InstalledModule.objects.filter(name="stripe").count() == 1


def test_without_the_lock_both_want_to_be_in_use() -> None:
    told = two_first_set_ups(before=PUT, without={LOCK: unguarded.lock_module})
    assert any("modules_account_one_current" in each.error for each in told)


def a_yes_and_a_test(**more: Any) -> list[Told]:
    """Bob's account waits: Olive says yes to it while Charlie stores a new key of the account in use."""
    actions.store_account(module="stripe", account="acct_a", mode="test", values=KEYS, who="test")
    bob = Connection(account="acct_b", findings=())
    assert actions.store_tested(module="stripe", mode="test", connection=bob, values=KEYS, who="test")
    new = {**KEYS, "secret_key": "sk_test_" + "n" * 30}
    return together(actors.at_settings, {"deed": "yes"}, {"deed": "test", "account": "acct_a", "values": new}, **more)


def test_a_yes_and_a_test_at_once_are_done_one_after_the_other() -> None:
    told = a_yes_and_a_test(before=LOCK)
    assert [each.error for each in told] == ["", ""]
    yes, waits = (bool(each.answer) for each in told)
    if yes:  # the yes came first: what was tested is of another account than the one in use, and waits
        assert (stored(), waits) == ({"acct_a": False, "acct_b": True}, True)
    else:  # the test came first, and nothing waited any more
        assert (stored(), waits) == ({"acct_a": True}, False)


def test_without_the_lock_the_yes_is_heard_and_the_test_does_not_know_it() -> None:
    """In no order of the two can the yes be heard and the former account be stored as the one in use."""
    read = "comptoir.modules.queries.open_or_nothing"
    told = a_yes_and_a_test(before=read, without={LOCK: unguarded.lock_module})
    assert any(each.error for each in told) or [each.answer for each in told] == [True, False]


def two_stores(**more: Any) -> list[Told]:
    """A new endpoint's secret, and a new publishable key."""
    actions.store_account(
        module="stripe", account="acct_a", mode="test", values={**KEYS, "webhook_secret": "whsec_old"}, who="test"
    )
    each = ({"webhook_secret": "whsec_new"}, {"publishable_key": "pk_test_new"})
    return together(actors.at_settings, *({"deed": "values", "account": "acct_a", "values": it} for it in each), **more)


def after_two_stores() -> dict[str, str]:
    return dict(queries.account(module="stripe", account="acct_a", mode="test").values)


def test_what_two_people_store_at_once_is_both_stored() -> None:
    told = two_stores(before=LOCK)
    assert [each.error for each in told] == ["", ""]
    assert after_two_stores() == {**KEYS, "webhook_secret": "whsec_new", "publishable_key": "pk_test_new"}
    assert FormerSettings.objects.count() == 1


def test_without_the_lock_one_of_the_two_is_lost() -> None:
    two_stores(before=PUT, without={LOCK: unguarded.lock_module})
    assert after_two_stores() != {**KEYS, "webhook_secret": "whsec_new", "publishable_key": "pk_test_new"}

"""What happens while keys are tested, after secrets were replaced, and to what waits for a yes: nothing that is stored is lost by it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.test import Client
from django.utils import timezone
from tests.backoffice.setting_up import WEBHOOK, Setter, attribute, shown, stored, told

from comptoir.kernel import secrets
from comptoir.kernel.models import AuditEntry
from comptoir.modules import actions, queries, setup
from comptoir.modules.api import Connection, Mode
from comptoir.modules.models import FormerSettings, InstalledModule, ModuleAccount, WaitingSettings
from comptoir_stripe import account as stripe_account

pytestmark = pytest.mark.django_db
OTHER = "whsec_" + "Yy18" * 8
THIRD = "whsec_" + "Xx27" * 8


def during_the_test(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Once, after Stripe has answered the next connection test and before anything is stored."""
    ask, left = stripe_account.test, [happens]

    def slow(values: dict[str, str], *, mode: Mode, api_base: str) -> Connection:
        answer = ask(values, mode=mode, api_base=api_base)
        while left:
            left.pop()()
        return answer

    monkeypatch.setattr(stripe_account, "test", slow)


def valid(olive: Setter) -> list[str]:
    """The webhook secrets that may sign now, the newest first."""
    account = queries.account(module="stripe", account=olive.stripe.account, mode="test")
    return [each["webhook_secret"] for each in (account.values, *account.former_values)]


def deliver(secret: str, *, live: bool = False) -> int:
    """An event arrives, signed with a secret; returns the status of the answer."""
    thing = {"id": "pi_" + "b" * 20, "object": "payment_intent"}
    event = {"id": f"evt_{live}", "object": "event", "type": "payment_intent.succeeded", "data": {"object": thing}}
    at = int(time.time())
    body = json.dumps({**event, "created": at, "livemode": live})
    signature = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={at},v1={signature}"}
    return Client().post("/stripe/api", body, content_type="application/json", headers=headers).status_code


def other_account(olive: Setter, account: str = "acct_b", **values: str) -> bool:
    """Good keys of another account have been typed and tested; whether they wait."""
    typed = {"secret_key": "sk_test_" + account * 5, "publishable_key": "pk_test_" + account * 5, **values}
    connection = Connection(account=account, findings=(), title=f"House {account}", country="FR", currency="EUR")
    assert olive.stripe.account != account
    return actions.store_tested(module="stripe", mode="test", connection=connection, values=typed, who="test")


# ------------------------------------------------------------------ during the seconds of a test


def test_an_endpoint_made_during_a_test_keeps_its_secret(olive: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    olive.try_out(olive.keys())
    made: list[str] = []

    def another_tab() -> None:
        setup.make_endpoint(module="stripe", mode="test", who="staff:second")
        made.append(stored()["webhook_secret"])

    during_the_test(monkeypatch, another_tab)
    page = olive.try_out(olive.keys())
    assert attribute(page, "connection-result", "data-ok") == ["true"]
    assert made[0].startswith("whsec_")
    assert stored() == olive.keys(webhook_secret=made[0])


def test_keys_that_were_not_tested_together_are_not_stored_together(
    olive: Setter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Olive pastes a publishable key beside the stored secret key, which somebody else replaces meanwhile."""
    olive.try_out(olive.keys())
    replaced = "sk_test_" + "n" * 40
    during_the_test(
        monkeypatch,
        lambda: actions.store_values(
            module="stripe", account=olive.stripe.account, mode="test", values={"secret_key": replaced}, who="x"
        ),
    )
    page = olive.try_out(publishable_key="", secret_key="", webhook_secret=WEBHOOK)
    assert attribute(page, "connection-result", "data-ok") == ["false"]
    assert "somebody stored other ones while they were tested" in shown(page, "connection-result")[0]
    assert stored() == {**olive.keys(webhook_secret=""), "secret_key": replaced}
    again = olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    assert attribute(again, "connection-result", "data-ok") == ["true"], "who types everything depends on nobody"
    assert stored() == olive.keys(webhook_secret=WEBHOOK)


# ------------------------------------------------------------------ replaced secrets


def test_a_replaced_secret_lives_its_day_whatever_is_stored_after_it(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.try_out(webhook_secret=OTHER)
    plain = {"publishable_key": "pk_test_" + "a" * 30}
    actions.store_values(module="stripe", account=olive.stripe.account, mode="test", values=plain, who="x")
    olive.try_out(olive.keys(webhook_secret=THIRD))
    assert valid(olive) == [THIRD, OTHER, WEBHOOK]
    assert [deliver(secret) for secret in valid(olive)] == [200, 200, 200]
    ends = list(FormerSettings.objects.order_by("id").values_list("until", flat=True))
    assert len(ends) == 2, "only what signs has a day to live: other keys have none"
    assert ends[0] < ends[1], "each set has its own end"
    FormerSettings.objects.filter(until=ends[0]).update(until=timezone.now())
    assert valid(olive) == [THIRD, OTHER]
    assert deliver(WEBHOOK) == 400
    olive.try_out(webhook_secret=WEBHOOK)
    assert FormerSettings.objects.order_by("until")[0].until == ends[1], "ended ones go"


def test_two_clicks_on_make_keep_the_secret_from_before_both(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.press("endpoint")
    first = stored()["webhook_secret"]
    olive.press("endpoint")
    assert valid(olive)[1:] == [first, WEBHOOK]


def test_what_is_kept_of_a_former_set_is_what_signs_and_nothing_else(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.try_out(webhook_secret=OTHER)
    assert secrets.unseal(FormerSettings.objects.get().sealed) == {"webhook_secret": WEBHOOK}


def test_keys_typed_anew_after_the_seal_keys_were_lost_are_used(olive: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.try_out(webhook_secret=OTHER)
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    new = MultiFernet([Fernet(Fernet.generate_key())])
    monkeypatch.setattr(secrets, "_box", lambda: new)
    assert queries.offered_account("stripe") is None
    page = olive.try_out(olive.keys(webhook_secret=THIRD))
    assert attribute(page, "connection-result", "data-ok") == ["true"]
    offered = queries.offered_account("stripe")
    assert offered is not None
    assert offered.former_values == (), "neither the set that was replaced nor the one before it can be opened"
    assert deliver(THIRD) == 200


# ------------------------------------------------------------------ one secret, one account, one mode


@pytest.mark.parametrize(("first", "second"), [("test", "live"), ("live", "test")])
def test_a_secret_of_the_other_mode_is_refused_at_its_field(olive: Setter, first: Mode, second: Mode) -> None:
    olive.try_out(olive.keys(mode=first, webhook_secret=WEBHOOK), mode=first)
    page = olive.try_out(olive.keys(mode=second, webhook_secret=WEBHOOK), mode=second)
    assert "stored already for the other mode" in shown(page, "wrong-webhook-secret")[0]
    assert "mend the fields marked" in shown(page, "connection-result")[0]
    assert (stored(second), stored(first)["webhook_secret"]) == ({}, WEBHOOK)
    assert deliver(WEBHOOK, live=first == "live") == 200
    page = olive.try_out(olive.keys(mode=second, webhook_secret=OTHER), mode=second)
    assert attribute(page, "connection-result", "data-ok") == ["true"]


def test_a_secret_of_another_account_is_refused(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    with pytest.raises(actions.SecretTakenError):
        other_account(olive, webhook_secret=WEBHOOK)
    assert other_account(olive, webhook_secret=OTHER)
    page = olive.try_out(olive.keys(webhook_secret=OTHER))
    assert "stored already for another account" in shown(page, "wrong-webhook-secret")[0], "also while it waits"
    assert stored()["webhook_secret"] == WEBHOOK


@pytest.mark.parametrize("live", [False, True])
def test_a_secret_that_stands_in_both_modes_all_the_same_is_of_the_mode_of_the_event(olive: Setter, live: bool) -> None:
    for mode in ("test", "live"):
        values = olive.keys(mode=mode, webhook_secret=WEBHOOK)
        actions.store_account(module="stripe", account=olive.stripe.account, mode=mode, values=values, who="x")
    assert deliver(WEBHOOK, live=live) == 200
    proven = ModuleAccount.objects.exclude(proof="").get()
    assert proven.mode == ("live" if live else "test")


# ------------------------------------------------------------------ what waits


def test_a_no_leaves_an_account_that_was_used_before_as_it_was(olive: Setter) -> None:
    """An account comes back with another webhook secret, and is refused: its old payments go on with what they had."""
    ours = olive.stripe.account
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    theirs = {**olive.keys(), "webhook_secret": THIRD}
    actions.store_account(module="stripe", account="acct_b", mode="test", values=theirs, who="x")
    before = list(ModuleAccount.objects.order_by("id").values())
    page = olive.try_out(olive.keys(webhook_secret=OTHER))
    assert "wait for your yes" in shown(page, "connection-result")[0]
    assert list(ModuleAccount.objects.order_by("id").values()) == before, "nothing is touched before a yes"
    assert deliver(OTHER) == 400
    assert "forgotten" in told(olive.press("waiting", answer="no"))
    assert list(ModuleAccount.objects.order_by("id").values()) == before
    assert not WaitingSettings.objects.exists()
    olive.try_out(olive.keys(webhook_secret=OTHER))
    assert "used from now on" in told(olive.press("waiting", answer="yes"))
    assert queries.row_of(module="stripe", mode="test") == ModuleAccount.objects.get(account=ours)
    assert valid(olive) == [OTHER, WEBHOOK], "what was replaced by the yes lives its day from then on"


def test_a_yes_keeps_what_was_left_empty_as_it_is_stored_by_then(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    actions.store_account(module="stripe", account="acct_b", mode="test", values=olive.keys(), who="x")
    olive.try_out(olive.keys())
    actions.store_values(
        module="stripe", account=olive.stripe.account, mode="test", values={"webhook_secret": OTHER}, who="x"
    )
    olive.press("waiting", answer="yes")
    assert stored() == olive.keys(webhook_secret=OTHER)
    row = ModuleAccount.objects.get(current=True)
    assert (row.title != "", row.country, row.active_methods is not None) == (True, "FR", True)


def test_keys_that_nobody_said_yes_to_do_not_linger(olive: Setter) -> None:
    olive.try_out(olive.keys())
    assert other_account(olive, "acct_b")
    assert other_account(olive, "acct_c")
    assert [row.account for row in WaitingSettings.objects.all()] == ["acct_c"]
    olive.try_out(olive.keys())
    assert not WaitingSettings.objects.exists(), "what is tested after it is what somebody wants"
    assert [row.account for row in ModuleAccount.objects.all()] == [olive.stripe.account]


def test_waiting_keys_that_cannot_be_opened_are_forgotten_by_a_yes(olive: Setter) -> None:
    olive.try_out(olive.keys())
    assert other_account(olive)
    WaitingSettings.objects.update(sealed=b"sealed with keys that are lost")
    assert "Nothing was changed" in told(olive.press("waiting", answer="yes"))
    assert not WaitingSettings.objects.exists()
    assert stored()["secret_key"] == olive.keys()["secret_key"]


def test_what_is_left_empty_for_another_account_is_tested_as_it_would_be_stored(olive: Setter) -> None:
    """The publishable key of one account is never stored, nor tested, for another one."""
    olive.try_out(olive.keys())
    ModuleAccount.objects.update(account="acct_former")
    page = olive.try_out(secret_key=olive.keys()["secret_key"])
    assert shown(page, "wrong-publishable-key")[0]
    assert not WaitingSettings.objects.exists()


# ------------------------------------------------------------------ proven


def test_a_test_says_of_a_proven_secret_that_it_is_proven(olive: Setter) -> None:
    page = olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    assert "proven by the first event that arrives" in shown(page, "connection-result")[0]
    assert deliver(WEBHOOK) == 200
    for typed in ({}, {"webhook_secret": WEBHOOK}):
        page = olive.try_out(typed)
        assert "proven by the first event that arrives" not in shown(page, "connection-result")[0]
        assert "an event that was signed with it has arrived" in shown(page, "connection-result")[0]
    page = olive.try_out(webhook_secret=OTHER)
    assert "proven by the first event that arrives" in shown(page, "connection-result")[0], "another one is not"


# ------------------------------------------------------------------ the row that is locked


def test_a_module_that_is_on_from_the_start_stays_on_when_its_row_is_made() -> None:
    assert queries.is_enabled("manual")
    actions.use_mode(name="manual", mode="live", who="test")
    assert InstalledModule.objects.get(name="manual").enabled
    assert AuditEntry.objects.get(verb="mode.used").before == {"mode": "test"}


def test_a_day_is_a_day(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.try_out(webhook_secret=OTHER)
    left = FormerSettings.objects.get().until - timezone.now()
    assert dt.timedelta(hours=23, minutes=59) < left <= dt.timedelta(hours=24)

"""The connection test asks all that can be asked, names what is wrong exactly, stores only what is good, and has no effect."""

from __future__ import annotations

import dataclasses
import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.utils.translation import override
from tests.stripe import Stripe
from tests.stripe_module.ground import WEBHOOK_SECRET, control, needed, restricted, tried, typed

from comptoir.modules import setup
from comptoir.modules.api import Account, Connection, Finding, Verdict
from comptoir.modules.models import ModuleAccount
from comptoir_stripe import account, gateway
from comptoir_stripe.module import module
from comptoir_stripe.reconcile import books


def by_code(connection: Connection, beginning: str) -> list[Finding]:
    return [finding for finding in connection.findings if finding.code.startswith(beginning)]


def bad(connection: Connection) -> list[str]:
    return [finding.code for finding in connection.findings if finding.verdict is Verdict.BAD]


# ------------------------------------------------------------------ good keys


def test_good_keys_open_the_account_and_every_point_is_told_in_order(stripe: Stripe) -> None:
    connection = tried(stripe)
    assert connection.good
    assert (connection.account, connection.title) == (stripe.account, "Hébergeur Lumière")
    assert (connection.country, connection.currency) == ("FR", "EUR")
    assert connection.methods is not None
    assert (connection.methods["card"], connection.methods["sepa_debit"], connection.methods["paypal"]) == (
        True,
        True,
        False,
    )
    told = [
        finding.code.rpartition(".")[0] if "permission" in finding.code else finding.code
        for finding in connection.findings
    ]
    assert told == [
        "key.accepted",
        "account.known",
        "charges.enabled",
        "clock.right",
        *["permission.given"] * len(needed()),
        "methods.active",
        "publishable.known",
        "webhook-secret.unproven",
    ]
    assert [finding.code for finding in by_code(connection, "permission.given.")] == [
        f"permission.given.{name}" for name in needed()
    ]
    unproven = [finding.code for finding in connection.findings if finding.verdict is Verdict.UNPROVEN]
    assert unproven == ["publishable.known", "webhook-secret.unproven"]


def test_a_webhook_secret_may_be_lacking_and_it_is_said_what_to_do(stripe: Stripe) -> None:
    connection = tried(stripe, webhook_secret="")
    assert connection.good
    (finding,) = by_code(connection, "webhook-secret")
    assert (finding.code, finding.verdict, bool(finding.advice)) == ("webhook-secret.absent", Verdict.UNPROVEN, True)


def test_a_test_has_no_effect_at_stripe(stripe: Stripe) -> None:
    for key in (stripe.server.secret_key, restricted(stripe, needed()), restricted(stripe, [])):
        tried(stripe, secret_key=key)
    written = [call for call in stripe.calls() if call["method"] != "GET"]
    assert len(written) >= 6  # each right to write was asked for
    assert [call for call in written if call["status"] < 400] == []
    for path in ("/v1/customers", "/v1/checkout/sessions", "/v1/webhook_endpoints"):
        assert stripe.api("GET", path)["data"] == []


def test_a_page_that_waits_for_a_test_waits_for_few_calls(stripe: Stripe) -> None:
    tried(stripe)
    assert len(stripe.calls()) == len(needed()) + 1  # each permission once, and the publishable key


# ------------------------------------------------------------------ permissions


def test_a_restricted_key_with_just_the_manifests_permissions_is_good(stripe: Stripe) -> None:
    assert tried(stripe, secret_key=restricted(stripe, needed())).good


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lacking", needed())
def test_each_missing_permission_is_named_and_nothing_is_stored(stripe: Stripe, lacking: str) -> None:
    key = restricted(stripe, [name for name in needed() if name != lacking])
    result = setup.try_settings(module="stripe", mode="test", typed=typed(stripe, secret_key=key), who="test")
    assert result.connection is not None
    assert bad(result.connection) == [f"permission.missing.{lacking}"]
    (finding,) = by_code(result.connection, "permission.missing")
    assert lacking in str(finding.text)
    assert (finding.field, bool(finding.advice), finding.url) == (
        "secret_key",
        True,
        "https://dashboard.stripe.com/test/apikeys",
    )
    assert (result.stored, result.connection.good) == (False, False)
    assert not ModuleAccount.objects.exists()


def test_a_key_without_any_permission_has_each_of_them_named(stripe: Stripe) -> None:
    connection = tried(stripe, secret_key=restricted(stripe, []))
    missing = {finding.code.rpartition(".")[2] for finding in by_code(connection, "permission.missing")}
    # Reading is asked of those who may not even write: Stripe names the right that the very call lacks.
    assert missing == set(needed())
    assert connection.account == ""


@pytest.mark.django_db(transaction=True)
def test_good_settings_are_stored_and_those_of_another_mode_are_not(stripe: Stripe) -> None:
    assert setup.try_settings(module="stripe", mode="test", typed=typed(stripe), who="test").stored
    assert ModuleAccount.objects.get().account == stripe.account
    live = setup.try_settings(module="stripe", mode="live", typed=typed(stripe), who="test")
    assert [problem.field for problem in live.problems] == ["secret_key", "publishable_key"]
    assert ModuleAccount.objects.count() == 1


# ------------------------------------------------------------------ wrong keys


def test_a_key_that_stripe_does_not_know_is_said_so_and_nothing_else_is_asked(stripe: Stripe) -> None:
    connection = tried(stripe, secret_key="sk_test_" + "9" * 40)
    assert bad(connection) == ["key.unknown.no-code"]
    assert len(connection.findings) == len(stripe.calls()) == 1
    assert connection.findings[0].field == "secret_key"


def test_an_expired_key_is_told_from_an_unknown_one(stripe: Stripe) -> None:
    key = restricted(stripe, needed())
    stripe.control.delete(f"keys/{key}")
    assert bad(tried(stripe, secret_key=key)) == ["key.expired"]


def test_a_publishable_key_that_stripe_does_not_know_is_named_at_its_field(stripe: Stripe) -> None:
    connection = tried(stripe, publishable_key="pk_test_" + "9" * 40)
    assert bad(connection) == ["publishable.refused.invalid"]
    assert by_code(connection, "publishable")[0].field == "publishable_key"


def test_an_account_that_may_not_take_payments_is_not_good(stripe: Stripe) -> None:
    control(stripe, "account", charges_enabled=False)
    connection = tried(stripe)
    assert bad(connection) == ["charges.disabled"]
    (finding,) = by_code(connection, "charges")
    assert finding.url.startswith(f"https://dashboard.stripe.com/{stripe.account}/")


def test_settings_of_a_wrong_form_are_not_sent_anywhere(stripe: Stripe) -> None:
    connection = tried(stripe, secret_key="sk_test_good\r\nX-Header: 1")
    assert bad(connection) == ["form.secret_key"]
    assert stripe.calls() == []


# ------------------------------------------------------------------ no answer, or none of Stripe's


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status:429", "stripe.busy"),
        ("status:500", "stripe.fault.500"),
        ("status:503", "stripe.fault.503"),
        ("garbage", "stripe.garbage.200"),
        ("drop_before", "stripe.connection"),
        ("delay:3000", "stripe.timeout"),
    ],
)
def test_what_went_wrong_on_the_way_is_told_with_what_to_do(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch, fault: str, code: str
) -> None:
    monkeypatch.setattr(gateway, "PROBE_SECONDS", (1, 1))
    stripe.fault(fault, method="GET", path="/v1/account", times=5)
    connection = tried(stripe)
    assert bad(connection) == [code]
    assert (connection.account, len(connection.findings)) == ("", 1)
    with override("en"):
        said = f"{connection.findings[0].text} {connection.findings[0].advice}"
    with override("fr"):
        assert f"{connection.findings[0].text} {connection.findings[0].advice}" != said
    assert connection.findings[0].advice
    assert "%(" not in said


@pytest.mark.parametrize("fault", ["status:429", "status:500", "garbage", "drop_before"])
def test_a_permission_of_which_nothing_is_known_is_not_taken_for_given(stripe: Stripe, fault: str) -> None:
    stripe.fault(fault, method="GET", path="/v1/events*", times=5)
    connection = tried(stripe)
    assert [code.rsplit(".", 1)[0] for code in bad(connection)] == ["permission.unknown.rak_event_read"]
    assert connection.account == stripe.account  # the others were told all the same


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and closes them without a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_close_each, args=(server,), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def _close_each(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


def test_addresses_at_which_nobody_is_stripe(stripe: Stripe, silent: str) -> None:
    assert module.setup is not None
    for base, code in (
        (f"http://{silent}", "stripe.connection"),
        (f"https://{silent}", "stripe."),
        ("http://127.0.0.1:1", "stripe.connection"),
        (stripe.server.base_url.replace("http:", "https:"), "stripe.tls"),
        (f"{stripe.server.base_url}/somewhere/else", "stripe.garbage.404"),
    ):
        connection = module.setup().test(typed(stripe), mode="test", api_base=base)
        assert [each[: len(code)] for each in bad(connection)] == [code], base


# ------------------------------------------------------------------ the clock


@pytest.mark.parametrize(
    ("ahead", "code", "verdict"),
    [
        (None, "clock.unknown", Verdict.UNPROVEN),
        (2.0, "clock.right", Verdict.GOOD),
        (-29.0, "clock.right", Verdict.GOOD),
        (45.0, "clock.drifts", Verdict.GOOD),
        (-299.0, "clock.drifts", Verdict.GOOD),
        (301.0, "clock.wrong", Verdict.BAD),
        (-86_400.0, "clock.wrong", Verdict.BAD),
    ],
)
def test_the_clocks_are_compared(ahead: float | None, code: str, verdict: Verdict) -> None:
    finding = account._clock(ahead)
    assert (finding.code, finding.verdict) == (code, verdict)
    if "clock.right" not in code and ahead is not None:
        assert str(abs(round(ahead))) in str(finding.text)
        assert finding.advice


def test_a_server_whose_clock_is_wrong_is_not_good(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + 1000)
    assert bad(tried(stripe)) == ["clock.wrong"]


# ------------------------------------------------------------------ no secret anywhere


def test_no_secret_stands_in_what_a_test_says_or_logs(stripe: Stripe, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    key, wrong = restricted(stripe, []), "sk_test_" + "9" * 40
    connections = [
        tried(stripe),
        tried(stripe, secret_key=key),
        tried(stripe, secret_key=wrong),
        tried(stripe, publishable_key="pk_test_" + "8" * 40),
        tried(stripe, secret_key="sk_live_" + "7" * 40),
    ]
    for language in ("en", "fr"):
        with override(language):
            said = " ".join(
                [repr(each) for each in connections]
                + [str(dataclasses.astuple(finding)) for each in connections for finding in each.findings]
                + [f"{finding.text} {finding.advice}" for each in connections for finding in each.findings]
                + [caplog.text]
            )
        for secret in (stripe.server.secret_key, key, wrong, WEBHOOK_SECRET, "9" * 20, "8" * 20, "7" * 20):
            assert secret not in said
            assert secret[-8:] not in said
        assert "****" not in said  # not even as Stripe masks it


def test_a_key_with_just_what_is_asked_for_reads_what_each_row_was_booked_for(stripe: Stripe) -> None:
    made = stripe.control.post("payments", amount=2500, currency="eur")
    stripe.control.advance(5)
    now = dt.datetime.fromtimestamp(stripe.control.now(), dt.UTC)
    key = {"secret_key": restricted(stripe, needed())}
    its = Account(stripe.account, "test", "installation", key, api_base=stripe.server.base_url)
    (row,) = books(its, since=now - dt.timedelta(days=1), until=now + dt.timedelta(seconds=2)).rows
    assert row.payment == made["id"]


def test_what_two_calls_lack_is_told_once(stripe: Stripe) -> None:
    """What a balance transaction was booked for is a charge: without the right to charges that call is refused, too."""
    stripe.control.post("payments", amount=2500, currency="eur")
    stripe.control.advance(5)
    key = restricted(stripe, [name for name in needed() if name != "rak_charge_write"])
    assert bad(tried(stripe, secret_key=key)) == ["permission.missing.rak_charge_write"]

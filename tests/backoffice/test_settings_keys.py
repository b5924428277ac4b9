"""Keys: tested before they are stored, shown only masked, never sent back; those of another account wait for a yes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client
from tests import builders
from tests.backoffice.setting_up import ENGLISH, NO_KEY, PAGE, WEBHOOK, Setter, attribute, lacks, shown, stored, told
from tests.stripe import Stripe

from comptoir.backoffice.settings_page import masked
from comptoir.conf import conf
from comptoir.kernel import secrets
from comptoir.kernel.models import AuditEntry
from comptoir.modules import queries
from comptoir.modules.models import ModuleAccount, WaitingSettings
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from stripe_simulator.server import Server
from stripe_simulator.settings import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def other_server() -> Iterator[Server]:
    """A second account, at a simulator of its own."""
    with Server(Settings(account_name="Hébergeur Phare")) as server:
        yield server


def call(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on Stripe answers where that account is."""
    settings = conf().model_copy(update={"stripe_api_base": server.base_url})
    monkeypatch.setattr(queries, "conf", lambda: settings)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("sk_test_51abcdefghijkl4242", "sk_test_…4242"),
        ("rk_live_51abcdefghijkl4242", "rk_live_…4242"),
        ("whsec_abcdefghijkl4242", "whsec_…4242"),
        ("whsec_abc_defghijkl4242", "whsec_abc_…4242"),
        ("whsec_aaaaaaaaaaaa1111 whsec_bbbbbbbbbbbb2222", "whsec_…1111 whsec_…2222"),
        ("sk_none", "sk_…"),
        ("abcdefghijkl4242", "…4242"),
        ("secret", "…"),
        ("", ""),
    ],
)
def test_a_secret_is_masked(value: str, seen: str) -> None:
    assert masked(value) == seen


def test_good_keys_are_stored_and_shown_masked(olive: Setter) -> None:
    assert attribute(olive.look(), "connection-result", "data-ok") == []
    page = olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    assert attribute(page, "connection-result", "data-ok") == ["true"]
    assert stored() == olive.keys(webhook_secret=WEBHOOK)
    for again in (page, olive.look()):
        assert shown(again, "stored-secret-key") == [f"Stored: sk_test_…{olive.keys()['secret_key'][-4:]}"]
        assert shown(again, "stored-webhook-secret") == ["Stored: whsec_…Zz09"]
        assert olive.stripe.account in shown(again, "account")[0]
        assert attribute(again, "secret-key", "value") == []
        assert attribute(again, "webhook-secret", "value") == []
        assert {attribute(again, "secret-key", name)[0] for name in ("autocomplete", "spellcheck")} == {"off", "false"}
    entry = AuditEntry.objects.get(verb="account.stored")
    assert entry.after["secret_key"] == entry.after["webhook_secret"] == "changed"
    assert entry.who.startswith("staff:")


def test_an_empty_field_keeps_what_is_stored(olive: Setter) -> None:
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    page = olive.try_out(secret_key="", publishable_key="", webhook_secret="whsec_" + "Yy18" * 8)
    assert attribute(page, "connection-result", "data-ok") == ["true"]
    assert stored() == olive.keys(webhook_secret="whsec_" + "Yy18" * 8)
    row = queries.account(module="stripe", account=olive.stripe.account, mode="test")
    assert [former["webhook_secret"] for former in row.former_values] == [WEBHOOK], "valid for 24 hours more"


def test_wrong_keys_are_not_stored(olive: Setter) -> None:
    olive.try_out(olive.keys())
    before = ModuleAccount.objects.values().get()
    for typed in (
        {**olive.keys(), "secret_key": NO_KEY},
        {**olive.keys(), "publishable_key": "pk_test_51" + "q" * 40},
        {**olive.keys(), "secret_key": olive.keys()["publishable_key"]},
        {**olive.keys(), "secret_key": olive.keys(mode="live")["secret_key"]},
        {**olive.keys(), "webhook_secret": "we_" + "1" * 24},
    ):
        page = olive.try_out(typed)
        assert attribute(page, "connection-result", "data-ok") == ["false"], typed
        assert "nothing was changed" in shown(page, "connection-result")[0], typed
    assert ModuleAccount.objects.values().get() == before


def test_a_form_that_is_wrong_is_said_at_the_field_and_nobody_is_asked(olive: Setter) -> None:
    page = olive.try_out(secret_key=olive.keys()["publishable_key"], publishable_key=" ", webhook_secret="")
    assert "publishable key" in shown(page, "wrong-secret-key")[0]
    assert shown(page, "wrong-publishable-key")[0]
    assert shown(page, "wrong-webhook-secret") == [""]
    assert "Stripe was not asked" in shown(page, "connection-result")[0]
    assert olive.stripe.calls() == []
    french = olive.try_out(secret_key="x", publishable_key="", webhook_secret="", language="fr")
    assert "Stripe n’a pas été interrogé" in shown(french, "connection-result")[0]


def test_with_htmx_the_result_alone_comes_back(olive: Setter) -> None:
    """What was typed stays in the browser's form: it is not in the answer, and the form is not replaced."""
    answer = olive.try_out({**olive.keys(), "secret_key": NO_KEY}, htmx=True)
    assert "<html" not in answer
    assert 'data-test="secret-key"' not in answer
    assert attribute(answer, "wrong-secret-key", "hx-swap-oob") == ["true"]
    assert shown(answer, "wrong-secret-key")[0]
    good = olive.client.post(f"{PAGE}?mode=test", olive.keys(), headers={**ENGLISH, "hx-request": "true"})
    assert (good.headers["HX-Retarget"], good.headers["HX-Reselect"]) == ("#main", "#main")
    assert attribute(good.content.decode(), "connection-result", "data-ok") == ["true"]


def test_a_missing_permission_is_named(olive: Setter) -> None:
    made = olive.stripe.control.post("keys", mode="test", permissions=["rak_accounts_kyc_basic_read"])
    key = next(value for value in made.values() if isinstance(value, str) and value.startswith("rk_test_"))
    page = olive.try_out({**olive.keys(), "secret_key": key})
    assert attribute(page, "connection-result", "data-ok") == ["false"]
    assert "rak_checkout_session_write" in shown(page, "connection-result")[0]
    assert stored() == {}


def test_the_diagnosis_helps_and_tells_no_secret(olive: Setter) -> None:
    builders.shop()
    page = olive.try_out({**olive.keys(), "secret_key": NO_KEY, "webhook_secret": WEBHOOK})
    diagnosis = shown(page, "diagnosis")[0]
    today = dt.datetime.now(dt.UTC).date()
    for fact in (f"time: {today}T", "module: stripe 1.0", "mode: test", "account: unknown", "bad: "):
        assert fact in diagnosis, fact
    assert NO_KEY not in diagnosis
    french = shown(olive.try_out({**olive.keys(), "secret_key": NO_KEY}, language="fr"), "diagnosis")[0]
    assert french.partition("module:")[2] == diagnosis.partition("module:")[2], "whoever helps reads one language"


def test_where_to_write_is_said(olive: Setter) -> None:
    shop = builders.shop()
    assert "No support address" in olive.try_out(secret_key="x")
    shop.support_email = "aide@lumiere.example"
    shop.save()
    assert "mailto:aide@lumiere.example" in olive.try_out(secret_key="x")


def test_no_secret_stands_on_any_page(olive: Setter) -> None:
    real, live = olive.keys(webhook_secret=WEBHOOK), olive.keys(mode="live")
    olive.try_out({**real, "secret_key": NO_KEY})
    olive.try_out({**real, "secret_key": NO_KEY}, htmx=True)
    olive.try_out(secret_key=WEBHOOK, publishable_key=real["secret_key"], webhook_secret=real["publishable_key"])
    olive.try_out(real, mode="live")
    olive.try_out(real)
    olive.try_out(live, mode="live")
    for mode in ("test", "live"):
        olive.look(mode)
        olive.look(mode, language="fr")
    made = olive.press("endpoint")
    for secret in (real["secret_key"], live["secret_key"], WEBHOOK, NO_KEY, stored()["webhook_secret"]):
        assert [page for page in olive.pages if secret in page] == [], secret[:12]
    assert made


def test_stripe_away_is_a_sentence(olive: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    olive.try_out(olive.keys())
    settings = conf().model_copy(update={"stripe_api_base": "http://127.0.0.1:1"})
    monkeypatch.setattr(queries, "conf", lambda: settings)
    page = olive.try_out(olive.keys())
    assert attribute(page, "connection-result", "data-ok") == ["false"]
    for address, data in (("endpoint", {}), ("check", {}), ("methods", {"do": "read"})):
        assert "Stripe gave no clear answer" in told(olive.press(address, **data)), address


def test_lost_seal_keys_are_said_and_keys_typed_anew_help(olive: Setter) -> None:
    olive.try_out(olive.keys())
    ModuleAccount.objects.update(sealed=b"sealed with keys that are lost")
    assert "cannot be opened" in olive.look()
    assert "cannot be opened" in told(olive.press("check"))
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    assert lacks(olive) == {"sealed"}
    assert attribute(
        olive.try_out(publishable_key=olive.keys()["publishable_key"]), "connection-result", "data-ok"
    ) == ["false"]
    assert attribute(olive.try_out(olive.keys()), "connection-result", "data-ok") == ["true"]
    assert stored()["secret_key"] == olive.keys()["secret_key"]


def test_a_get_asks_nobody(olive: Setter) -> None:
    olive.try_out(olive.keys())
    before = len(olive.stripe.calls())
    for mode in ("test", "live"):
        olive.look(mode)
    olive.client.get(f"{PAGE}missing/?mode=test")
    olive.client.get("/admin/modules/")
    olive.client.get("/admin/")
    assert len(olive.stripe.calls()) == before


# ------------------------------------------------------------------ another account


@pytest.fixture
def waiting(olive: Setter, other_server: Server, monkeypatch: pytest.MonkeyPatch) -> Setter:
    """The first account is in use and has an open payment; good keys of the second have been typed."""
    olive.try_out(olive.keys(webhook_secret=WEBHOOK))
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    invoice = builders.invoice(builders.customer("Alice"))
    start(invoice_id=invoice.pk, gateway="stripe", who="customer")
    call(other_server, monkeypatch)
    page = olive.try_out(olive.keys(other_server))
    assert attribute(page, "connection-result", "data-ok") == ["true"]
    assert "wait for your yes" in shown(page, "connection-result")[0]
    return olive


def test_keys_of_another_account_change_nothing_yet(waiting: Setter, other_server: Server) -> None:
    assert stored()["secret_key"] == waiting.keys()["secret_key"]
    page = waiting.look()
    question = page.partition('data-test="waiting"')[2].partition("</form>")[0]
    for fact in ("Hébergeur Phare", other_server.settings.account_id, waiting.stripe.account, "1 open payment stays"):
        assert fact in question, fact
    assert lacks(waiting) == {"waiting", "endpoint"}
    assert b'data-test="due-set-up" data-count="2"' in waiting.client.get("/admin/").content


def test_nothing_of_one_account_is_kept_for_another(waiting: Setter, other_server: Server) -> None:
    """An empty field keeps what is stored: of the account that the keys open, whose webhook secret is another one."""
    row = WaitingSettings.objects.get()
    assert secrets.unseal(row.sealed) == waiting.keys(other_server, webhook_secret="")
    own = waiting.keys(other_server, webhook_secret="whsec_" + "Xx27" * 8)
    waiting.try_out(own)
    waiting.try_out(waiting.keys(other_server))
    assert secrets.unseal(WaitingSettings.objects.get().sealed) == own
    assert stored()["webhook_secret"] == WEBHOOK


def test_a_yes_is_for_the_account_that_was_asked_about(waiting: Setter) -> None:
    page = waiting.press("waiting", answer="yes", account="acct_asked_about_before")
    assert "No keys wait for an answer" in page
    assert ModuleAccount.objects.get(current=True).account == waiting.stripe.account


def test_a_yes_uses_the_other_account_for_what_comes(waiting: Setter, other_server: Server) -> None:
    page = waiting.press("waiting", answer="yes")
    assert "used from now on" in told(page)
    assert 'data-test="waiting"' not in page
    assert stored()["secret_key"] == other_server.secret_key
    offered = queries.offered_account("stripe")
    assert offered is not None
    assert offered.account == other_server.settings.account_id
    assert Attempt.objects.get().account == waiting.stripe.account
    before = queries.account(module="stripe", account=waiting.stripe.account, mode="test")
    assert before.values["secret_key"] == waiting.keys()["secret_key"], "its payments go on with its own keys"
    assert AuditEntry.objects.filter(verb="account.used").count() == 1
    assert "Nothing was changed" in told(waiting.press("waiting", answer="yes"))


def test_a_no_forgets_the_keys(waiting: Setter, other_server: Server) -> None:
    assert "forgotten" in told(waiting.press("waiting", answer="no"))
    assert stored()["secret_key"] == waiting.keys()["secret_key"]
    assert not ModuleAccount.objects.filter(account=other_server.settings.account_id).exists()
    assert AuditEntry.objects.filter(verb="account.dropped").count() == 1


# ------------------------------------------------------------------ who may


def test_who_may_only_look_changes_nothing(stripe: Stripe, owner: Client) -> None:
    olive = Setter(owner, stripe)
    builders.shop()
    olive.try_out(olive.keys())
    reader = builders.staff("Rita", role="read-only")
    client = Client()
    client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"{PAGE}?mode=test", headers=ENGLISH).content.decode()
    assert "sk_test_…" in page
    for button in ("test-connection", "create-endpoint", "check-endpoint", "save", "use-mode", "secret-key"):
        assert f'data-test="{button}"' not in page, button
    before = list(ModuleAccount.objects.values())
    for address in ("", "waiting/", "use/", "methods/", "endpoint/", "check/", "repair/", "missing/"):
        assert client.post(f"{PAGE}{address}?mode=test", {"use": "live", **olive.keys()}).status_code == 403, address
    assert list(ModuleAccount.objects.values()) == before


def test_there_is_no_page_without_settings(owner: Client) -> None:
    for name in ("manual", "cash", "nothing"):
        assert owner.get(f"/admin/settings/{name}/").status_code == 404
        assert owner.post(f"/admin/settings/{name}/").status_code == 404
    assert owner.get("/admin/settings/stripe/?mode=odd").status_code == 200
    assert owner.put("/admin/settings/stripe/").status_code == 405

"""The modules page and the first page."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.test_doors import permit
from tests.jobs import run_jobs

from comptoir.customers.models import Customer, User
from comptoir.kernel import whereabouts
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.words import verbatim
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry
from comptoir.modules import actions as modules, queries

pytestmark = pytest.mark.django_db


def card(client: Client, name: str) -> str:
    page = client.get("/admin/modules/", headers={"accept-language": "en"}).content.decode()
    return page.split(f'data-test="module-{name}"')[1].split("</article>")[0]


def test_a_module_is_enabled_and_disabled(owner: Client) -> None:
    shown = card(owner, "stripe")
    assert ('data-test="enable"' in shown, 'data-test="disable"' in shown) == (True, False)
    for told in ("Stripe", "Free", "Included", "version 1.0", "Test mode", 'data-state="disabled"'):
        assert told in shown, told
    owner.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    assert queries.is_enabled("stripe")
    assert 'data-state="unconfigured"' in card(owner, "stripe")
    assert b'data-test="unfinished"' in owner.get("/admin/modules/").content
    scenes.gateway()
    assert 'data-state="enabled"' in card(owner, "stripe")
    assert b'data-test="unfinished"' not in owner.get("/admin/modules/").content
    owner.post("/admin/modules/stripe/enabled/", {"enabled": "no"})
    assert not queries.is_enabled("stripe")


def test_enabling_leads_to_the_settings_and_the_card_opens_them_again(owner: Client) -> None:
    assert 'data-test="configure"' not in card(owner, "stripe")
    led = owner.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    assert led.headers["Location"] == "/admin/settings/stripe/"
    assert 'href="/admin/settings/stripe/" data-test="configure"' in card(owner, "stripe")
    assert 'data-test="configure"' not in card(owner, "manual"), "there is nothing to be filled in"
    assert owner.post("/admin/modules/stripe/enabled/", {"enabled": "no"}).headers["Location"] == "/admin/modules/"
    assert owner.post("/admin/modules/manual/enabled/", {"enabled": "yes"}).headers["Location"] == "/admin/modules/"


def told_of_disabling(client: Client, name: str) -> str:
    answer = client.post(
        f"/admin/modules/{name}/enabled/", {"enabled": "no"}, follow=True, headers={"accept-language": "en"}
    )
    return html.unescape(answer.content.decode())


def test_disabling_the_last_way_to_pay_is_said(owner: Client, alice: Customer) -> None:
    nobody_can_pay = "Customers cannot pay any more"
    modules.set_enabled(name="cash", enabled=True, who="test")
    assert nobody_can_pay not in told_of_disabling(owner, "cash"), "Stripe is left"
    assert nobody_can_pay in told_of_disabling(owner, "stripe")
    modules.set_enabled(name="stripe", enabled=True, who="test")
    modules.use_mode(name="stripe", mode="live", who="test")
    modules.set_enabled(name="cash", enabled=True, who="test")
    assert nobody_can_pay in told_of_disabling(owner, "cash"), "Stripe is enabled and not set up for live mode"
    assert nobody_can_pay not in told_of_disabling(owner, "manual"), "it delivers"


def test_disabling_a_way_of_delivering_says_what_it_delivers(owner: Client, alice: Customer) -> None:
    """Whoever pays is served all the same, and that is what it says."""
    assert "delivered by" not in told_of_disabling(owner, "manual").partition("</ul>")[0]
    hidden = builders.product("Hidden", driver="manual")
    hidden.visible = False
    hidden.save()
    product = builders.product("Move", driver="manual")
    assert "1 product in your shop is delivered by" in told_of_disabling(owner, "manual")
    scenes.paid(alice, product)
    run_jobs()
    assert due(owner)["by-hand"] == 1


def test_keys_of_the_other_mode_are_not_enough(owner: Client) -> None:
    """What is offered depends on the mode in use, so what is missing does too."""
    scenes.gateway("live")
    modules.use_mode(name="stripe", mode="test", who="test")
    assert 'data-state="unconfigured"' in card(owner, "stripe")
    assert b'data-lack="keys"' in owner.get("/admin/modules/").content


def test_a_copy_says_so_and_waits_for_a_yes(owner: Client, staff: Client, sam: User, settings: Any) -> None:
    whereabouts.settle_in()
    assert b'data-test="copy"' not in owner.get("/admin/").content
    settings.PUBLIC_URL = "https://copy.example.org"
    permit(sam, "modules.view_installedmodule")
    for path in ("", "modules/"):
        page = owner.get(f"/admin/{path}", headers={"accept-language": "en"}).content.decode()
        assert "http://localhost:8000" in page, path
        assert 'data-test="moved"' in page, path
        assert b'data-test="moved"' not in staff.get(f"/admin/{path}").content, "whoever may not answer is only told"
    assert staff.post("/admin/modules/moved/", {"address": settings.PUBLIC_URL}).status_code == 403
    owner.post("/admin/modules/moved/", {"address": "https://shown-before.example.org"})
    assert whereabouts.elsewhere(), "a yes is to the address that was shown"
    owner.post("/admin/modules/moved/", {"address": settings.PUBLIC_URL})
    assert not whereabouts.elsewhere()
    assert AuditEntry.objects.get(verb="clone.confirmed").who.startswith("staff:")
    assert b'data-test="copy"' not in owner.get("/admin/").content


def test_every_installed_module_has_a_card(owner: Client) -> None:
    for name in ("stripe", "manual", "instant", "cash", "shelf"):
        assert card(owner, name)
    assert owner.post("/admin/modules/nothing/enabled/", {"enabled": "yes"}).status_code == 404
    assert owner.get("/admin/billing/cash/").status_code == 200  # a stranger's gateway has its list like any other


def test_stored_keys_appear_nowhere(owner: Client) -> None:
    builders.stripe_account(account="acct_1", secret_key="sk_test_hidden", publishable_key="pk_test_hidden")
    for path in ("modules/", "billing/stripe/", ""):
        assert b"_hidden" not in owner.get(f"/admin/{path}").content
    for path in ("modules/moduleaccount/", "modules/installedmodule/", "services/instantrecord/", "orders/basket/"):
        assert owner.get(f"/admin/{path}").status_code == 404


def due(client: Client) -> dict[str, int]:
    page = client.get("/admin/").content.decode()
    parts = page.split('data-test="due-')[1:]
    return {part.partition('"')[0]: int(part.split('data-count="')[1].partition('"')[0]) for part in parts}


def test_the_first_page_says_what_needs_a_person(owner: Client, alice: Customer) -> None:
    assert set(due(owner).values()) == {0}
    scenes.paid(alice, builders.product("Move", driver="manual"))
    run_jobs()
    scenes.paid(alice, amount_minor=9000)
    alert("a key", verbatim("Something."))
    found = due(owner)
    assert found["by-hand"] == 1
    assert found["failed"] == 0
    assert found["alerts"] == Alert.objects.count() == 3  # by hand, held, and ours
    assert found["events"] == 2
    assert found["mails"] == 0
    page = owner.get("/admin/").content.decode()
    assert 'href="/admin/review/" data-test="due-held" data-count="1"' in page


def test_an_alert_is_closed(owner: Client) -> None:
    alert("a key", verbatim("Something."))
    row = Alert.objects.get()
    assert b'data-test="close"' in owner.get(f"/admin/kernel/alert/{row.pk}/").content
    owner.post(f"/admin/alerts/{row.pk}/close/")
    closed = Alert.objects.get().closed_at
    assert closed is not None
    owner.post(f"/admin/alerts/{row.pk}/close/")
    assert Alert.objects.get().closed_at == closed
    assert b'data-test="close"' not in owner.get(f"/admin/kernel/alert/{row.pk}/").content
    assert owner.post("/admin/alerts/999/close/").status_code == 404


def test_test_money_is_no_turnover(owner: Client, alice: Customer) -> None:
    scenes.paid(alice)
    assert b'data-test="turnover"' not in owner.get("/admin/").content
    scenes.gateway("live")
    scenes.paid(alice)
    page = owner.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert page.count("€99.90") == 2  # this month, and in all


def test_what_went_back_is_taken_off_the_turnover_and_the_rest_stays(owner: Client, alice: Customer) -> None:
    scenes.gateway("live")
    payment = scenes.paid(alice)
    entry = Entry.objects.get(payment=payment.reference)
    back = ledger.record(
        source=entry.source,
        account=entry.account,
        mode=entry.mode,
        kind=Entry.Kind.REFUND,
        reference="re_one",
        payment=entry.payment,
        amount=Money(-100, "EUR"),
        occurred_at=entry.occurred_at,
    )
    assert payment.invoice is not None
    ledger.allocate(entry=back, invoice=payment.invoice)
    page = owner.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert page.count("€98.90") == 2


def off(client: Client, language: str = "en") -> dict[str, tuple[str, str, bool]]:
    """The warnings of the first page: of each gateway its text, its link, and whether there is no other way to pay."""
    page = client.get("/admin/", headers={"accept-language": language}).content.decode()
    found = re.findall(
        r'class="notice (bad|wait)"[^>]*data-test="gateway-off" data-gateway="(\w+)".*?<span>([^<]*)<a href="([^"]*)">',
        page,
    )
    return {gateway: (text.strip(), url, tone == "bad") for tone, gateway, text, url in found}


def test_the_first_page_warns_while_customers_cannot_pay(owner: Client, sam: User, staff: Client) -> None:
    """Disabled, enabled and not set up, in order; red only while there is no other way to pay."""
    disabled = "Customers cannot pay by Stripe: it is disabled."
    assert off(owner)["stripe"] == (disabled, "/admin/modules/", True)
    assert off(owner, "fr")["stripe"][0] == "Les clients ne peuvent pas payer par Stripe\xa0: ce module est désactivé."
    modules.set_enabled(name="stripe", enabled=True, who="test")
    text, url, _bad = off(owner)["stripe"]
    assert text.startswith("Stripe is enabled and not set up yet")
    assert url.startswith("/admin/settings/stripe/")
    modules.set_enabled(name="cash", enabled=True, who="test")
    assert set(off(owner)) == {"stripe"}
    assert off(owner)["stripe"][2] is False
    scenes.gateway()
    assert off(owner) == {}
    modules.set_enabled(name="stripe", enabled=False, who="test")
    assert set(off(owner)) == {"stripe"}
    assert off(staff) == {}  # Sam may not see the modules

"""Mode and payment method types: what is chosen, what is refused, and what customers are offered then."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.test import Client
from tests import builders
from tests.backoffice.setting_up import PAGE, Setter, attribute, lacks, shown, told

from comptoir.backoffice.templatetags import provider_pages
from comptoir.conf import conf
from comptoir.demo.stripe import stands
from comptoir.kernel.models import AuditEntry
from comptoir.modules import queries
from comptoir.modules.models import ModuleAccount
from comptoir.payments.actions.start import start
from comptoir.run.demo import STANDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(olive: Setter) -> Setter:
    """The test keys are stored, and the module is enabled."""
    olive.try_out(olive.keys())
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    return olive


def test_live_needs_live_keys(ready: Setter) -> None:
    page = ready.press("use", use="live")
    assert "No live keys of Stripe are stored" in told(page)
    assert queries.mode_of("stripe") == "test"
    assert attribute(page, "mode-in-use", "data-mode") == ["test"]


def test_the_mode_is_switched_and_said_before(ready: Setter) -> None:
    builders.customer("Alice")
    builders.customer("Bob", tester=False)
    assert "today 1 tester" in ready.look()
    ready.try_out(ready.keys(mode="live"), mode="live")
    page = ready.look()
    assert "No live keys" not in page
    assert "is not https" in shown(page, "not-https")[0], "the address of these tests"
    page = ready.press("use", use="live")
    assert "real money moves" in told(page)
    assert attribute(page, "mode-in-use", "data-mode") == ["live"]
    assert "Set up https now" in shown(page, "not-https")[0], "it stays as long as it is true"
    assert "https" in lacks(ready)
    offered = queries.offered_account("stripe")
    assert offered is not None
    assert offered.mode == "live"
    entry = AuditEntry.objects.get(verb="mode.used")
    assert (entry.before, entry.after) == ({"mode": "test"}, {"mode": "live"})
    shop = builders.shop()
    shop.new_customers_are_testers = False
    shop.save()
    assert "only testers and staff" in told(ready.press("use", use="test"))
    assert queries.mode_of("stripe") == "test"


@pytest.mark.parametrize(
    "address", ["http://shop.example.org", "http://192.0.2.7:8000", "http://localhost.example.org"]
)
def test_live_is_refused_where_others_come_over_http(ready: Setter, settings: Any, address: str) -> None:
    ready.try_out(ready.keys(mode="live"), mode="live")
    settings.PUBLIC_URL = address
    said = shown(ready.look(), "not-https")[0]
    assert "live mode cannot be chosen" in said
    assert address in said
    assert said in told(ready.press("use", use="live"))
    assert queries.mode_of("stripe") == "test"
    assert not AuditEntry.objects.filter(verb="mode.used").exists()
    settings.PUBLIC_URL = "https://shop.example.org"
    assert shown(ready.look(), "not-https") == []
    ready.press("use", use="live")
    assert queries.mode_of("stripe") == "live"
    assert "https" not in lacks(ready)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://[::1]:8000"])
def test_live_can_be_tried_on_this_machine(ready: Setter, settings: Any, address: str) -> None:
    ready.try_out(ready.keys(mode="live"), mode="live")
    settings.PUBLIC_URL = address
    assert "On this machine alone" in shown(ready.look(), "not-https")[0]
    ready.press("use", use="live")
    assert queries.mode_of("stripe") == "live"


def test_strangers_who_become_testers_are_said(ready: Setter) -> None:
    """The shop shows its ribbon to whoever is not signed in exactly where this says so (tests/shop/test_pages.py)."""
    page = ready.look()
    assert "Every new customer becomes a tester" in shown(page, "strangers")[0]
    assert 'href="/admin/catalogue/shop/"' in page.partition('data-test="strangers"')[2].partition("</li>")[0]
    assert "every visitor who is not signed in" in page
    assert "every new customer" in told(ready.press("use", use="test"))
    shop = builders.shop()
    shop.new_customers_are_testers = False
    shop.save()
    page = ready.look()
    assert shown(page, "strangers") == []
    assert "everybody else notices nothing" in page


def test_links_of_the_demo_stay_in_the_demo(ready: Setter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page of the local Stripe to which one leads is there."""
    assert "https://dashboard.stripe.com/" in ready.look()
    monkeypatch.setattr(provider_pages, "conf", lambda: conf().model_copy(update={"demo": True}))
    base = ready.stripe.server.base_url
    for mode in ("test", "live"):
        ready.try_out(ready.keys(mode=mode), mode=mode)
        page = ready.look(mode)
        assert "dashboard.stripe.com" not in page
        links = {part.partition('"')[0] for part in page.split(f'href="{base}')[1:]}
        root = "/test" if mode == "test" else ""
        assert {f"{root}/apikeys", f"{root}/webhooks", f"{root}/settings/payment_methods"} <= links
        for link in links:
            assert requests.get(base + link, timeout=10).status_code == 200, link


def test_the_demo_tells_how_the_module_stands(olive: Setter) -> None:
    def said() -> str:
        return STANDS[stands()]

    assert "waits to be set up" in said()
    olive.try_out(olive.keys())
    assert "set up and disabled" in said()
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    assert "set up, in test mode" in said()
    olive.try_out(olive.keys(mode="live"), mode="live")
    olive.press("use", use="live")
    assert "set up, in live mode" in said()


def test_the_ribbon_is_on_the_test_tab(ready: Setter) -> None:
    assert 'class="ribbon"' in ready.look("test")
    assert 'class="ribbon"' not in ready.look("live")


def test_without_a_mode_the_one_in_use_is_shown(ready: Setter) -> None:
    assert 'class="ribbon"' in ready.client.get(PAGE).content.decode()
    ready.try_out(ready.keys(mode="live"), mode="live")
    ready.press("use", use="live")
    assert 'class="ribbon"' not in ready.client.get(PAGE).content.decode()


def test_types_are_shown_with_what_they_are(ready: Setter) -> None:
    page = ready.look()
    for active in ("card", "sepa_debit", "bancontact"):
        assert attribute(page, f"method-{active}", "name") == [f"method-{active}"]
    card = page.partition('data-test="method-card"')[2].partition("</li>")[0]
    for part in ("Apple Pay", "Google Pay"):
        assert part in card
    assert "not active" not in card
    idle = page.partition('data-test="method-paypal"')[2].partition("</li>")[0]
    assert "not active at Stripe" in idle
    assert "https://dashboard.stripe.com/" in idle
    folded = page.partition('data-test="idle-methods"')[2].partition("</details>")[0]
    assert 'data-test="method-paypal"' in folded
    assert 'data-test="method-card"' not in folded
    assert f"{folded.count('<li')} more that are not active at Stripe" in folded
    page = ready.press("methods", do="save", **{"method-paypal": "on"})
    assert 'data-test="method-paypal"' not in page.partition('data-test="idle-methods"')[2].partition("</details>")[0]
    for wallet in ("apple_pay", "google_pay"):
        assert f'data-test="method-{wallet}"' not in page


def test_ticked_types_are_stored_and_sent(ready: Setter) -> None:
    page = ready.press("methods", do="save", **{"method-card": "on", "method-sepa_debit": "on", "method-nothing": "on"})
    assert "2 payment methods are allowed" in told(page)
    assert ModuleAccount.objects.get().allowed_methods == ["card", "sepa_debit"]
    for each, ticked in (("card", True), ("sepa_debit", True), ("bancontact", False)):
        tag = page.partition(f'data-test="method-{each}"')[2].partition(">")[0]
        assert ("checked" in tag) == ticked, each
    invoice = builders.invoice(builders.customer("Alice"))
    page = requests.get(start(invoice_id=invoice.pk, gateway="stripe", who="customer").url, timeout=10).text
    assert 'data-test="method-sepa_debit"' in page
    assert 'data-test="method-bancontact"' not in page


def test_none_ticked_leaves_it_to_stripe(ready: Setter) -> None:
    ready.press("methods", do="save", **{"method-card": "on"})
    assert "Stripe decides" in told(ready.press("methods", do="save"))
    assert ModuleAccount.objects.get().allowed_methods == []


def test_nothing_that_takes_the_currency_is_said(ready: Setter) -> None:
    shop = builders.shop()
    shop.currency = "USD"
    shop.save()
    page = ready.press("methods", do="save", **{"method-bancontact": "on"})
    assert "No allowed and active method takes USD" in shown(page, "nothing-fits")[0]
    assert "methods" in lacks(ready)
    assert "nothing-fits" not in ready.press("methods", do="save", **{"method-card": "on"})


def test_types_are_read_again(ready: Setter) -> None:
    ModuleAccount.objects.update(active_methods=None)
    assert 'data-test="method-card"' not in ready.look()
    assert "Nothing was stored" in told(ready.press("methods", do="save"))
    assert "Read again" in told(ready.press("methods", do="read"))
    assert attribute(ready.look(), "method-card", "name") == ["method-card"]


def test_no_form_is_taken_without_its_token(ready: Setter) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = ready.client.cookies
    before = list(ModuleAccount.objects.values())
    for address in ("", "waiting/", "use/", "methods/", "endpoint/", "check/", "repair/", "missing/"):
        assert strict.post(f"{PAGE}{address}?mode=test", {"use": "live"}).status_code == 403, address
        if address not in {"", "missing/"}:
            assert strict.get(f"{PAGE}{address}").status_code == 405, address
    assert list(ModuleAccount.objects.values()) == before

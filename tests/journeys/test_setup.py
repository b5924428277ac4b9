"""The module's documentation page, line by line: from wrong keys to the first paid order, and everything that can be set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from tests.journeys import settings, steps
from tests.journeys.told import Told
from tests.journeys.visit import Visit
from tests.journeys.ways import ALL, EN_DESKTOP, EN_PHONE, FR_DARK, FR_DESKTOP, FR_PHONE, JOURNEY, Way, made

from comptoir.modules import registry

pytestmark = JOURNEY
OLD = "2019-09-09"
NOBODYS = "sk_test_51" + "q" * 40  # of the right form, and of no account


@pytest.fixture
def staff(come_to_blank: Callable[[Way], Visit], way: Way, blank: Told) -> Iterator[Visit]:
    """A member of staff at a counter whose Stripe module is as new."""
    settings.fresh(blank)
    yield come_to_blank(way)
    blank.control.deliveries("none")


def refused_keys(staff: Visit) -> None:
    """What people type wrong: a sentence at its field each time, what was typed stays there, and nothing is stored."""
    control, keys, live = staff.told.control, staff.told.control.keys(), staff.told.control.keys("live")
    wrong = {
        "swapped": (keys["publishable"], keys["secret"], "secret-key", "publishable-key"),
        "of the other mode": (live["secret"], live["publishable"], "secret-key", "publishable-key"),
        "a space from copying": (keys["secret"][:20] + " " + keys["secret"][20:], keys["publishable"], "secret-key"),
        "cut off": (keys["secret"][:18], keys["publishable"], "secret-key"),
        "nobody's": (NOBODYS, keys["publishable"], "secret-key"),
    }
    for secret, publishable, *fields in wrong.values():
        settings.type_keys(staff, secret, publishable)
        settings.refused(staff, *fields)
        assert staff.get("secret-key").input_value() == secret  # to be mended, not to be typed anew
    staff.see("setup-refused")
    staff.keep("stripe-refused", "#keys")
    settings.type_keys(staff, keys["secret"], keys["publishable"], "we_1234567890abcdefghij")
    settings.refused(staff, "webhook-secret")
    lacking = [each.name for each in registry.installed()["stripe"].manifest.permissions if "charge" not in each.name]
    settings.type_keys(staff, control.restricted(*lacking), keys["publishable"])
    settings.refused(staff, "secret-key")
    expect(staff.page.locator('[data-test="finding"][data-verdict="bad"]')).to_have_count(1)
    expect(staff.get("wrong-secret-key")).to_contain_text("rak_charge_write")
    staff.see("setup-lacking")
    settings.nothing_stored(staff)


@made(FR_DESKTOP, EN_DESKTOP)
def test_from_wrong_keys_to_the_first_paid_order_by_the_button(staff: Visit) -> None:
    control, keys = staff.told.control, staff.told.control.keys()
    steps.staff_signs_in(staff)
    staff.open("/admin/modules/")
    staff.see("setup-modules")
    staff.keep("stripe-modules", "main")
    settings.enable(staff)
    staff.see("setup-settings")
    staff.keep("stripe-keys", "#keys")
    refused_keys(staff)
    settings.type_keys(staff, keys["secret"], keys["publishable"])
    settings.good(staff)
    expect(staff.get("secret-state")).to_be_visible()
    staff.see("setup-good")
    settings.make_endpoint(staff)
    expect(staff.page.locator("#endpoint-address")).to_have_text(f"{staff.told.shop}/stripe/api")
    assert [each["url"] for each in control.endpoints()] == [f"{staff.told.shop}/stripe/api"]
    staff.see("setup-endpoint")

    settings.staff_orders(staff)
    steps.pay_by_card(staff, steps.GOOD)
    steps.delivered(staff)
    staff.see("setup-delivered")
    staff.open("/admin/billing/stripe/")
    expect(staff.get("payment-state").first).to_have_attribute("data-state", "succeeded")
    staff.see("setup-paid")
    staff.open(f"{settings.SETTINGS}?mode=test")
    expect(staff.get("secret-state").locator(".state.good")).to_be_visible()
    expect(staff.get("last-event")).not_to_be_empty()
    staff.see("setup-proven")
    staff.keep("stripe-webhook", "#webhook")
    staff.keep("stripe-mode", "#mode")
    staff.open("/admin/billing/stripe/")
    staff.keep("stripe-paid", "main")


@pytest.mark.parametrize(("way", "payload"), [(EN_PHONE, "snapshot"), (FR_PHONE, "thin")], ids=str)
def test_the_webhook_is_made_by_hand(staff: Visit, payload: str) -> None:
    """In Stripe's dashboard, as hosts do it today: any version, snapshot or thin, all events; its secret is pasted."""
    told, keys = staff.told, staff.told.control.keys()
    steps.staff_signs_in(staff)
    settings.enable(staff)
    settings.type_keys(staff, keys["secret"], keys["publishable"])
    settings.good(staff)
    address = staff.get("endpoint-address").inner_text()

    staff.page.goto(f"{told.stripe}/test/webhooks/create")
    staff.get("endpoint-url").fill(address)
    staff.get("endpoint-description").fill("Hébergeur Lumière")
    staff.get(f"endpoint-{payload}").check()
    if payload == "snapshot":
        staff.get("endpoint-version").select_option(OLD)
    staff.get("endpoint-all").check()
    staff.see(f"setup-dashboard-{payload}", language=False)
    staff.get("endpoint-add").click()
    secret = staff.get("endpoint-secret").input_value()
    assert secret.startswith("whsec_")

    staff.open(f"{settings.SETTINGS}?mode=test")
    settings.type_keys(staff, "", keys["publishable"], secret)  # an empty field keeps what is stored
    settings.good(staff)
    expect(staff.get("stored-webhook-secret")).to_contain_text(secret[-4:])
    expect(staff.get("endpoint")).to_have_count(1)
    if payload == "snapshot":
        expect(staff.get("endpoint")).to_contain_text(OLD)
    expect(staff.get("repair-endpoint")).to_have_count(0)  # all events are all that is needed
    staff.see(f"setup-by-hand-{payload}")

    settings.staff_orders(staff)
    steps.pay_by_card(staff, steps.GOOD)
    steps.delivered(staff)
    staff.open(f"{settings.SETTINGS}?mode=test")
    expect(staff.get("secret-state").locator(".state.good")).to_be_visible()
    staff.see(f"setup-by-hand-proven-{payload}")


@made(FR_PHONE, EN_DESKTOP)
def test_modes_are_chosen_after_what_each_means_was_read(staff: Visit) -> None:
    settings.set_up(staff)
    in_use = staff.get("mode-in-use")
    expect(in_use).to_have_attribute("data-mode", "test")
    expect(staff.page.locator(".ribbon")).to_be_visible()
    staff.get("use-mode").click()
    expect(in_use).to_have_attribute("data-mode", "test")  # without live keys
    expect(staff.page.locator('[data-test="told"].bad')).to_be_visible()
    staff.see("setup-mode-refused")
    staff.get("tab-live").click()
    live = staff.told.control.keys("live")
    settings.type_keys(staff, live["secret"], live["publishable"])
    settings.good(staff)
    staff.see("setup-live")
    staff.get("use-mode").click()
    expect(in_use).to_have_attribute("data-mode", "live")
    expect(staff.page.locator(".ribbon")).to_have_count(0)
    staff.see("setup-mode-live")
    staff.get("use-mode").click()
    expect(in_use).to_have_attribute("data-mode", "test")
    staff.see("setup-mode-test")


@made(EN_PHONE, FR_DESKTOP)
def test_payment_methods_are_ticked(staff: Visit) -> None:
    settings.set_up(staff)
    for name in ("card", "sepa_debit", "bancontact"):
        expect(staff.get(f"method-{name}")).to_be_visible()
    for name in ("apple_pay", "google_pay"):
        expect(staff.get(f"method-{name}")).to_have_count(0)  # parts of card
    staff.get("method-sepa_debit").check()
    staff.get("save").click()
    expect(staff.get("method-sepa_debit")).to_be_checked()
    expect(staff.get("method-card")).not_to_be_checked()
    staff.see("setup-methods")
    settings.staff_orders(staff)
    expect(staff.get("method-sepa_debit")).to_be_visible()
    expect(staff.get("method-card")).to_have_count(0)
    staff.open(f"{settings.SETTINGS}?mode=test")
    staff.get("method-sepa_debit").uncheck()
    staff.get("save").click()
    expect(staff.get("method-sepa_debit")).not_to_be_checked()
    staff.get("read-methods").click()
    expect(staff.page.locator('[data-test="told"].good')).to_be_visible()
    staff.get("idle-methods").locator("summary").click()
    inactive = staff.page.locator(".type.idle input").first
    inactive.check()
    staff.get("save").click()
    expect(staff.get("nothing-fits")).to_be_visible()
    staff.see("setup-methods-none")
    staff.open("/admin/modules/")
    expect(staff.get("unfinished")).to_be_visible()
    steps.order(staff)
    staff.get("to-checkout").click()
    expect(staff.get("gateway-stripe")).to_have_count(0)


@made(FR_DESKTOP, EN_PHONE)
def test_missed_events_are_fetched_and_an_endpoint_is_repaired(staff: Visit) -> None:
    settings.set_up(staff)
    settings.read_lately(staff)
    staff.told.control.deliveries("drop")
    settings.staff_orders(staff)
    steps.pay_by_card(staff, steps.GOOD)
    steps.delivered(staff)  # whoever comes back is served all the same
    endpoint = staff.told.control.endpoints()[0]["id"]
    staff.page.goto(f"{staff.told.stripe}/test/webhooks/{endpoint}")
    staff.get("endpoint-disable").click()
    staff.told.control.deliveries("none")
    staff.open(f"{settings.SETTINGS}?mode=test")
    staff.get("check-endpoint").click()
    missing = staff.get("missing-events")
    expect(missing).not_to_have_attribute("data-count", "0")
    staff.see("setup-missing")
    staff.get("repair-endpoint").click()
    expect(staff.get("repair-endpoint")).to_have_count(0)
    staff.get("fetch-missing").click()
    expect(missing).to_have_attribute("data-under-way", "false")
    staff.get("check-endpoint").click()
    expect(missing).to_have_attribute("data-count", "0")
    expect(staff.get("last-event")).not_to_be_empty()
    staff.see("setup-fetched")


@made(FR_PHONE, EN_DESKTOP)
def test_keys_of_another_account_wait_for_a_yes(staff: Visit) -> None:
    settings.set_up(staff)
    # The local Stripe has one account; so the one in use until now becomes another one.
    settings.store(staff.told, "UPDATE modules_moduleaccount SET account = 'acct_1Former', title = 'Maison Aurore'")
    keys = staff.told.control.keys()
    for answer, account in (("drop-waiting", "acct_1Former"), ("use-waiting", "acct_")):
        staff.open(f"{settings.SETTINGS}?mode=test")
        settings.type_keys(staff, keys["secret"], keys["publishable"])
        expect(staff.get("waiting")).to_be_visible()
        expect(staff.get("account")).to_contain_text("acct_1Former")
        if answer == "drop-waiting":
            staff.see("setup-waiting")
        staff.get(answer).click()
        expect(staff.get("waiting")).to_have_count(0)
        expect(staff.get("account")).to_contain_text(account)
    expect(staff.get("account")).not_to_contain_text("acct_1Former")
    staff.see("setup-switched")


@made(EN_PHONE, FR_DESKTOP)
def test_a_copy_at_another_address_waits_for_a_yes(staff: Visit) -> None:
    settings.set_up(staff)
    settings.store(staff.told, "UPDATE kernel_installation SET address = 'https://shop.example'")
    staff.open("/admin/")
    expect(staff.get("copy")).to_contain_text("https://shop.example")
    staff.see("setup-copy")
    steps.order(staff)
    staff.get("to-checkout").click()
    expect(staff.get("gateway-stripe")).to_have_count(0)
    staff.open("/admin/modules/")
    staff.get("moved").click()
    expect(staff.get("copy")).to_have_count(0)
    settings.staff_orders(staff)


@made(EN_PHONE, FR_DARK)
def test_what_was_begun_before_disabling_goes_on(staff: Visit) -> None:
    settings.set_up(staff)
    settings.staff_orders(staff)
    page = staff.page.url
    staff.open("/admin/modules/")
    settings.card(staff).locator('[data-test="disable"]').click()
    expect(settings.card(staff).locator('[data-test="module-state"]')).to_have_attribute("data-state", "disabled")
    staff.see("setup-disabled")
    staff.page.goto(page)
    steps.pay_by_card(staff, steps.GOOD)
    steps.delivered(staff)
    staff.open(f"{settings.SETTINGS}?mode=test")
    expect(staff.get("stored-secret-key")).to_be_visible()
    staff.see("setup-settings-disabled")


@made(*ALL, FR_DARK)
def test_the_help_page_is_read(staff: Visit) -> None:
    steps.staff_signs_in(staff)
    staff.open(settings.SETTINGS)
    staff.get("help").click()
    expect(staff.get("manual")).to_be_visible()
    staff.page.evaluate("() => document.querySelectorAll('img').forEach(each => each.loading = 'eager')")
    broken = """async () => {
      const all = [...document.querySelectorAll(".manual img")];
      await Promise.all(all.map(each => each.decode().catch(() => 0)));
      return [all.length, all.filter(each => !each.naturalWidth).map(each => each.src)];
    }"""
    count, missing = staff.page.evaluate(broken)
    assert (count > 0, missing) == (True, [])
    staff.see("help")
    first = staff.page.locator(".contents a").first
    first.click()
    anchor = urlsplit(staff.page.url).fragment
    expect(staff.page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    other = {"fr": "en", "en": "fr"}[staff.way.language]
    staff.get(f"help-{other}").click()
    expect(staff.page.locator("html")).to_have_attribute("lang", other)
    staff.page.go_back()
    staff.get("to-settings").click()
    expect(staff.page).to_have_url(re.compile(re.escape(settings.SETTINGS)))

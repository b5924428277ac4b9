"""What staff do on the modules page and in the settings of the Stripe module."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from playwright.sync_api import expect
from tests.journeys import steps

if TYPE_CHECKING:
    from playwright.sync_api import Locator
    from tests.journeys.told import Told
    from tests.journeys.visit import Visit

SETTINGS = "/admin/settings/stripe/"
RULES = """
INSERT INTO payments_rules (id, late_success, on_dispute, on_lost, currency, hold_risk)
VALUES (1, 'credit', 'keep', 'suspend', 'EUR', 'highest') ON CONFLICT DO NOTHING
"""
FRESH = """
DELETE FROM modules_formersettings;
DELETE FROM modules_waitingsettings;
DELETE FROM modules_waitingsettings;
DELETE FROM modules_formersettings;
DELETE FROM modules_moduleaccount;
DELETE FROM inbox_catchup;
UPDATE modules_installedmodule SET enabled = false, mode = 'test' WHERE name = 'stripe'
"""


def store(told: Told, statement: str) -> None:
    """Change the counter's database behind its back: for what happens elsewhere, or long before."""
    with psycopg.connect(told.database) as connection:
        connection.execute(statement)


def rule(told: Told, column: str, value: str) -> None:
    """One of the rules for payments, as the owner sets it; `value` is SQL."""
    store(told, RULES)
    store(told, f"UPDATE payments_rules SET {column} = {value}")


def fresh(told: Told) -> None:
    """The module as a new counter has it: off, without keys; no endpoint at Stripe."""
    told.control.deliveries("none")
    told.control.forget_endpoints()
    store(told, FRESH)


def card(visit: Visit) -> Locator:
    """The module's card."""
    return visit.get("module-stripe")


def enable(visit: Visit) -> None:
    """From the modules page straight to the settings."""
    visit.open("/admin/modules/")
    card(visit).locator('[data-test="enable"]').click()
    expect(visit.page).to_have_url(f"{visit.told.shop}{SETTINGS}")
    expect(visit.get("secret-key")).to_be_visible()


def type_keys(visit: Visit, secret: str, publishable: str, webhook: str = "") -> None:
    """Fill the fields and press the button; wait for what it says."""
    visit.get("secret-key").fill(secret)
    visit.get("publishable-key").fill(publishable)
    visit.get("webhook-secret").fill(webhook)
    with visit.page.expect_response(lambda answer: answer.request.method == "POST" and SETTINGS in answer.url):
        visit.get("test-connection").click()
    expect(visit.page.locator("#connection.htmx-request")).to_have_count(0)


def refused(visit: Visit, *fields: str) -> None:
    """The test is over: sentences stand at these fields and at no others, and nothing is stored."""
    expect(visit.get("connection-result")).to_have_attribute("data-ok", "false")
    for name in ("secret-key", "publishable-key", "webhook-secret"):
        expect(visit.get(f"wrong-{name}")).to_have_text(re.compile(r"\w") if name in fields else re.compile(r"^\s*$"))


def nothing_stored(visit: Visit) -> None:
    """A fresh page shows no account and no stored key."""
    visit.open(f"{SETTINGS}?mode=test")
    expect(visit.get("endpoint-address")).to_be_visible()
    for name in ("account", "stored-secret-key", "create-endpoint", "connection-result"):
        expect(visit.get(name)).to_have_count(0)


def good(visit: Visit) -> None:
    """The test is over, and what was typed is stored."""
    expect(visit.get("connection-result")).to_have_attribute("data-ok", "true")
    expect(visit.get("stored-secret-key")).to_be_visible()
    expect(visit.get("secret-key")).to_have_value("")  # no secret comes back


def make_endpoint(visit: Visit) -> None:
    """The button."""
    visit.get("create-endpoint").click()
    expect(visit.get("told").first).to_be_visible()
    expect(visit.get("endpoint")).to_have_count(1)


def set_up(visit: Visit) -> None:
    """From a fresh counter to one whose testers can pay, in the shortest way."""
    steps.staff_signs_in(visit)
    enable(visit)
    keys = visit.told.control.keys()
    type_keys(visit, keys["secret"], keys["publishable"])
    good(visit)
    make_endpoint(visit)


def read_lately(visit: Visit) -> None:
    """The counter reads Stripe's events by itself every hour; it has just done so, and leaves what is missed now to people."""
    visit.get("check-endpoint").click()
    expect(visit.page.locator('#webhook [data-test="told"]')).to_be_visible()
    store(visit.told, "UPDATE inbox_catchup SET due_at = now() + interval '59 minutes'")


def staff_orders(visit: Visit) -> None:
    """A member of staff orders, to try it out: up to Stripe's page."""
    steps.order(visit)
    visit.get("to-checkout").click()
    expect(visit.get("first-name")).to_be_visible()
    steps.fill_address(visit)
    steps.submit(visit)

"""The table of addresses: who gets what, by GET and by POST. A new address needs a row here, and so a thought.

How a row is written, and who the roles are, is told in `rows.py`. A test fails for an address without a row, for a row without an
address, for an answer that is not the one written here, and for a trace that a refused or a mere look leaves.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.security.account_addresses import ACCOUNTS, FACTORS
from tests.security.rows import (
    EVERYBODY,
    MONEY,
    OWNER,
    PAYERS,
    READERS,
    SIGNED_IN,
    SYSTEM,
    TEAM,
    Row,
    by,
    deed,
    page,
    signed,
    staff,
)

ADDRESS = {
    "first_name": "Zoé",
    "last_name": "Martin",
    "company": "",
    "address": "1, quai Neuf",
    "postcode": "69001",
    "city": "Lyon",
    "country": "FR",
}
BASKET = frozenset({"orders_basket", "orders_basketline"})
WISH = frozenset({"inbox_wish"})

SHOP = [
    Row("home", "200", "405"),
    Row("group", "200", "405", ("slug",)),
    Row("direct", ">checkout", "405", ("product",), looks=BASKET),
    Row("basket", "200", "405"),
    Row("basket_add", "200", ">basket", ("product",), acts=EVERYBODY),
    Row("basket_line", "405", by("404", alice=">basket"), ("line",), data={"quantity": "3"}, acts="alice"),
    Row(
        "checkout",
        by(">basket", alice="200"),
        by(">basket", alice=">pay"),
        data={**ADDRESS, "basket": "{basket}", "gateway": "stripe", "terms": "1", "total": "9990"},
        acts="alice",
    ),
    # An unguessable address is its own key, and whoever has it may pay: paying somebody else's invoice harms nobody.
    Row("pay", "200", "405", ("token",), "?back=done", looks=WISH),
    Row("pay_state", "200", "405", ("token",)),
    Row("pay_start", "405", ">pay", ("unpaid_token",), acts=EVERYBODY, exempt=True),
    Row("client", signed("200"), signed("405")),
    Row("client_services", signed("200"), signed("405")),
    Row("client_invoices", signed("200"), signed("405")),
    Row("client_invoice", signed("404", alice="200"), signed("405"), ("invoice",)),
    Row("client_cancel", signed("405"), signed("404", alice=">client_invoice", guest="in"), ("unpaid",), acts="alice"),
    Row("client_credit", signed("200"), signed("405")),
    # Alice's alone: Bob, who types its address, is told that it is not there. A rest is left, which the payment page is asked for.
    Row(
        "client_credit_use",
        signed("405"),
        signed("404", alice=">pay"),
        ("credited",),
        data={"amount": "100", "used": "200"},
        acts="alice",
    ),
    Row("client_profile", signed("200"), signed(">client_profile"), data={**ADDRESS, "locale": "en"}, acts=SIGNED_IN),
    Row("client_security", signed("200"), signed("405")),
    Row("demo_mail", "404", "405"),  # a page of the demo's alone
    Row("set_language", ">home", ">home", data={"language": "en"}, exempt=True),
    Row("healthz", "200", "405"),
    Row("readyz", "200", "405"),
    Row("robots", "200", "405"),
    Row("inbox_receive", "405", "400", ("gateway",), exempt=True),
]

# Who is signed in already is led on.
BACK_OFFICE = [
    page("admin:index", TEAM, post=staff(TEAM, "200")),
    Row("admin:login", *2 * (by("in", alice="403", bob="403"),)),
    page("backoffice:modules", SYSTEM),
    deed("backoffice:module_switch", OWNER, ">backoffice:modules", "module", data={"enabled": "no"}),
    # All staff may read how things are done; the pictures are those of that page.
    page("backoffice:help", TEAM, "gateway"),
    page("backoffice:help_picture", TEAM, "picture"),
    # The test that an empty form asks for is of the stored keys; they are good, and the time of the test is kept.
    Row("backoffice:module_settings", staff(SYSTEM, "200"), staff(OWNER, "200"), ("gateway",), acts=OWNER),
    deed("backoffice:module_waiting", OWNER, ">backoffice:module_settings", "gateway", data={"answer": "yes"}),
    deed("backoffice:module_mode", OWNER, ">backoffice:module_settings", "gateway", data={"use": "test"}),
    deed("backoffice:module_methods", OWNER, ">backoffice:module_settings", "gateway", data={"do": "read"}),
    deed("backoffice:module_check", OWNER, ">backoffice:module_settings", "gateway"),
    deed("backoffice:module_repair", OWNER, ">backoffice:module_settings", "gateway", data={"endpoint": "{endpoint}"}),
    # Last of these: what it does at the provider is not undone after the visit.
    deed("backoffice:module_endpoint", OWNER, ">backoffice:module_settings", "gateway"),
    Row(
        "backoffice:module_missing",
        staff(SYSTEM, "200"),
        staff(OWNER, ">backoffice:module_settings"),
        ("gateway",),
        acts=OWNER,
    ),
    # This world is at home where it answers: there is nothing to say yes to.
    deed("backoffice:moved", OWNER, ">backoffice:modules", idle=True),
    Row(
        "backoffice:payment_rules",
        staff(OWNER, "200"),
        staff(OWNER, ">backoffice:payment_rules"),
        data={"late_success": "credit", "on_dispute": "suspend", "on_lost": "end", "currency": "EUR"},
        acts=OWNER,
    ),
    page("backoffice:transactions", READERS, "gateway"),
    page("backoffice:payment_event", MONEY, "gateway", "payment", "payment_notice"),
    page("backoffice:foreign", MONEY, "gateway", "foreign"),
    page("backoffice:foreign_event", MONEY, "gateway", "foreign", "notice"),
    deed("backoffice:foreign_look", "boris olive", ">backoffice:foreign", "gateway", "foreign"),
    # What nobody here knows and the provider does: a look is wished for, and the page that waits for it is led to.
    deed("backoffice:ask", "sybil boris olive", ">backoffice:asked", "gateway", data={"q": "{unknown}"}),
    Row(
        "backoffice:asked",
        staff(READERS, ">backoffice:transactions"),  # nobody has asked for anything
        staff(READERS, "405"),
        ("gateway",),
    ),
    page("backoffice:payment", READERS, "gateway", "payment"),
    # By POST what Olive's page has in its form: all that is left, once.
    Row(
        "backoffice:payment_refund",
        staff(PAYERS, "200"),
        staff(PAYERS, ">backoffice:payment"),
        ("gateway", "payment"),
        data={
            "refund": "{refund_form}",
            "how": "part",
            "amount": "1",
            "shown": "100",
            "whole": "100",
            "policy": "keep",
        },
        acts=PAYERS,
    ),
    page("backoffice:review", READERS),
    deed("backoffice:review_accept", PAYERS, ">backoffice:review", "held_payment"),
    deed("backoffice:review_credit", PAYERS, ">backoffice:review", "held_payment"),
    page("backoffice:disputes", MONEY),
    page("backoffice:dispute", MONEY, "dispute"),
    deed("backoffice:dispute_evidence", PAYERS, ">backoffice:dispute", "dispute", data={"more": "They use it."}),
    Row(
        "backoffice:dispute_send",
        staff(PAYERS, "200"),
        staff(PAYERS, ">backoffice:dispute"),
        ("dispute",),
        acts=PAYERS,
    ),
    Row(
        "backoffice:dispute_give_up",
        staff(PAYERS, "200"),
        staff(PAYERS, ">backoffice:dispute"),
        ("dispute",),
        acts=PAYERS,
    ),
    deed("backoffice:dispute_services", PAYERS, ">backoffice:dispute", "won_dispute", data={"policy": "suspend"}),
    deed("backoffice:dispute_look", PAYERS, ">backoffice:dispute", "dispute"),
    deed("backoffice:warning_aside", PAYERS, ">backoffice:disputes", "warning"),
    page("backoffice:refunds", MONEY),
    deed("backoffice:refund_approve", PAYERS, ">backoffice:payment", "refund"),
    deed("backoffice:refund_refuse", PAYERS, ">backoffice:payment", "refund"),
    deed("backoffice:refund_stop", PAYERS, ">backoffice:payment", "refund", idle=True),  # it is not under way
    deed("backoffice:refund_aside", PAYERS, ">backoffice:payment", "failed_refund"),
    deed("backoffice:payment_look", "sybil boris olive", ">backoffice:payment", "gateway", "payment"),
    Row(
        "backoffice:credit",
        staff(READERS, "200"),
        staff("boris olive", ">backoffice:credit"),
        ("customer",),
        data={"amount": "5", "currency": "EUR", "mode": "test", "reason": "-", "key": "{uuid}"},
        acts="boris olive",
    ),
    # The invoice is paid: what is recorded becomes credit. Its payment was by card: no credit stands there, none is used or given back.
    Row(
        "backoffice:record",
        staff("boris olive", "200"),
        staff("boris olive", ">admin:invoices_invoice_change"),
        ("invoice",),
        data={"source": "cash", "amount": "5", "reference": "R 1", "day": "{today}", "confirm": "0"},
        acts="boris olive",
    ),
    deed(
        "backoffice:credit_use",
        "boris olive",
        ">admin:invoices_invoice_change",
        "credited",
        data={"amount": "100", "used": "200"},
    ),
    Row(
        "backoffice:credit_back",
        staff("boris olive", "200"),
        staff("boris olive", ">admin:invoices_invoice_change"),
        ("credited",),
        data={"amount": "1", "used": "200"},
        acts="boris olive",
    ),
    page("backoffice:holds", READERS),
    # Nothing is held in this world: the deed says so, and changes nothing.
    deed("backoffice:hold_release", "sybil boris olive", ">backoffice:holds", "unpaid_order", idle=True),
    Row(
        "backoffice:invoice_edit",
        staff("boris olive", "200"),
        staff("boris olive", ">admin:invoices_invoice_change"),
        ("unpaid",),
        data={"line": "{unpaid_line}", "deed": "price", "amount": "50", "reason": "agreed", "revision": "0"},
        acts="boris olive",
    ),
    page("backoffice:payouts", MONEY),
    page("backoffice:payout", MONEY, "payout"),
    deed("backoffice:payout_look", "boris olive", ">backoffice:payout", "payout"),
    page("backoffice:reconciliations", MONEY),
    deed(
        "backoffice:reconciliation_ask",
        "boris olive",
        ">backoffice:reconciliation",
        data={"begin": "{today}", "end": "{today}"},
    ),
    page("backoffice:reconciliation", MONEY, "reconciliation"),
    deed("backoffice:reconciliation_go_on", "boris olive", ">backoffice:reconciliation", "reconciliation"),
    deed(
        "backoffice:order_cancel",
        "boris olive",
        ">admin:orders_order_change",
        "unpaid_order",
        data={"why": "asked by telephone"},
    ),
    deed(
        "backoffice:delivery_done",
        "sybil olive",
        ">admin:services_operation_change",
        "by_hand",
        data={"access": "name: value"},
    ),
    deed("backoffice:delivery_again", "sybil olive", ">admin:services_operation_change", "failed"),
    deed("backoffice:alert_close", "sybil boris olive", ">admin:kernel_alert_changelist", "alert"),
    deed("backoffice:mail_again", "sybil boris olive", ">admin:mail_mail_change", "uncertain"),
    deed("backoffice:mail_sent", "sybil boris olive", ">admin:mail_mail_change", "uncertain"),
    page("backoffice:staff", OWNER),
    deed("backoffice:staff_add", OWNER, ">backoffice:staff", data={"email": "zoe@example.org", "role": "support"}),
    deed("backoffice:staff_role", OWNER, ">backoffice:staff", "member", data={"role": "support"}),
    deed("backoffice:staff_remove", OWNER, ">backoffice:staff", "member"),
    deed("backoffice:staff_invite", OWNER, ">backoffice:staff", "invited"),
    deed("backoffice:staff_reset", OWNER, ">backoffice:staff", "member"),
    page("backoffice:audit", SYSTEM),
    page("admin:customers_customer_changelist", READERS, post=staff(READERS, "200")),
    page("admin:customers_customer_history", READERS, "customer", post=staff(READERS, "200")),
    Row(
        "admin:customers_customer_change",
        staff(READERS, "200"),
        staff("sybil boris olive", ">admin:customers_customer_changelist"),
        ("customer",),
        data={"city": "Lyon"},
        acts="sybil boris olive",
        like_olive=True,
    ),
]

# Nouns whose rows are facts: a list and a page, for those who may look; nobody adds, changes or deletes.
FACTS = {
    "kernel_alert": ("alert", READERS),
    "inbox_notice": ("notice", MONEY),
    "inbox_wish": ("wish", MONEY),
    "mail_mail": ("mail", READERS),
    "orders_order": ("order", READERS),
    "invoices_invoice": ("invoice", READERS),
    "services_service": ("service", READERS),
    "services_operation": ("by_hand", READERS),
    "ledger_entry": ("entry", MONEY),
    "payments_attempt": ("attempt", MONEY),
    "payments_foreign": ("foreign", MONEY),
}

# Nouns that the owner edits: the row that is changed, the row that nothing else holds, and what is typed.
EDITED: dict[str, tuple[str, str, dict[str, str]]] = {
    "catalogue_group": ("group", "spare_group", {"name_fr": "Neuf", "name_en": "New", "slug": "new"}),
    "catalogue_product": ("product", "spare_product", {"name_fr": "Neuf", "name_en": "New", "group": "{group}"}),
    "catalogue_price": (
        "price",
        "price",
        {"product": "{spare_product}", "cycle": "monthly", "currency": "EUR", "amount": "3"},
    ),
    "catalogue_taxrate": (
        "tax_rate",
        "spare_rate",
        {"name_fr": "TVA", "name_en": "VAT", "country": "FR", "percent": "7"},
    ),
    "catalogue_shop": ("shop", "shop", {"name": "Hébergeur Neuf"}),
}


def _facts() -> Iterator[Row]:
    for noun, (thing, who) in FACTS.items():
        yield page(f"admin:{noun}_changelist", who, post=staff(TEAM, "405"))
        yield page(f"admin:{noun}_change", who, thing, post=staff(TEAM, "405"))


def _edited() -> Iterator[Row]:
    looked, nobody = staff(READERS, "200"), staff("", "403")
    for noun, (thing, spare, typed) in EDITED.items():
        listed = staff(OWNER, f">admin:{noun}_changelist")
        yield Row(f"admin:{noun}_history", looked, looked, (thing,))
        yield Row(f"admin:{noun}_change", looked, listed, (thing,), data=typed, acts=OWNER, like_olive=True)
        if noun == "catalogue_shop":  # there is one: its list leads to it, none is added or deleted
            lead = staff(TEAM, f">admin:{noun}_change")
            yield Row(f"admin:{noun}_changelist", lead, lead)
            yield Row(f"admin:{noun}_add", nobody, nobody)
            yield Row(f"admin:{noun}_delete", nobody, nobody, (thing,), data={"post": "yes"})
        else:
            yield Row(f"admin:{noun}_changelist", looked, looked)
            yield Row(f"admin:{noun}_add", staff(OWNER, "200"), listed, data=typed, acts=OWNER, like_olive=True)
            yield Row(f"admin:{noun}_delete", staff(OWNER, "200"), listed, (spare,), data={"post": "yes"}, acts=OWNER)


ROWS = [*SHOP, *ACCOUNTS, *FACTORS, *BACK_OFFICE, *_facts(), *_edited()]

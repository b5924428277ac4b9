"""The rules for payments: the owner sets them, in amounts as people type them, and the audit trail keeps before and after."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice.setting_up import ENGLISH

from comptoir.backoffice.rules import COLUMNS
from comptoir.kernel.models import AuditEntry
from comptoir.kernel.money import Money
from comptoir.payments import refundable
from comptoir.payments.models import Payment, Rules
from comptoir.payments.queries import rules

pytestmark = pytest.mark.django_db
PAGE = "/admin/settings/payments/"
TYPED = {
    "approval_above_minor": "1 200,50",
    "late_success": "deliver",
    "on_dispute": "suspend",
    "on_lost": "end",
    "currency": "eur",
    "hold_risk": "elevated",
    "hold_new_above_minor": "",
    "hold_orders_an_hour": "5",
}


def store(owner: Client, *, language: str = "fr", **typed: str) -> int:
    answer = owner.post(PAGE, {**TYPED, **typed}, headers={"accept-language": language})
    return answer.status_code


def test_what_is_typed_in_major_units_holds_at_once(owner: Client) -> None:
    builders.shop()
    assert store(owner) == 302
    held = rules()
    assert (held.approval_above_minor, held.currency, held.hold_new_above_minor) == (120050, "EUR", None)
    assert (held.late_success, held.on_lost, held.hold_orders_an_hour) == ("deliver", "end", 5)
    untouched = Payment(pk=1)  # nothing of it was given back
    assert refundable.needs_second(untouched, Money(120051, "EUR"))
    assert not refundable.needs_second(untouched, Money(120050, "EUR"))
    assert 'value="1200,50"' in owner.get(PAGE, headers={"accept-language": "fr"}).content.decode()
    assert 'value="1200.50"' in owner.get(PAGE, headers=ENGLISH).content.decode()


def test_a_change_is_told_once_with_before_and_after(owner: Client) -> None:
    for _twice in range(2):
        assert store(owner, language="en", approval_above_minor="1200.5") == 302
    told = AuditEntry.objects.get(verb="rules.stored")
    assert told.who == "staff:owner@example.org"
    assert (told.before["late_success"], told.after["late_success"]) == ("credit", "deliver")
    assert told.after["approval_above_minor"] == {"minor": 120050, "currency": "EUR"}
    assert "currency" not in told.after  # it was so before
    page = owner.get("/admin/audit/", headers=ENGLISH).content.decode()
    assert "ayment rules stored" in page
    assert "€1,200.50" in page


NO_RULES = {
    "approval_above_minor": ("-1", "1e3", "nan", "10000000000000", "1,2,3", "0.001", "x", "½"),
    "currency": ("", "EU", "E1R", "€UR", "QQQ"),
    "hold_orders_an_hour": ("-1", "1.5", "99999999999"),
    "late_success": ("", "both"),
    "on_lost": ("nothing",),
    "hold_risk": ("low",),
}


def test_what_is_no_rule_stores_nothing_and_loses_nothing(owner: Client) -> None:
    good = {**TYPED, "approval_above_minor": "12", "on_dispute": "end"}
    for name, values in NO_RULES.items():
        for typed in values:
            answer = owner.post(PAGE, {**good, name: typed}, headers=ENGLISH)
            page = answer.content.decode()
            assert (answer.status_code, page.count('class="field wrong"')) == (422, 1), (name, typed)
            assert 'value="end" selected' in page
    assert (Rules.objects.exists(), AuditEntry.objects.filter(verb="rules.stored").exists()) == (False, False)


def test_every_rule_is_on_the_page(owner: Client) -> None:
    columns = [field.name for field in Rules._meta.concrete_fields if field.name != "id"]
    assert sorted(columns) == sorted(COLUMNS)
    page = owner.get(PAGE, headers={"accept-language": "fr"}).content.decode()
    assert all(f'name="{name}"' in page for name in columns)
    assert "Au-delà, un remboursement" in page
    assert "Refunds above this" in owner.get(PAGE, headers=ENGLISH).content.decode()

"""A module that is installed by its entry point alone: the house asks it and names it nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from comptoir_cash.models import Banknotes, Parcel
from django.test import Client
from tests import builders
from tests.jobs import run_jobs

from comptoir.kernel.money import Money
from comptoir.modules import actions, queries
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from comptoir.payments.queries import choices
from comptoir.payments.sync import look_once
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)


def offered(buyer: object) -> list[str]:
    return [each.module for each in choices(customer=buyer, amount=Money(9990, "EUR"))]  # type: ignore[arg-type]


def test_it_appears_is_enabled_takes_a_payment_delivers_and_is_disabled() -> None:
    alice = builders.customer("Alice", tester=False)
    assert {card.manifest.name: card.enabled for card in queries.cards()}.items() >= {("cash", False), ("shelf", True)}
    assert offered(alice) == []

    actions.set_enabled(name="cash", enabled=True, who="test")
    assert offered(alice) == ["cash"]
    invoice = builders.invoice(alice, builders.product(driver="shelf"), gateway="cash")
    assert (invoice.mode, (invoice.number or "")[:2]) == ("live", "F-")
    start(invoice_id=invoice.pk, gateway="cash", who="test")

    actions.set_enabled(name="cash", enabled=False, who="test")
    assert offered(alice) == []
    Banknotes.objects.update(counted=True)  # what was begun goes on, though it is no longer offered
    attempt = str(Attempt.objects.get().pk)
    ring = Client().post("/cash/api", attempt, content_type="text/plain", headers={"X-Till": "ours"})
    assert ring.status_code == 200
    assert look_once(by="test")
    invoice.refresh_from_db()
    assert invoice.state == "paid"
    run_jobs()
    assert (Service.objects.get().state, Parcel.objects.count()) == ("active", 1)


def test_a_bad_notice_to_it_is_refused() -> None:
    answer = Client().post("/cash/api", "x", content_type="text/plain")
    assert (answer.status_code, answer.content) == (400, b"This is not our till. Nothing was stored.")


def test_no_file_of_the_house_names_a_module_of_others() -> None:
    house = Path(__file__).parents[2] / "src" / "comptoir"
    named = [
        path.relative_to(house)
        for path in house.rglob("*.py")
        if "comptoir_stripe" in (text := path.read_text(encoding="utf-8")) or "comptoir_cash" in text
    ]
    assert named == []

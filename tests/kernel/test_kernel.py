"""States, locks, secrets, numbers, the clock: what every noun stands on."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pytest
from django.db import transaction
from django.utils import timezone
from tests import builders
from tests.stripe import Stripe

from comptoir.conf import conf
from comptoir.invoices.models import INVOICE_STATES, Invoice
from comptoir.kernel import clock, locks, requests, secrets
from comptoir.kernel.locks import LockOrderError
from comptoir.kernel.models import Alert, StateChange
from comptoir.kernel.records import alert, next_number
from comptoir.kernel.states import IllegalMoveError, MovedMeanwhileError, table
from comptoir.kernel.words import verbatim
from comptoir.orders.models import Order

pytestmark = pytest.mark.django_db


def test_an_illegal_move_raises_and_leaves_nothing(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    before = StateChange.objects.count()
    with pytest.raises(IllegalMoveError):
        INVOICE_STATES.move(invoice, "refunded", who="test")
    invoice.refresh_from_db()
    assert (invoice.state, StateChange.objects.count()) == ("open", before)


def test_a_move_from_a_state_that_is_gone_raises(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    Invoice.objects.update(state="void")
    with pytest.raises(MovedMeanwhileError):
        INVOICE_STATES.move(invoice, "paid", who="test")


def test_every_move_of_a_table_leads_to_a_state_of_it() -> None:
    states = table("thing", a="b", b="")
    assert states.allows(old="a", new="b")
    assert not states.allows(old="b", new="a")


def test_locks_out_of_the_written_order_raise(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    with pytest.raises(LockOrderError, match=r"orders\.order is locked after invoices\.invoice"), locks.transaction():
        locks.take(Invoice, invoice.pk)
        locks.take(Order, invoice.order_id)
    with pytest.raises(LockOrderError, match="outside"), transaction.atomic():
        locks.take(Invoice, invoice.pk)


def test_the_order_starts_anew_with_each_transaction(stripe: Stripe) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    for _ in range(2):
        with locks.transaction():
            locks.take(Order, invoice.order_id)
            locks.take(Invoice, invoice.pk)


def test_secrets_are_sealed_and_a_changed_seal_is_noticed() -> None:
    sealed = secrets.seal({"secret_key": "sk_test_abc"})
    assert b"sk_test" not in sealed
    assert secrets.unseal(sealed) == {"secret_key": "sk_test_abc"}
    assert secrets.unseal(memoryview(sealed)) == {"secret_key": "sk_test_abc"}
    with pytest.raises(secrets.UnsealError):
        secrets.unseal(sealed[:-4] + b"AAAA")


def test_numbers_count_from_one_by_series() -> None:
    with locks.transaction():
        assert [next_number("a"), next_number("a"), next_number("b")] == [1, 2, 1]


def test_a_number_is_given_back_where_its_transaction_fails() -> None:
    with pytest.raises(RuntimeError), locks.transaction():
        next_number("a")
        raise RuntimeError
    with locks.transaction():
        assert next_number("a") == 1


def test_an_alert_is_raised_once_for_a_key() -> None:
    alert("key", verbatim("first"))
    alert("key", verbatim("second"))
    assert Alert.objects.get().text == verbatim("first")
    Alert.objects.update(closed_at=timezone.now())
    alert("key", verbatim("it is back"))
    assert (Alert.objects.get().text, Alert.objects.get().closed_at) == (verbatim("it is back"), None)


def test_a_move_and_its_history_are_one(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))

    def killed(**_columns: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(StateChange.objects, "create", killed)
    with pytest.raises(RuntimeError):
        INVOICE_STATES.move(invoice, "void", who="test")
    invoice.refresh_from_db()
    assert invoice.state == "open"


def test_business_time_follows_the_clock_that_is_configured(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = conf().model_copy(update={"clock_url": f"{stripe.server.base_url}/_control/clock"})
    monkeypatch.setattr(clock, "conf", lambda: settings)
    monkeypatch.setattr(clock, "FRESH_SECONDS", 0)
    stripe.control.advance(86_400 * 30)
    ahead = clock.now() - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=29, hours=23) < ahead < dt.timedelta(days=30, minutes=1)
    monkeypatch.setattr(clock, "_reading", clock._Reading())


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),  # a stranger may write the header
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("", "", ""),
    ],
)
def test_only_trusted_proxies_say_who_asks(
    peer: str, forwarded: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = (ipaddress.ip_network("10.0.0.0/8"),)
    monkeypatch.setattr(requests, "_trusted", lambda: networks)
    assert requests.client_address(peer, forwarded) == client

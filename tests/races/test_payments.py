"""Two looks, two tabs, two clicks: each race with its guard, and lost without it."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from tests import builders
from tests.races import actors, unguarded
from tests.races.together import Told, together
from tests.stripe import Stripe

from comptoir.invoices.models import Invoice
from comptoir.ledger.models import Allocation, Entry
from comptoir.mail.models import Mail
from comptoir.orders.models import Order
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
TAKE, NOTE, FOR_UPDATE = (
    "comptoir.kernel.locks.take",
    "comptoir.kernel.locks.note",
    "django.db.models.query.QuerySet.select_for_update",
)


def two_looks(stripe: Stripe, **more: Any) -> list[Told]:
    """The webhook's look and the return page's look have both read the paid page and now store it."""
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    arguments = {"api_base": stripe.server.base_url, "attempt": str(ready.attempt.pk), "read_at": timezone.now()}
    return together(actors.look, arguments, arguments, **more)


def test_two_looks_at_once_are_one_payment_one_delivery_one_mail(stripe: Stripe) -> None:
    told = two_looks(stripe, before="comptoir.payments.actions.observe.observe")
    assert [each.error for each in told] == ["", ""]
    assert Invoice.objects.get().state == "paid"
    counts = (Payment, Entry, Allocation, Operation)
    assert [each.objects.count() for each in counts] == [1, 1, 1, 1]
    assert Mail.objects.count() == 1


def test_without_the_rows_locks_the_two_looks_collide(stripe: Stripe) -> None:
    told = two_looks(
        stripe,
        before="comptoir.payments.actions.observe._payment",
        without={TAKE: unguarded.take, NOTE: unguarded.note},
    )
    assert any("MovedMeanwhileError" in each.error or "IntegrityError" in each.error for each in told)


def two_tabs(stripe: Stripe, **more: Any) -> list[Told]:
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    arguments = {"api_base": stripe.server.base_url, "invoice": invoice.pk}
    return together(actors.start, arguments, arguments, **more)


def test_two_tabs_have_one_payable_attempt_and_one_page(stripe: Stripe) -> None:
    told = two_tabs(stripe)
    assert [each.error for each in told] == ["", ""]
    assert told[0].answer == told[1].answer
    assert Attempt.objects.count() == 1
    assert len(stripe.api("GET", "/v1/checkout/sessions")["data"]) == 1


def test_without_lock_and_partial_key_two_pages_can_be_paid(stripe: Stripe) -> None:
    with unguarded.no_key("payments_attempt_one_payable", "payments_attempt"):
        two_tabs(
            stripe,
            before="comptoir.modules.queries.offered_account",
            without={TAKE: unguarded.take, NOTE: unguarded.note},
        )
        assert Attempt.objects.count() == 2
        assert len(stripe.api("GET", "/v1/checkout/sessions")["data"]) == 2


def two_clicks(stripe: Stripe, **more: Any) -> list[Told]:
    stripe.connect()
    builders.shop()
    alice = builders.customer("Alice")
    basket = builders.basket(builders.product())
    arguments = {"basket": str(basket), "customer": alice.pk, "total_minor": 9990}
    return together(actors.place, arguments, arguments, **more)


def test_two_clicks_on_order_are_one_order(stripe: Stripe) -> None:
    told = two_clicks(stripe)
    assert [each.error for each in told] == ["", ""]
    assert sum(each.answer == "refused" for each in told) == 1
    assert (Order.objects.count(), Invoice.objects.count()) == (1, 1)


def test_without_the_baskets_lock_and_key_they_are_two(stripe: Stripe) -> None:
    with unguarded.no_key("orders_order_basket_key_key", "orders_order"):
        two_clicks(
            stripe,
            before="comptoir.payments.actions.place.filled",
            without={FOR_UPDATE: unguarded.select_for_update},
        )
        assert Order.objects.count() == 2

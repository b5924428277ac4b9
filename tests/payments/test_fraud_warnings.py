"""Early fraud warnings: known, told while a refund can still avoid a dispute, and over once it cannot."""

from __future__ import annotations

import pytest
from tests import builders
from tests.payments.disputing import decided, disputed, does, events, look, paid, states, told
from tests.stripe import Stripe
from tests.stripe_module.ground import restricted

from comptoir.inbox.models import Notice
from comptoir.kernel.models import Alert
from comptoir.payments.models import FraudWarning, Payment, PaymentReference

pytestmark = pytest.mark.django_db(transaction=True)


def warned(stripe: Stripe, payment: Payment) -> FraudWarning:
    """The card's bank warns, and Stripe tells us."""
    does(stripe, payment.reference, "warn", "made_with_lost_card")
    told(stripe, events(stripe, "radar."))
    look()
    return FraudWarning.objects.get()


def stands() -> bool:
    return Alert.objects.filter(key__startswith="warning:", closed_at=None).exists()


def test_a_warning_is_known_told_and_found_by_its_id(stripe: Stripe) -> None:
    payment = paid(stripe)
    calls = len(stripe.calls("GET", "/v1/radar/"))
    assert calls == 0, "nobody asks for warnings that nobody told of"
    row = warned(stripe, payment)
    assert (row.payment, row.kind, row.actionable) == (payment, "made_with_lost_card", True)
    assert stands()
    assert states(payment) == ("succeeded", "paid", 9990)
    assert PaymentReference.objects.get(reference=row.reference).payment == payment
    assert not Notice.objects.filter(done_at=None).exists()
    for _time in range(2):
        told(stripe, events(stripe, "radar."))
        look(payment)
    assert FraudWarning.objects.count() == 1


def test_a_refund_in_full_ends_it_and_no_dispute_comes(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = warned(stripe, payment)
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference})
    look(payment)
    row.refresh_from_db()
    assert (row.actionable, stands(), payment.disputes.exists()) == (False, False, False)
    assert states(payment) == ("refunded", "refunded", 0)


def test_a_part_given_back_leaves_it_open(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = warned(stripe, payment)
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": "1000"})
    look(payment)
    row.refresh_from_db()
    assert (row.actionable, stands()) == (True, True)


def test_a_dispute_ends_it(stripe: Stripe) -> None:
    payment = paid(stripe)
    row = warned(stripe, payment)
    dispute = disputed(stripe, payment)
    row.refresh_from_db()
    assert (row.actionable, stands()) == (False, False)
    decided(stripe, dispute, "win")
    row.refresh_from_db()
    assert not row.actionable, "once disputed, it has come to that"


def test_a_key_that_may_not_read_warnings_hides_no_refund(stripe: Stripe) -> None:
    payment = paid(stripe)
    names = [
        f"rak_{name}"
        for name in (
            "charge_write",
            "payment_intent_read",
            "dispute_read",
            "balance_transaction_source_read",
            "checkout_session_write",
            "customer_write",
        )
    ]
    key = restricted(stripe, names)
    builders.stripe_account(account=stripe.account, secret_key=key, publishable_key=stripe.server.publishable_key)
    stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": "1000"})
    look(payment)
    assert states(payment) == ("partially_refunded", "partially_refunded", 8990)

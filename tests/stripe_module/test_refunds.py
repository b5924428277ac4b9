"""Refunds as the module asks Stripe for them: in Stripe's units, once for a key, found by listing, refused in words."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator

import pytest
from tests.stripe import Stripe
from tests.stripe_module.ground import account, control, request as wanted, restricted, typed
from tests.stripe_module.test_look import look, paid

from comptoir.kernel.money import Money
from comptoir.modules.api import (
    Account,
    CallRefusedError,
    OutcomeUnknownError,
    PaymentGateway,
    PaymentSeen,
    RefundRequest,
    Refunds,
    RefundSeen,
    RefundStatus,
)
from comptoir_stripe import gateway
from comptoir_stripe.module import module

pytestmark = pytest.mark.django_db(transaction=True)
REFUNDS = "/v1/refunds"
PENDING, FAILING = "4000000000007726", "4000000000005126"
DAY = 86400


def the() -> Refunds:
    assert module.refunds is not None
    return module.refunds()


def ask(payment: str, minor: int, *, reason: str = "", currency: str = "EUR") -> RefundRequest:
    return RefundRequest(str(uuid.uuid4()), str(uuid.uuid4()), payment, Money(minor, currency), reason)


def in_full(stripe: Stripe) -> tuple[Account, RefundRequest]:
    return account(stripe), ask(paid(stripe)[1], 9990)


def made(stripe: Stripe) -> list[dict[str, object]]:
    return list(stripe.api("GET", REFUNDS)["data"])


def refusal(held: Account, wished: RefundRequest) -> CallRefusedError:
    with pytest.raises(CallRefusedError) as refused:
        the().refund(held, wished)
    return refused.value


def test_a_part_goes_back_with_its_reason_and_our_name_of_it(stripe: Stripe) -> None:
    held, wished = account(stripe), ask(paid(stripe)[1], 4995, reason="duplicate")
    gone = the().refund(held, wished)
    assert (gone.amount, gone.status, gone.refund) == (Money(4995, "EUR"), RefundStatus.SUCCEEDED, wished.refund)
    (kept,) = made(stripe)
    assert (kept["amount"], kept["reason"]) == (4995, "duplicate")
    assert kept["metadata"] == {"installation": held.installation, "refund": wished.refund}
    (call,) = stripe.calls("POST", REFUNDS)
    assert call["idempotency_key"] == wished.key


def test_the_same_request_gives_back_once_and_is_found_by_listing(stripe: Stripe) -> None:
    held, wished = in_full(stripe)
    assert the().find_refund(held, wished) is None
    first = the().refund(held, wished)
    assert the().refund(held, wished) == first == the().find_refund(held, wished)
    next_door = dataclasses.replace(held, installation="installation-next-door")
    assert the().find_refund(next_door, wished) is None  # names of refunds are one counter's own
    assert len(made(stripe)) == 1


def test_a_refund_is_found_behind_a_hundred_others(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "LISTED", 2)
    held, payment = account(stripe), paid(stripe)[1]
    wishes = [ask(payment, 100) for _each in range(5)]
    for wished in wishes:
        the().refund(held, wished)
    found = the().find_refund(held, wishes[0])
    assert found is not None
    assert found.refund == wishes[0].refund


@pytest.mark.parametrize(
    ("minor", "words"),
    [(9991, "more was asked for than is left of this payment"), (0, "parameter_invalid_integer")],
)
def test_an_amount_that_cannot_go_back_is_refused(stripe: Stripe, minor: int, words: str) -> None:
    held, wished = account(stripe), ask(paid(stripe)[1], minor)
    assert refusal(held, wished).why.english == words
    assert made(stripe) == []


def test_what_was_given_back_or_is_disputed_or_has_not_come_is_refused_in_words(stripe: Stripe) -> None:
    held, wished = in_full(stripe)
    the().refund(held, wished)
    assert refusal(held, ask(wished.payment, 1)).why.english == "all of this payment has been given back already"
    disputed = paid(stripe)[1]
    control(stripe, f"objects/{disputed}", do="dispute")
    assert "disputes this payment" in refusal(held, ask(disputed, 1)).why.english
    debit = paid(stripe, by="sepa")[1]
    assert "no money that could go back" in refusal(held, ask(debit, 1)).why.english
    assert "knows no such payment" in refusal(held, ask("pi_0", 1)).why.english


def test_a_key_without_the_right_to_refund_says_which_one_it_lacks(stripe: Stripe) -> None:
    rights = [each.name for each in module.manifest.permissions if each.name != "rak_charge_write"]
    poor = account(stripe, values=typed(stripe, secret_key=restricted(stripe, rights)))
    refused = refusal(poor, ask(paid(stripe)[1], 1))
    assert (refused.no_permission, "rak_charge_write" in refused.why.english) == (True, True)
    blind = account(stripe, values=typed(stripe, secret_key=restricted(stripe, ["rak_customer_read"])))
    with pytest.raises(OutcomeUnknownError, match="rak_charge_read"):
        the().find_refund(blind, ask("pi_0", 1))  # what may not be read is not "nothing there"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answers are waited for a fifth of a second."""
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", (1, 0.2))
    gateway._clients.clear()
    yield
    gateway._clients.clear()


@pytest.mark.parametrize(
    ("trouble", "tries"),  # the library repeats some of them by itself
    [
        ("drop_before", 2),
        ("drop_after", 2),
        ("status:409", 2),
        ("status:503", 2),
        ("status:429", 1),
        ("garbage", 1),
    ],
)
def test_trouble_is_an_unknown_outcome_and_the_same_call_gives_back_once(
    stripe: Stripe, trouble: str, tries: int
) -> None:
    held, wished = in_full(stripe)
    stripe.fault(trouble, method="POST", path=REFUNDS, times=tries)
    with pytest.raises(OutcomeUnknownError) as unknown:
        the().refund(held, wished)
    assert not unknown.value.replayed
    the().refund(held, wished)
    assert len(made(stripe)) == 1


@pytest.mark.usefixtures("impatient")
def test_a_call_that_is_still_under_way_at_stripe_is_waited_for(stripe: Stripe) -> None:
    held, wished = in_full(stripe)
    stripe.fault("delay:1200", method="POST", path=REFUNDS)
    with pytest.raises(OutcomeUnknownError) as unknown:
        the().refund(held, wished)  # no answer in time; the library's second call finds the key in use
    assert not unknown.value.replayed
    for _time in range(20):
        try:
            the().refund(held, wished)
            break
        except OutcomeUnknownError:
            continue
    assert len(made(stripe)) == 1


def test_a_stored_failure_is_answered_for_ever_and_said_to_be_spent(stripe: Stripe) -> None:
    held, wished = in_full(stripe)
    stripe.fault("stored:500", method="POST", path=REFUNDS)
    for _time in range(2):  # the library repeats the call by itself: its second answer is a replay
        with pytest.raises(OutcomeUnknownError) as unknown:
            the().refund(held, wished)
        assert unknown.value.replayed
    assert the().find_refund(held, wished) is None
    the().refund(held, dataclasses.replace(wished, key=str(uuid.uuid4())))
    assert len(made(stripe)) == 1


def test_an_amount_that_stripe_cannot_pay_exactly_is_refused_without_a_call(stripe: Stripe) -> None:
    stripe.connect()
    refused = refusal(account(stripe), ask("pi_0", 1, currency="KWD"))
    assert (refused.code, stripe.calls("POST", REFUNDS)) == ("amount_not_exact", [])
    assert "KWD" in refused.why.english or "0.001" in refused.why.english


def seen(stripe: Stripe, payment: str) -> PaymentSeen:
    found = look(account(stripe), "payment", payment)
    assert isinstance(found, PaymentSeen)
    return found


def by_card(stripe: Stripe, number: str) -> str:
    """A payment of ours with this test card."""
    assert module.gateway is not None
    pays: PaymentGateway = module.gateway()
    page = pays.start(account(stripe), wanted())
    stripe.pay(page.url, number=number)
    stripe.control.advance(10)
    return str(stripe.api("GET", f"/v1/checkout/sessions/{page.subject.id}")["payment_intent"])


def test_a_pending_refund_says_that_it_is_on_its_way_and_cannot_be_stopped(stripe: Stripe) -> None:
    payment = by_card(stripe, PENDING)
    gone = the().refund(account(stripe), ask(payment, 9990))
    assert (gone.status, gone.why, gone.because.english, gone.stoppable) == (
        RefundStatus.PENDING,
        "processing",
        "it is on its way to the bank",
        False,
    )
    with pytest.raises(CallRefusedError):
        the().cancel_refund(account(stripe), gone.id)
    stripe.control.advance(DAY)
    assert [each.status for each in seen(stripe, payment).refunds] == [RefundStatus.SUCCEEDED]


def test_a_refund_that_fails_later_says_why_and_what_was_booked_both_ways(stripe: Stripe) -> None:
    payment = by_card(stripe, FAILING)
    assert the().refund(account(stripe), ask(payment, 9990)).status == RefundStatus.SUCCEEDED
    stripe.control.advance(DAY)
    (back,) = seen(stripe, payment).refunds
    assert (back.status, back.because.english) == (RefundStatus.FAILED, "the card has expired or was cancelled")
    assert back.settlement is not None
    assert back.returned is not None
    assert back.settlement.net + back.returned.net == Money(0, "EUR")
    names = {each.id for each in seen(stripe, payment).references if each.kind == "settlement"}
    assert {back.settlement.id, back.returned.id} <= names


def test_a_refund_waits_where_the_balance_does_not_suffice(stripe: Stripe) -> None:
    payment = by_card(stripe, "4000000000000077")
    control(stripe, "account", debit_negative_balances=False)
    control(stripe, "payouts/run")
    short = the().refund(account(stripe), ask(payment, 9990))
    assert (short.status, short.why, short.settlement) == (RefundStatus.PENDING, "insufficient_funds", None)
    assert short.because.english == "the balance at Stripe does not suffice"


def test_a_refund_that_waits_for_the_customer_can_be_stopped() -> None:
    from comptoir_stripe.seen import refund_seen

    told = {
        "id": "pyr_1",
        "charge": "py_1",
        "amount": 100,
        "currency": "eur",
        "status": "requires_action",
        "created": 0,
    }
    waiting: RefundSeen = refund_seen(told, "installation")
    assert (waiting.status, waiting.stoppable, waiting.why) == (RefundStatus.PENDING, True, "requires_action")

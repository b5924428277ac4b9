"""Stripe's enumerations, each word with what it is told as: from the tables that the module's code goes by.

A test holds them against the types of the installed library; another one drives the code with each word of those that decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.modules.api import PaymentStatus, Vocabulary
from comptoir_stripe import dispute_reasons, disputed, payout, reconcile, seen

NEVER_SEEN = "page open or not read"
OVER = "page complete or expired"
# What Stripe says that nothing here goes by, each with the reason.
UNREAD = {
    "Charge.outcome.type": (
        "authorized manual_review issuer_declined blocked invalid",
        "Not read: whether money came is the intent's status to say, and whether delivery waits is the risk level's.",
    ),
    "Capability.status": (
        "active inactive pending unrequested",
        "Not looked at: what can be paid with is read from the account's payment method configuration, and Stripe offers what is active.",
    ),
    "Mandate.status": (
        "active inactive pending",
        "Not looked at: nothing is charged here without the customer, who grants a new mandate with each debit.",
    ),
    "SetupIntent.status": (
        "canceled processing requires_action requires_confirmation requires_payment_method succeeded",
        "Not looked at: no method of payment is stored yet.",
    ),
    "BalanceTransaction.type": (
        """
        adjustment advance advance_funding anticipation_repayment application_fee application_fee_refund charge climate_order_purchase
        climate_order_refund connect_collection_transfer contribution fee_credit_funding inbound_transfer inbound_transfer_reversal
        issuing_authorization_hold issuing_authorization_release issuing_dispute issuing_dispute_provisional_credit
        issuing_dispute_provisional_credit_reversal issuing_transaction obligation_outbound obligation_reversal_inbound payment
        payment_failure_refund payment_network_reserve_hold payment_network_reserve_release payment_refund payment_reversal
        payment_unreconciled payout payout_cancel payout_failure payout_minimum_balance_hold payout_minimum_balance_release refund
        refund_failure reserve_hold reserve_release reserve_transaction reserved_funds stripe_balance_payment_debit
        stripe_balance_payment_debit_reversal stripe_fee stripe_fx_fee tax_fee tax_fund topup topup_reversal transfer transfer_cancel
        transfer_failure transfer_refund
        """,
        "Shown to staff; the books go by `reporting_category`.",
    ),
}


def vocabulary() -> tuple[Vocabulary, ...]:
    """Every enumeration by which money is steered, and those that one might think it is."""
    return (
        _intents(),
        _pages(),
        Vocabulary(
            "Charge.status",
            "none",
            {f"`{word}`": f"of others' charges without an intent: {told}" for word, told in seen.OF_CHARGE.items()},
            note="Ours always have an intent, which decides; a row of the ledger is made of a charge that is `succeeded` and captured.",
        ),
        Vocabulary("Refund.status", "refund", {f"`{word}`": told for word, told in seen.REFUNDS.items()}),
        Vocabulary(
            "Dispute.status",
            "dispute",
            dict(_disputes()),
            marked=frozenset(word for word, _told in _disputes() if word.startswith("`appeal_")),
        ),
        Vocabulary("Payout.status", "payout", {f"`{word}`": told for word, told in payout.STATUSES.items()}),
        Vocabulary("Charge.outcome.risk_level", "risk", {f"`{word}`": told for word, told in seen.RISKS.items()}),
        Vocabulary(
            "BalanceTransaction.reporting_category",
            "book",
            {f"`{word}`": told for word, told in reconcile.KINDS.items()},
        ),
        Vocabulary(
            "Early fraud warning.fraud_type",
            "none",
            {f"`{word}`": "shown to staff in words" for word in dispute_reasons.SUSPICIONS},
            note="People are told of each warning once; whether a refund may still avoid a dispute is `actionable`'s to say.",
        ),
        *(
            Vocabulary(title, "none", {f"`{word}`": "nothing" for word in known.split()}, note=why)
            for title, (known, why) in UNREAD.items()
        ),
    )


def _intents() -> Vocabulary:
    told, ended = {}, set()
    for label, word, failed, page in readings():
        status, over = seen.standing(word, failed=failed, page=page)
        told[label] = status
        if over:
            ended.add(label)
    return Vocabulary(
        "PaymentIntent.status, with its last error and its page", "payment", told, marked=frozenset(ended)
    )


def _pages() -> Vocabulary:
    return Vocabulary(
        "Checkout Session.status / payment_status, of a page that names no payment intent",
        "page",
        {f"`{page}` / `{paid}`": status or "" for (page, paid), status in seen.PAGES.items()},
        marked=frozenset(
            f"`{page}` / `{paid}`" for (page, paid), status in seen.PAGES.items() if status is PaymentStatus.CANCELLED
        ),
        note="Where it names one, the intent and the page's `status` decide, as above, and `payment_status` nothing. Told as nothing: "
        "money would be there and nothing to look at; the page is read again, and people are told.",
    )


def readings() -> Iterator[tuple[str, str, bool, str | None]]:
    """How an intent can be read: in words, its status, whether its last try has failed, and the status of its page where that matters."""
    for word, status in seen.STATUSES.items():
        tries = (False, True) if status is PaymentStatus.OPEN else (False,)
        for failed in tries:
            last = f"`{word}`, `last_payment_error`" if failed else f"`{word}`"
            alike = seen.standing(word, failed=failed, page=None) == seen.standing(word, failed=failed, page="expired")
            if alike:
                yield last, word, failed, None
            else:
                yield f"{last}; {NEVER_SEEN}", word, failed, None
                yield f"{last}; {OVER}", word, failed, "expired"


def _disputes() -> Iterator[tuple[str, str]]:
    for word, status in disputed.STATUSES.items():
        yield f"`{word}`", status
        final = disputed.standing(word, final=True)
        if final is not status:
            yield f"`{word}`, of a SEPA debit", final

"""What the page says: for each way a payment can stand, what happened, what it means for the money, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.text import capfirst
from django.utils.translation import gettext as _, gettext_lazy

from comptoir.modules import registry
from comptoir.modules.api import Text
from comptoir.payments.models import Attempt, Payment
from comptoir.services.models import Operation
from comptoir.shop.templatetags.counter import day_long

WORDS = {
    Payment.State.OPEN: gettext_lazy("to be paid"),
    Payment.State.SUCCEEDED: gettext_lazy("paid"),
    Payment.State.HELD: gettext_lazy("being checked"),
    Payment.State.FAILED: gettext_lazy("not paid"),
}


@dataclass(frozen=True)
class Facts:
    """How a payment stands. `leads_out`: its page can be visited; `opening`: it is being asked for.

    `back`: `done` or `cancel` when the customer has just come back, else ''; `long`: a while ago. `cancelled`: its order is.
    `checked`: our team looks at the order before it is delivered.
    `silent`: the provider does not answer now. `refused`: why no way of paying takes the amount.
    """

    state: str
    delivery: str
    attempt: Attempt | None
    payment: Payment | None
    leads_out: bool
    opening: bool
    back: str
    long: bool
    cancelled: bool
    checked: bool
    silent: bool = False
    refused: Text = ""


@dataclass(frozen=True)
class Said:
    """A heading, a sentence, and the state in a word of its own where the usual one does not fit."""

    title: str
    text: str
    word: str = ""


def provider(attempt: Attempt | None) -> str:
    """The name of who runs the payment page."""
    module = registry.installed().get(attempt.module) if attempt else None
    return str(module.manifest.title) if module else _("our payment service")


def said(facts: Facts) -> Said:
    """The words for how it stands."""
    words = _said(facts)
    usual = WORDS.get(Payment.State(facts.state), Payment.State(facts.state).label)
    return replace(words, word=words.word or str(usual))


def _said(facts: Facts) -> Said:
    if facts.refused:
        return Said(_("This amount cannot be paid online"), str(facts.refused))
    told = {
        Payment.State.SUCCEEDED: _paid,
        Payment.State.OPEN: _open,
        Payment.State.FAILED: _failed,
        Payment.State.IN_PROGRESS: _under_way,
        Payment.State.CANCELLED: _cancelled,
    }.get(Payment.State(facts.state))
    if told is not None:
        return told(facts)
    return {
        Payment.State.HELD: Said(
            _("Your payment is being checked"),
            _("It has arrived, and our team is checking it. Please do not pay again; we write to you."),
        ),
        Payment.State.REFUNDED: Said(
            _("This payment was refunded"), _("The whole amount was sent back to you. There is nothing left to pay.")
        ),
        Payment.State.PARTIALLY_REFUNDED: Said(
            _("Part of this payment was refunded"), _("That part was sent back to you. There is nothing left to pay.")
        ),
    }[Payment.State(facts.state)]


def _cancelled(facts: Facts) -> Said:
    if facts.payment is not None and facts.payment.state == Payment.State.SUCCEEDED:
        return Said(
            _("There is nothing to pay"),
            _("This invoice was cancelled. Your payment has arrived, and we keep it as your credit."),
        )
    return Said(_("There is nothing to pay"), _("This invoice was cancelled. Nothing is charged."))


def _under_way(facts: Facts) -> Said:
    if not facts.cancelled:
        return Said(_("Your payment is in progress"), _in_progress(facts))
    return Said(
        _("Your order was cancelled, its debit is under way"),
        _(
            "A debit that was asked of your bank can no longer be stopped. If it succeeds, nothing is lost: "
            "we deliver your order after all, or keep the money as your credit, and write to you. There is nothing to do."
        ),
    )


def _paid(facts: Facts) -> Said:
    if facts.delivery == Operation.State.DONE:
        return Said(_("Paid and delivered"), _("Everything is ready. You find how to reach it in your customer area."))
    if facts.checked:
        return Said(
            _("Paid, your order is being checked"),
            _(
                "Your payment has arrived. We are checking your order before we deliver it; you have nothing to do, "
                "please do not pay again. We write to you as soon as it is ready."
            ),
        )
    if facts.delivery == Operation.State.FAILED:
        return Said(
            _("Paid, delivery takes longer"),
            _(
                "Your payment has arrived. Our team is looking after the delivery and writes to you; there is nothing to do."
            ),
        )
    return Said(
        _("Paid, delivery under way"),
        _(
            "Your payment has arrived. Delivery has begun; we write to you as soon as it is done, you may leave this page."
        ),
    )


def _open(facts: Facts) -> Said:
    name = {"provider": provider(facts.attempt)}
    if facts.silent and not facts.opening:
        return _silent(facts, {"provider": capfirst(name["provider"])})
    if facts.leads_out and facts.back == "done":
        return _asking(facts, name)
    if facts.leads_out and facts.back == "cancel":
        return Said(
            _("You have not paid yet"),
            _("Nothing was charged. Your order is kept: you can go back to the payment page now, or pay later."),
        )
    if facts.leads_out:
        return Said(
            _("Your order is noted"),
            _("You pay on the secure page of %(provider)s and come back here. Nothing is charged before you agree.")
            % name,
        )
    return _closed(facts, name)


def _silent(facts: Facts, name: dict[str, str]) -> Said:
    """The provider has difficulties: what that means for whoever has paid, is about to, or would like to."""
    if facts.leads_out and facts.back == "done":
        text = _(
            "%(provider)s does not answer at the moment, so we cannot see yet how your payment stands. If you have paid, nothing is lost: "
            "we keep asking and write to you. Please do not pay again."
        )
        return Said(_("We are waiting for the confirmation"), text % name, _("being confirmed"))
    if facts.leads_out:
        text = _(
            "%(provider)s does not answer us at the moment, so its payment page may not open. Nothing was charged; your order is kept, "
            "you can pay now or later."
        )
        return Said(_("Your order is noted"), text % name)
    text = _(
        "%(provider)s does not answer at the moment. Nothing was charged, and your order is kept: please try again in a few minutes, "
        "or pay later from your invoices."
    )
    return Said(_("The payment page cannot be opened right now"), text % name)


def _asking(facts: Facts, name: dict[str, str]) -> Said:
    word = _("being confirmed")
    if facts.long:
        return Said(
            _("The confirmation takes longer than usual"),
            _(
                "If you have paid, nothing is lost: we keep asking %(provider)s and write to you. If not, you can still pay."
            )
            % name,
            word,
        )
    return Said(
        _("We are waiting for the confirmation"),
        _("We are asking %(provider)s how your payment stands; this takes a few seconds. Please do not pay again.")
        % name,
        word,
    )


def _closed(facts: Facts, name: dict[str, str]) -> Said:
    """Nothing is charged yet, and there is no page to pay on: not yet, not any more, or it was never asked for."""
    if facts.opening:
        return Said(
            _("The payment page is being opened"),
            _("This takes a moment. Nothing was charged; this page goes on by itself."),
        )
    if facts.attempt is not None and facts.attempt.state == Attempt.State.CREATED:
        return Said(
            _("The payment page could not be opened"),
            _("%(provider)s does not answer at the moment. Nothing was charged; please try again in a few minutes.")
            % name,
        )
    if facts.attempt is not None and facts.attempt.state == Attempt.State.SUCCEEDED and facts.payment is not None:
        return _gone(facts.payment)
    if facts.attempt is not None:
        return Said(
            _("The payment page is closed"),
            _("It was open for a limited time only. Nothing was charged; your order is kept, you can pay anew."),
        )
    return Said(_("Your order is noted"), _("Nothing was charged yet. You can pay now, or later from your invoices."))


def _gone(payment: Payment) -> Said:
    """It had come, and had gone again before it could pay the invoice."""
    if payment.state == Payment.State.DISPUTED:
        return Said(
            _("Your bank has taken the payment back"),
            _(
                "The money is with you again or on its way to you, so the invoice is still to be paid. You can pay it here, best in "
                "another way; if you did not mean your bank to do so, please ask it or write to us."
            ),
        )
    return Said(
        _("Your payment was sent back to you"),
        _(
            "So the invoice is still to be paid. You can pay it anew here; if you no longer want it, please write to us."
        ),
    )


def _failed(facts: Facts) -> Said:
    return Said(_("The payment did not go through"), why_failed(facts.payment))


def why_failed(payment: Payment | None) -> str:
    """What went wrong, what it means for the money, and what to do."""
    module = registry.installed().get(payment.module) if payment else None
    if payment is not None and module is not None and module.gateway is not None:
        return str(registry.gateway(payment.module).sentence(payment.failure))
    return _("Nothing was charged. Your order is kept; please try again.")


def _in_progress(facts: Facts) -> str:
    expected = facts.payment.expected_on if facts.payment else None
    if expected is not None:
        words = _(
            "Your bank confirms it by about %(day)s. Delivery follows at once, and we write to you; there is nothing to do."
        )
        return words % {"day": day_long(expected)}
    return _(
        "Your bank is confirming it; with a direct debit this takes some working days. Delivery follows at once, and we write to you; "
        "there is nothing to do."
    )

"""The page on which money is given back: what is filled in, and the receipt of what will happen."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.invoices.models import Invoice
from comptoir.kernel.amounts import AmountField, major, money
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.ledger.queries import paid_on
from comptoir.payments import refundable
from comptoir.payments.actions import placing
from comptoir.payments.actions.holds import is_waiting
from comptoir.payments.actions.settle import standing_with
from comptoir.payments.models import Payment, Refund, ServicePolicy
from comptoir.services.models import Service

WHOLE, PART = "whole", "part"
STANDING = (Service.State.PENDING, Service.State.ACTIVE, Service.State.SUSPENDED, Service.State.EXPIRED)


class RefundForm(forms.Form):
    """How much goes back, why, and what becomes of the service. Whether it may go back is decided by the deed, under its lock.

    `refund` is drawn when the page is made: a form that is sent twice asks once. `whole` and `shown` are the amounts, in minor units,
    that the page has said: what somebody has not seen is not done.
    """

    how = forms.ChoiceField(choices=[(WHOLE, ""), (PART, "")], initial=WHOLE)
    amount = AmountField(label=_("Amount"), more_than_nothing=True, required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=Refund.Reason, required=False)
    note = forms.CharField(label=_("Note for your team"), max_length=500, required=False)
    policy = forms.ChoiceField(choices=ServicePolicy, initial=ServicePolicy.KEEP)
    recall = forms.BooleanField(required=False)
    refund = forms.UUIDField(widget=forms.HiddenInput)
    again_of = forms.UUIDField(widget=forms.HiddenInput, required=False)
    whole = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0)  # 0: it said none

    def __init__(self, payment: Payment, *args: Any, **kwargs: Any) -> None:
        """A form about one payment; fields that make no sense for it are left out."""
        super().__init__(*args, **kwargs)
        self.payment = payment
        self.services = services_of(payment)
        self.held = any(is_waiting(each) for each in self.services)
        self.risk = refundable.recall(payment)
        if not self.services:
            del self.fields["policy"]
        if self.risk is None:
            del self.fields["recall"]

    def clean(self) -> dict[str, Any]:
        """An amount is needed for a part of it."""
        cleaned = super().clean() or {}
        if cleaned.get("how") == WHOLE:
            self.errors.pop("amount", None)  # whatever was typed there before
        elif cleaned.get("how") == PART and "amount" not in self.errors:
            if cleaned.get("amount") is None:
                self.add_error("amount", gettext("How much is to be given back?"))
            else:
                try:
                    money(cleaned["amount"], self.payment.currency)
                except forms.ValidationError as error:
                    self.add_error("amount", error)
        return cleaned

    @property
    def asked(self) -> Money:
        """What is to be given back, of a form that is valid: all is what the page has said that it is."""
        filled, currency = self.cleaned_data, self.payment.currency
        return money(filled["amount"], currency) if filled["how"] == PART else Money(filled["whole"], currency)

    @property
    def unclear(self) -> bool:
        """Whether it does not say how much: then nothing is forecast, and no button names an amount."""
        return self.is_bound and bool({"how", "amount"} & set(self.errors))

    def lacks(self) -> list[str]:
        """What is wrong or missing, for the receipt, which alone is drawn anew while somebody fills the form in."""
        return [str(error) for name in self.errors for error in self.errors[name]] if self.is_bound else []

    def said(self) -> Money:
        """What the receipt is about: the form's amount, or all that is left by now; nothing where it does not say how much."""
        if not self.is_bound:
            return Money(self.initial["shown"], self.payment.currency)
        if self.unclear:
            return Money(0, self.payment.currency)
        if self.cleaned_data["how"] == PART:
            return self.asked
        return refundable.left(self.payment)

    def show(self, *, amount: Money, left: Money) -> None:
        """The page says these amounts from now on: pressing its button means them."""
        if self.is_bound:
            self.data = {**self.data.dict(), "shown": str(amount.minor), "whole": str(left.minor)}  # type: ignore[attr-defined]


def fresh(payment: Payment, failed: Refund | None) -> dict[str, Any]:
    """What the page begins with: all that is left, or, in the place of a refund that failed, its amount and its words."""
    left = refundable.left(payment)
    first: dict[str, Any] = {"refund": uuid.uuid4(), "whole": left.minor, "shown": left.minor}
    if failed is None:
        return first
    amount = min(failed.amount_minor, left.minor)
    more = {"again_of": failed.pk, "reason": failed.reason, "note": failed.note, "policy": failed.policy}
    if amount == left.minor:
        return {**first, **more}
    return {**first, **more, "how": PART, "amount": major(Money(amount, payment.currency)), "shown": amount}


def services_of(payment: Payment) -> list[Service]:
    """The services that a payment has paid and that are still there: what becomes of them is asked for no other."""
    if payment.invoice is None or payment.invoice.order_id is None or not refundable.paid_by(payment):
        return []
    rows = Service.objects.filter(order_line__order=payment.invoice.order_id, state__in=STANDING)
    return list(rows.order_by("pk"))


@dataclass(frozen=True)
class Receipt:
    """What will happen, before it does: the sums of a payment, and where the amount is taken from."""

    payment: Payment
    amount: Money
    left: Money
    back: Money  # what went back or is on its way
    waiting: Money  # of that, what waits for a second person
    otherwise: Money  # what the customer has in another way

    @property
    def stays(self) -> Money:
        """What is left of the payment afterwards."""
        return self.left - self.amount

    @property
    def fits(self) -> bool:
        """Whether so much is there."""
        return 0 < self.amount.minor <= self.left.minor

    @property
    def second(self) -> bool:
        """Whether a second person has to agree."""
        return refundable.needs_second(self.payment, self.amount)

    @cached_property
    def _ahead(self) -> Money:
        return refundable.ahead(self.payment)

    @cached_property
    def _taken_before(self) -> placing.Taken:
        """Where what is on its way is taken from: it goes first."""
        return placing.would_take(self.payment, self._ahead.minor)

    @cached_property
    def taken(self) -> placing.Taken:
        """Where the amount is taken from, by what decides it once the money goes."""
        before = self._taken_before
        after = placing.would_take(self.payment, (self._ahead + self.amount).minor)
        return placing.Taken(
            free=after.free - before.free,
            credit=after.credit - before.credit,
            invoice=after.invoice - before.invoice,
            spent=after.spent - before.spent,
        )

    @property
    def undecided(self) -> Money:
        """What is taken of money that nobody has placed yet."""
        return Money(self.taken.free, self.amount.currency)

    @property
    def credit(self) -> Money:
        """What is taken of the credit that this payment had become, as far as it is there."""
        return Money(self.taken.credit, self.amount.currency)

    @property
    def spent(self) -> Money:
        """What had become credit that its customer has spent: nothing can be taken for it."""
        return Money(self.taken.spent, self.amount.currency)

    @property
    def off_invoice(self) -> Money:
        """What no longer stands paid on the invoice."""
        return Money(self.taken.invoice, self.amount.currency)

    @cached_property
    def fees(self) -> list[Money]:
        """What the provider has kept of the payment and does not give back, by the currency in which it was booked."""
        rows = SettlementEntry.objects.filter(
            entry__source=self.payment.module,
            entry__account=self.payment.account,
            entry__mode=self.payment.mode,
            entry__payment=self.payment.reference,
            entry__kind=Entry.Kind.PAYMENT,
        )
        kept = rows.order_by("currency").values_list("currency").annotate(kept=Sum("fee_minor"))
        return [Money(minor, currency) for currency, minor in kept if minor]

    @property
    def invoice_after(self) -> str:
        """The invoice's state afterwards, where it is one that has been paid; '' where it does not move."""
        invoice = self.payment.invoice
        if invoice is None or not self.off_invoice or invoice.state not in {"paid", "partially_refunded"}:
            return ""
        stands = paid_on(invoice).minor - self._taken_before.invoice
        return standing_with(invoice, stands - self.off_invoice.minor)

    @property
    def invoice_word(self) -> str:
        """The same in words."""
        return str(Invoice.State(self.invoice_after).label) if self.invoice_after else ""


def receipt(payment: Payment, amount: Money) -> Receipt:
    """The receipt of giving so much of a payment back."""
    left = refundable.left(payment)
    waiting = sum(row.amount_minor for row in payment.refunds.filter(state=Refund.State.WAITING))
    otherwise = refundable.otherwise(payment)
    back = payment.amount - left - otherwise
    return Receipt(payment, amount, left, back, waiting=Money(waiting, payment.currency), otherwise=otherwise)

"""What staff fill in about money that no gateway moves: a payment that has reached the host, credit."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.amounts import AmountField, currency_code, major, minor_sent, money
from comptoir.kernel.money import Money
from comptoir.kernel.words import MODES
from comptoir.ledger.models import RECORDED, Source
from comptoir.ledger.queries import credit_used_on, owed_on
from comptoir.payments.models import ServicePolicy
from comptoir.payments.queries import free_mode

EARLIEST = dt.date(2000, 1, 1)


class RecordForm(forms.Form):
    """A payment that has reached the host outside of the gateways."""

    source = forms.ChoiceField(
        label=_("How it came"), choices=lambda: [(each.value, capfirst(str(each.label))) for each in RECORDED]
    )
    amount = AmountField(label=_("Amount"), more_than_nothing=True)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=100,
        help_text=_("The bank’s own reference, or a receipt’s number: each is recorded once."),
    )
    day = forms.DateField(label=_("Day on which it came"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, invoice: Invoice, **values: Any) -> None:
        """For an invoice: what is owed there and today stand in it."""
        super().__init__(*args, **values)
        self.invoice = invoice
        owed = owed_on(invoice)
        self.fields["amount"].initial = major(owed) if owed else None
        self.fields["day"].initial = timezone.localdate(clock.now())

    def clean_amount(self) -> Money:
        """In the invoice's currency."""
        return money(self.cleaned_data["amount"], self.invoice.currency)

    def clean_reference(self) -> str:
        """One space between words: the same reference is the same text."""
        return " ".join(self.cleaned_data["reference"].split())

    def clean_day(self) -> dt.date:
        """Money that has not come yet is not recorded."""
        day: dt.date = self.cleaned_data["day"]
        if day > timezone.localdate(clock.now()):
            raise forms.ValidationError(gettext("This day has not come yet: record the payment once it has arrived."))
        if day < EARLIEST:
            raise forms.ValidationError(gettext("This day is too long ago."))
        return day

    @property
    def given(self) -> dict[str, Any]:
        """What is recorded, once the form is valid."""
        data = self.cleaned_data
        return {
            "source": Source(data["source"]),
            "amount": data["amount"],
            "reference": data["reference"],
            "occurred_at": timezone.make_aware(dt.datetime.combine(data["day"], dt.time.min)),
        }

    @property
    def source_label(self) -> str:
        """How it came, in words."""
        return str(Source(self.cleaned_data["source"]).label)


class GiveForm(forms.Form):
    """Credit for a customer."""

    amount = AmountField(label=_("Amount"), more_than_nothing=True)
    currency = forms.CharField(label=_("Currency"), max_length=3)
    mode = forms.ChoiceField(label=_("Mode"), choices=list(MODES.items()))
    reason = forms.CharField(label=_("Reason, which the customer reads"), max_length=300)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, customer: Customer, currency: str, **values: Any) -> None:
        """For a customer; `currency` is the shop's. Whoever may not try the test mode out has no use for credit there."""
        super().__init__(*args, **values)
        self.fields["currency"].initial = currency
        self.fields["key"].initial = uuid.uuid4
        if customer.tester or customer.user.is_staff:
            self.fields["mode"].initial = free_mode(customer)
        else:
            del self.fields["mode"]

    def clean_currency(self) -> str:
        """Three capital letters."""
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> None:
        """Put the amount into its currency."""
        super().clean()
        value, currency = self.cleaned_data.get("amount"), self.cleaned_data.get("currency")
        if value is None or currency is None:
            return
        try:
            self.cleaned_data["amount"] = money(value, currency)
        except forms.ValidationError as error:
            self.add_error("amount", error)


class BackForm(forms.Form):
    """How much of the credit on an invoice goes back, and what becomes of the services that it had paid."""

    amount = AmountField(label=_("Amount"), more_than_nothing=True)
    policy = forms.ChoiceField(
        label=_("Services of this invoice"),
        choices=lambda: [(each.value, capfirst(str(each.label))) for each in ServicePolicy],
    )
    used = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, invoice: Invoice, **values: Any) -> None:
        """For an invoice: all that stands there; services are asked about where they have been paid."""
        super().__init__(*args, **values)
        self.invoice = invoice
        stands = credit_used_on(invoice)
        self.fields["amount"].initial = major(stands)
        self.fields["used"].initial = stands.minor
        if invoice.state in {Invoice.State.OPEN, Invoice.State.IN_PROGRESS, Invoice.State.VOID}:
            del self.fields["policy"]

    def clean_amount(self) -> Money:
        """In the invoice's currency."""
        return money(self.cleaned_data["amount"], self.invoice.currency)

    def clean_used(self) -> Money:
        """What stood on the invoice when the page was made."""
        used = minor_sent(self.cleaned_data["used"], self.invoice.currency)
        if used is None:
            raise forms.ValidationError(gettext("Please open the page anew."))
        return used

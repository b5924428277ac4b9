"""The rules for payments as the owner sets them: each with what it does, and what it means for the money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.admin import ModelForm
from comptoir.kernel.amounts import AmountField, currency_code, major, minor
from comptoir.kernel.money import Money
from comptoir.payments.models import Rules

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

AMOUNT = "_minor"  # how the columns end that hold an amount: it is typed in major units


@dataclass(frozen=True, slots=True)
class Rule:
    """A column of `payments.Rules`: what it does, and what it means for the money. A new one is one entry below."""

    column: str
    does: _StrOrPromise
    money: _StrOrPromise


SECTIONS: tuple[tuple[_StrOrPromise, tuple[Rule, ...]], ...] = (
    (
        _("Refunds"),
        (
            Rule(
                "approval_above_minor",
                _("Such a refund waits until somebody else of your team approves it. Empty: one person is enough."),
                _("No money leaves before the second person has said yes; nobody approves their own refund."),
            ),
        ),
    ),
    (
        _("Payments that come late"),
        (
            Rule(
                "late_success",
                _("A direct debit can take days, and its order may be cancelled meanwhile."),
                _("Delivered, the money pays its invoice. Kept as credit, it stays the customer’s for a next invoice."),
            ),
        ),
    ),
    (
        _("Disputes"),
        (
            Rule(
                "on_dispute",
                _("What happens to the services while the customer’s bank disputes their payment."),
                _("The bank takes the money at once, whatever you choose here. A service that is ended stays ended."),
            ),
            Rule(
                "on_lost",
                _("What happens to the services once the dispute is lost."),
                _("The money is gone for good, the bank’s fee with it: a service that is kept is given away."),
            ),
        ),
    ),
    (
        _("Deliveries that wait for a person"),
        (
            Rule(
                "hold_risk",
                _("The payment service rates each payment. From this risk on, delivery waits until you have looked."),
                _("The money has arrived and you can still give it back; a fraud costs you the money and a fee."),
            ),
            Rule(
                "hold_new_above_minor",
                _(
                    "The delivery to somebody who has paid nothing that is older than 30 days waits above this amount. Empty: never."
                ),
                _("The money has arrived and waits with you; nothing is given back by itself."),
            ),
            Rule(
                "hold_orders_an_hour",
                _("Many orders in a row are how stolen cards are tried out. Empty: never."),
                _("Each of these payments has arrived; you deliver it, or give it back."),
            ),
        ),
    ),
    (
        _("Currency"),
        (
            Rule(
                "currency",
                _("The amounts on this page are in this currency."),
                _(
                    "No rate is guessed: where an amount is set above, one in another currency always waits for a person."
                ),
            ),
        ),
    ),
)
COLUMNS = tuple(rule.column for _title, rules in SECTIONS for rule in rules)


def _field(column: models.Field[Any, Any], **values: Any) -> forms.Field | None:
    """The form's field of a column."""
    if column.name.endswith(AMOUNT):
        return AmountField(label=capfirst(column.verbose_name), required=not column.null)
    field: forms.Field | None = column.formfield(**values)
    return field


class RulesForm(ModelForm):
    """Every rule, amounts in major units of the rules' own currency."""

    class Meta:
        model = Rules
        fields = COLUMNS
        formfield_callback = _field

    def __init__(self, *args: Any, **values: Any) -> None:
        """Show amounts in major units."""
        super().__init__(*args, **values)
        for name in self.amounts:
            stored = self.initial.get(name)
            if stored is not None:
                self.initial[name] = major(Money(stored, self.instance.currency))

    @property
    def amounts(self) -> list[str]:
        """The names of the columns that hold amounts."""
        return [name for name in self.fields if name.endswith(AMOUNT)]

    def clean_currency(self) -> str:
        """Three capital letters."""
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> None:
        """Turn amounts into minor units."""
        super().clean()
        currency = self.cleaned_data.get("currency")
        for name in self.amounts:
            value = self.cleaned_data.get(name)
            if value is None or currency is None:
                continue
            try:
                self.cleaned_data[name] = minor(value, currency)
            except forms.ValidationError as error:
                self.add_error(name, error)

    @property
    def sections(self) -> list[tuple[str, list[tuple[Rule, forms.BoundField]]]]:
        """The rules under their headings, each with its field."""
        return [(str(title), [(rule, self[rule.column]) for rule in rules]) for title, rules in SECTIONS]

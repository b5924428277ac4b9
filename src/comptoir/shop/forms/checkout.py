"""What a customer confirms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.money import Money
from comptoir.payments.actions.place import Spend
from comptoir.payments.queries import Choice

TOTAL_UNKNOWN = _("Please check the total once more, then order. Nothing was ordered yet.")


CREDIT_CHANGED = _(
    "Your credit has changed while you were ordering. Nothing was ordered yet; please check what is to be paid."
)


class ConfirmForm(forms.Form):
    """The way of paying (none where nothing is left to pay), the terms, and what was shown, in minor units: the total, and the credit."""

    gateway = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Please choose how you want to pay."),
            "invalid_choice": _("This way of paying is not available. Please choose another one."),
        },
    )
    terms = forms.BooleanField(error_messages={"required": _("Please accept the terms of sale to order.")})
    total = forms.IntegerField(
        widget=forms.HiddenInput, error_messages=dict.fromkeys(["required", "invalid"], TOTAL_UNKNOWN)
    )

    credit = forms.IntegerField(required=False, error_messages={"invalid": CREDIT_CHANGED})

    def __init__(
        self, *args: Any, choices: Sequence[Choice], total: Money, spend: Spend | None = None, **values: Any
    ) -> None:
        """Offer these choices for a total; `spend`: the credit that may pay of it."""
        super().__init__(*args, **values)
        self.offered = {choice.module: choice for choice in choices}
        self.spend = spend
        self.wholly = spend is not None and spend.amount == total
        if not total or (self.wholly and self.ticked):
            del self.fields["gateway"]
        else:
            self.fields["gateway"].choices = [(name, name) for name in self.offered]  # type: ignore[attr-defined]

    def clean_credit(self) -> int | None:
        """Nothing, or exactly what was shown."""
        sent: int | None = self.cleaned_data["credit"]
        if sent is not None and (self.spend is None or sent != self.spend.amount.minor):
            raise forms.ValidationError(CREDIT_CHANGED)
        return sent

    @property
    def ticked(self) -> bool:
        """Whether the credit is to be used: so it is as long as nobody has said otherwise."""
        return bool(self.data.get("credit")) if self.is_bound else self.spend is not None

    @property
    def spent(self) -> Spend | None:
        """The credit that was chosen to pay with."""
        return self.spend if self.cleaned_data.get("credit") else None

    @property
    def sentence(self) -> str:
        """What is wrong and has no place of its own on the page."""
        return str(next(iter([*self.errors.get("total", []), *self.errors.get("credit", [])]), ""))

    @property
    def choice(self) -> Choice | None:
        """The gateway that was chosen."""
        return self.offered.get(self.cleaned_data.get("gateway", ""))

    @property
    def chosen(self) -> str:
        """The gateway that is marked on the page: what was sent, else the first one."""
        sent = self.data.get("gateway", "")
        return sent if sent in self.offered else next(iter(self.offered), "")

"""What a customer confirms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comptoir.payments.queries import Choice

TOTAL_UNKNOWN = _("Please check the total once more, then order. Nothing was ordered yet.")


class ConfirmForm(forms.Form):
    """The way of paying (none where nothing is to be paid), the terms, and the total that was shown, in minor units."""

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

    def __init__(self, *args: Any, choices: Sequence[Choice], free: bool, **values: Any) -> None:
        """Offer these choices; `free`: nothing is to be paid."""
        super().__init__(*args, **values)
        self.offered = {choice.module: choice for choice in choices}
        if free:
            del self.fields["gateway"]
        else:
            self.fields["gateway"].choices = [(name, name) for name in self.offered]  # type: ignore[attr-defined]

    @property
    def sentence(self) -> str:
        """What is wrong and has no place of its own on the page."""
        return str(next(iter(self.errors.get("total", [])), ""))

    @property
    def choice(self) -> Choice | None:
        """The gateway that was chosen."""
        return self.offered.get(self.cleaned_data.get("gateway", ""))

    @property
    def chosen(self) -> str:
        """The gateway that is marked on the page: what was sent, else the first one."""
        sent = self.data.get("gateway", "")
        return sent if sent in self.offered else next(iter(self.offered), "")

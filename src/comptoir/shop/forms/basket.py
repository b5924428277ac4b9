"""What a visitor says about a line of the basket."""

from __future__ import annotations

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from comptoir.catalogue.models import Cycle
from comptoir.orders.models import MOST_OF_ONE

HOW_MANY = format_lazy(_("Please give a number from 0 to {most}."), most=MOST_OF_ONE)


class LineForm(forms.Form):
    """A quantity (0 removes) and a billing cycle; either may be left out."""

    quantity = forms.IntegerField(
        min_value=0,
        max_value=MOST_OF_ONE,
        required=False,
        error_messages={"invalid": HOW_MANY, "min_value": HOW_MANY, "max_value": HOW_MANY},
    )
    cycle = forms.ChoiceField(
        choices=Cycle.choices,
        required=False,
        error_messages={"invalid_choice": _("This billing period does not exist. Please choose one of the list.")},
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong, as a sentence."""
        return str(next((text for texts in self.errors.values() for text in texts), ""))

"""Who is billed: what an invoice must show."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comptoir.customers import actions
from comptoir.customers.models import Customer
from comptoir.shop.forms.fields import TidyField, countries

POSTCODES = {
    "FR": re.compile(r"\d{5}"),
    "MC": re.compile(r"980\d\d"),
    "DE": re.compile(r"\d{5}"),
    "BE": re.compile(r"\d{4}"),
}
DIGITS = {"FR": _("Five digits, for example 75011."), "MC": _("Five digits, for example 98000.")}


def field(name: str, label: Any, length: int, autocomplete: str, *, required: bool = True) -> TidyField:
    """A line of the address with its `data-test` name and the browser's word for it."""
    attributes = {"data-test": name, "autocomplete": autocomplete}
    return TidyField(label=label, max_length=length, required=required, widget=forms.TextInput(attributes))


class AddressForm(forms.Form):
    """The billing details of a customer."""

    first_name = field("first-name", _("First name"), 80, "given-name")
    last_name = field("last-name", _("Last name"), 80, "family-name")
    company = field("company", _("Company (optional)"), 120, "organization", required=False)
    address = field("address", _("Address"), 200, "street-address")
    postcode = field("postcode", _("Postcode"), 20, "postal-code")
    city = field("city", _("City"), 100, "address-level2")
    country = forms.ChoiceField(
        label=_("Country"),
        choices=countries,
        widget=forms.Select({"data-test": "country", "autocomplete": "country"}),
        error_messages={"invalid_choice": _("Please choose a country of the list.")},
    )

    def clean(self) -> dict[str, Any]:
        """Check the postcode where the country's form is known."""
        values = super().clean() or self.cleaned_data
        form = POSTCODES.get(values.get("country", ""))
        postcode = values.get("postcode", "")
        if form and postcode and not form.fullmatch(postcode.replace(" ", "")):
            self.add_error("postcode", DIGITS.get(values["country"], _("This is not a postcode of that country.")))
        elif form and postcode:
            values["postcode"] = postcode.replace(" ", "")
        return values

    @classmethod
    def of(cls, customer: Customer | None, *, country: str) -> AddressForm:
        """The form as it stands for a customer; `country` is the shop's own, for those who have said none."""
        if customer is None:
            return cls(initial={"country": country})
        return cls(initial={name: getattr(customer, name) for name in cls.base_fields})

    def save(self, customer: Customer) -> None:
        """Store what was said."""
        actions.save_profile(customer=customer, **self.cleaned_data)

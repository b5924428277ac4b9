"""Customers as staff edit them. Their page has an address of its own, which the back office routes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.customers import actions
from comptoir.customers.models import Customer
from comptoir.kernel.admin import ModelForm, Page


class CustomerForm(ModelForm):
    """Billing details, language, and whether somebody may try the test mode."""

    class Meta:
        model = Customer
        fields = (
            *("company", "first_name", "last_name", "address", "postcode", "city", "country"),
            *("locale", "tester"),
        )
        widgets = {"locale": forms.Select(choices=[("fr", _("French")), ("en", _("English"))])}

    def clean_country(self) -> str:
        """Two capital letters."""
        country = str(self.cleaned_data["country"]).upper()
        if len(country) != 2 or not country.isalpha():  # noqa: PLR2004 - ISO 3166 codes have two letters
            raise forms.ValidationError(_("Two letters, for example FR."))
        return country


@admin.register(Customer)
class CustomerAdmin(Page):
    """People who are billed: they register themselves, and none is deleted."""

    form = CustomerForm
    heading = pgettext_lazy("back office", "Customers")
    list_display = ("name", "email", "city", "country", "tester", "created_at")
    list_select_related = ("user",)
    found_by = ("user__email__startswith", "last_name__istartswith", "company__istartswith")
    search_help_text = _("Beginning of the e-mail address, last name or company")
    change_form_template = "backoffice/customer.html"
    fieldsets = (
        (_("Billed to"), {"fields": ("company", "first_name", "last_name", "address", "postcode", "city", "country")}),
        (_("Settings"), {"fields": ("locale", "tester")}),
    )

    @admin.display(description=_("name"))
    def name(self, row: Customer) -> str:
        """Company, or person."""
        return row.name

    @admin.display(description=_("e-mail address"))
    def email(self, row: Customer) -> str:
        """By which the customer signs in."""
        return row.user.email

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's form
        """A customer registers in the shop."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:  # noqa: ARG002 - Django's form
        """Who has a history of money stays."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The list and the history of changes; the page itself stands at `customers/<id>/`."""
        return [pattern for pattern in super().get_urls() if str(pattern.name).endswith(("changelist", "history"))]

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's form
        """Store the details by the same action as the customer's own page."""
        del request, change
        data = form.cleaned_data
        billed = ("first_name", "last_name", "company", "address", "postcode", "city", "country")
        obj.save(update_fields=["locale", "tester"])
        actions.save_profile(customer=obj, **{name: data[name] for name in billed})

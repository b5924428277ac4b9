"""The catalogue as staff edit it. Amounts are typed as people write them and stored in minor units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from comptoir.catalogue.models import Group, Price, Product, Shop, TaxRate
from comptoir.catalogue.queries import shop
from comptoir.kernel.admin import Inline, ModelForm, Page
from comptoir.kernel.amounts import AmountField, currency_code, major, minor
from comptoir.kernel.money import Money
from comptoir.kernel.shown import page_of
from comptoir.modules import registry
from comptoir.modules.admin import title_of


class PriceForm(ModelForm):
    """A price, typed as `99,90`."""

    amount = AmountField(label=_("price of one period"))
    setup = AmountField(label=_("set-up fee"), initial=0)

    class Meta:
        model = Price
        fields = ("product", "cycle", "currency")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show what is stored in major units."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.update(amount=major(self.instance.amount), setup=major(self.instance.setup))

    def clean_currency(self) -> str:
        """Three capital letters."""
        return currency_code(self.cleaned_data["currency"])

    def clean(self) -> None:
        """Turn both amounts into minor units; a part of a cent is refused, not rounded."""
        super().clean()
        currency = self.cleaned_data.get("currency")
        for name in ("amount", "setup"):
            value = self.cleaned_data.get(name)
            if currency is None or value is None:
                continue
            try:
                setattr(self.instance, f"{name}_minor", minor(value, currency))
            except forms.ValidationError as error:
                self.add_error(name, error)


class PriceInline(Inline):
    """The prices of a product."""

    model = Price
    form = PriceForm
    fields = ("cycle", "currency", "amount", "setup")
    extra = 1
    template = "backoffice/prices.html"


@admin.register(Price)
class PriceAdmin(Page):
    """Every price."""

    form = PriceForm
    ordering = ("product_id", "id")
    list_display = ("product", "cycle", "money", "fee")
    list_select_related = ("product",)
    list_filter = ("cycle",)

    @admin.display(description=_("price of one period"))
    def money(self, row: Price) -> Money:
        """In its own currency."""
        return row.amount

    @admin.display(description=_("set-up fee"))
    def fee(self, row: Price) -> Money:
        """Paid once."""
        return row.setup


@admin.register(Group)
class GroupAdmin(Page):
    """Groups of products."""

    list_display = ("title", "slug", "position", "visible")
    fieldsets = (
        (None, {"fields": ("name_fr", "name_en", "slug", "position", "visible")}),
        (_("Description"), {"fields": ("description_fr", "description_en")}),
    )

    @admin.display(description=_("name"))
    def title(self, row: Group) -> str:
        """In the active language."""
        return row.name


class DriverSettings(forms.JSONField):
    """JSON as people type it; what is nested deeper than Python reads is refused like what is none."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError."""
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, to be shown again."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)


class ProductForm(ModelForm):
    """A product; its driver is one of those installed."""

    driver = forms.ChoiceField(label=_("delivery driver"))

    class Meta:
        model = Product
        fields = "__all__"
        field_classes = {"driver_settings": DriverSettings}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the drivers that are installed, and the one that is stored."""
        super().__init__(*args, **kwargs)
        drivers = {name: module.manifest.title for name, module in registry.installed().items() if module.driver}
        if "driver" in self.fields:
            stored = {self.instance.driver: self.instance.driver} if self.instance.pk else {}
            self.fields["driver"].choices = list({**stored, **drivers}.items())  # type: ignore[attr-defined]

    def clean_driver_settings(self) -> dict[str, Any]:
        """Names and values, or nothing: an empty field is no setting, and a list or a number is none that a driver knows."""
        typed = self.cleaned_data["driver_settings"]
        if typed is None:
            return {}
        if not isinstance(typed, dict):
            raise forms.ValidationError(
                _('Settings are names and values, such as {"plan": "small"}. Nothing was stored.')
            )
        return typed


@admin.register(Product)
class ProductAdmin(Page):
    """What is sold. One that was ever ordered cannot be deleted: the orders hold it."""

    form = ProductForm
    inlines = (PriceInline,)
    list_display = ("title", "group", "delivered_by", "default_cycle", "highlighted", "visible")
    list_select_related = ("group",)
    list_filter = ("group", "visible")
    fieldsets = (
        (None, {"fields": ("name_fr", "name_en", "group", "default_cycle", "position", "visible", "highlighted")}),
        (_("Description"), {"fields": ("description_fr", "description_en")}),
        (_("Delivery and tax"), {"fields": ("driver", "driver_settings", "tax_rate")}),
    )

    @admin.display(description=_("delivery driver"))
    def delivered_by(self, row: Product) -> str:
        """The module that delivers it."""
        return title_of(row.driver)

    @admin.display(description=_("name"))
    def title(self, row: Product) -> str:
        """In the active language."""
        return row.name


class TaxRateForm(ModelForm):
    """A rate, typed in percent."""

    percent = forms.DecimalField(
        label=_("rate in percent"), min_value=0, max_value=100, decimal_places=2, localize=True
    )

    class Meta:
        model = TaxRate
        fields = ("name_fr", "name_en", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored rate in percent."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["percent"] = Decimal(self.instance.basis_points).scaleb(-2)

    def clean(self) -> None:
        """One name is enough: it stands in the other language, too."""
        super().clean()
        if not (self.cleaned_data.get("name_fr") or self.cleaned_data.get("name_en")):
            self.add_error("name_fr", _("A name in one of the languages is needed."))

    def clean_country(self) -> str:
        """Capital letters."""
        return str(self.cleaned_data["country"]).upper()

    def clean_percent(self) -> Decimal:
        """Hundredths of a percent are what is stored."""
        percent: Decimal = self.cleaned_data["percent"]
        self.instance.basis_points = int(percent.scaleb(2))
        return percent


@admin.register(TaxRate)
class TaxRateAdmin(Page):
    """Rates of value added tax."""

    form = TaxRateForm
    ordering = ("country", "id")
    list_display = ("__str__", "country")


class ShopForm(ModelForm):
    """The shop's own settings."""

    terms_url = forms.URLField(label=_("address of the terms of sale"), required=False, assume_scheme="https")

    class Meta:
        model = Shop
        fields = (
            *("name", "support_email", "terms_url", "country", "currency", "prices_include_tax", "tax_rate"),
            "new_customers_are_testers",
        )

    def clean_currency(self) -> str:
        """Three capital letters."""
        return currency_code(self.cleaned_data["currency"])


@admin.register(Shop)
class ShopAdmin(Page):
    """One row, so its list is its form."""

    form = ShopForm
    fieldsets = (
        (None, {"fields": ("name", "support_email", "terms_url", "country")}),
        (_("Prices"), {"fields": ("currency", "prices_include_tax", "tax_rate")}),
        (_("Customers"), {"fields": ("new_customers_are_testers",)}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the row."""
        del request, extra_context
        return HttpResponseRedirect(page_of(shop()))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's form
        """There is one shop."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Shop | None = None) -> bool:  # noqa: ARG002 - Django's form
        """There is one shop."""
        return False

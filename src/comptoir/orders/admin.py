"""Orders as staff see them: facts."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money
from comptoir.orders.models import Order


@admin.register(Order)
class OrderAdmin(Facts):
    """Placed by customers; they move by what is paid."""

    list_display = ("number", "customer", "state", "amount", "mode", "placed_at")
    list_select_related = ("customer__user",)
    list_filter = ("state", ModeFilter)
    found_by = ("number__startswith",)
    upper_case = True
    facts = ("customer", "amount", "gateway", "locale", "placed_at")
    noun = "order"
    page_template = "backoffice/order.html"

    @admin.display(description=_("total"))
    def amount(self, row: Order) -> Money:
        """What the order costs, tax included."""
        return row.total

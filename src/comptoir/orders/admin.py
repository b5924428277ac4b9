"""Orders as staff see them: facts."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money
from comptoir.modules.admin import title_of
from comptoir.orders.models import Order


@admin.register(Order)
class OrderAdmin(Facts):
    """Placed by customers; they move by what is paid."""

    list_display = ("number", "customer", "state", "amount", "mode", "placed_at")
    list_select_related = ("customer__user",)
    list_filter = ("state", ModeFilter)
    found_by = ("number__startswith",)
    upper_case = True
    facts = ("customer", "amount", "paid_by", "locale", "placed_at")
    noun = "order"
    page_template = "backoffice/order.html"

    @admin.display(description=_("total"))
    def amount(self, row: Order) -> Money:
        """What the order costs, tax included."""
        return row.total

    def name_of(self, row: Order) -> str:
        """As the customer's mails call it."""
        return gettext("Order %(number)s") % {"number": row}

    @admin.display(description=_("payment by"))
    def paid_by(self, row: Order) -> str:
        """The gateway that was chosen; credit, where nothing was left to choose one for."""
        if not row.gateway and row.total:
            return gettext("the customer’s credit")
        return title_of(row.gateway)

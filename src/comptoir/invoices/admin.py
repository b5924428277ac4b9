"""Invoices as staff see them: facts, on the same receipt that the customer has."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.invoices.models import Invoice
from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money


@admin.register(Invoice)
class InvoiceAdmin(Facts):
    """Issued once, never changed; they move by what the ledger says."""

    list_display = ("named", "customer", "state", "amount", "mode", "issued_at", "paid_at")
    list_select_related = ("customer__user",)
    list_filter = ("state", ModeFilter)
    found_by = ("number__startswith",)
    upper_case = True
    facts = ("customer", "order", "issued_at", "due_at", "paid_at", "locale")
    noun = "invoice"
    page_template = "backoffice/invoice.html"

    @admin.display(description=_("number"))
    def named(self, row: Invoice) -> str:
        """The number, or that it has none yet."""
        return str(row)

    @admin.display(description=_("total"))
    def amount(self, row: Invoice) -> Money:
        """What is owed, tax included."""
        return row.total

    def name_of(self, row: Invoice) -> str:
        """As the customer's own page is headed."""
        return gettext("Invoice %(number)s") % {"number": row}

"""The ledger as staff see it: nobody adds to it, changes or deletes it here, and the database would refuse."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry
from comptoir.modules.admin import title_of


@admin.register(Entry)
class EntryAdmin(Facts):
    """Facts about money."""

    list_display = ("reference", "kind", "amount", "origin", "mode", "occurred_at")
    list_filter = (ModeFilter,)
    found_by = ("reference__startswith",)
    facts = ("kind", "amount", "origin", "account", "mode", "reference", "payment", "occurred_at", "recorded_at")
    page_template = "backoffice/entry.html"

    @admin.display(description=_("amount"))
    def amount(self, row: Entry) -> Money:
        """Signed, in the currency that the customer paid."""
        return row.amount

    @admin.display(description=_("source"))
    def origin(self, row: Entry) -> str:
        """The gateway, or another named source."""
        return title_of(row.source)

    def name_of(self, row: Entry) -> str:
        """The source's own id."""
        return row.reference

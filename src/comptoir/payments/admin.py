"""Attempts and other people's objects as staff see them; payments have pages of their own in the back office."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money
from comptoir.kernel.shown import thing
from comptoir.modules.admin import kind_of, title_of
from comptoir.payments.models import Attempt, Foreign


@admin.register(Attempt)
class AttemptAdmin(Facts):
    """Each try to have an invoice paid."""

    list_display = ("named", "invoice", "state", "amount", "mode", "created_at")
    list_select_related = ("invoice",)
    list_filter = ("state", ModeFilter)
    found_by = ("references__reference__startswith",)
    facts = (
        *("invoice", "amount", "gateway", "account", "mode", "reference", "failure"),
        *("created_at", "expires_at"),
    )
    noun = "attempt"

    @admin.display(description=_("attempt"))
    def named(self, row: Attempt) -> SafeString:
        """The provider's page, or our own id before there is one, and whose it is."""
        return thing(str(row), title_of(row.module))

    @admin.display(description=_("gateway"))
    def gateway(self, row: Attempt) -> str:
        """Whose page it is."""
        return title_of(row.module)

    @admin.display(description=_("amount"))
    def amount(self, row: Attempt) -> Money:
        """What is to be paid."""
        return row.amount

    def name_of(self, row: Attempt) -> str:
        """As the history of the invoice calls it."""
        return gettext("Attempt %(reference)s") % {"reference": row}


@admin.register(Foreign)
class ForeignAdmin(Facts):
    """Objects of the same account that others made: noted, with no effect."""

    ordering = ("-id",)
    list_display = ("reference", "nature", "gateway", "mode", "why", "seen_at")
    list_filter = (ModeFilter,)
    facts = ("reference", "nature", "gateway", "account", "mode", "why", "seen_at")

    @admin.display(description=_("kind"))
    def nature(self, row: Foreign) -> str:
        """What it is."""
        return kind_of(row.kind)

    @admin.display(description=_("gateway"))
    def gateway(self, row: Foreign) -> str:
        """Whose object it is."""
        return title_of(row.module)

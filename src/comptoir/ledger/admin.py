"""The ledger as staff see it: nobody adds to it, changes or deletes it here, and the database would refuse."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.admin import Facts, ModeFilter
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, Source
from comptoir.modules import registry
from comptoir.modules.admin import title_of, who_in_words
from comptoir.modules.models import ModuleAccount


def origin_of(row: Entry) -> str:
    """Where money comes from, in words."""
    return str(dict(Source.choices).get(row.source) or title_of(row.source))


OF_CREDIT = {"used": _("credit used on %(number)s"), "returned": _("credit back from %(number)s")}


def name_of(row: Entry) -> str:
    """What people call an entry: the source's own id; of the house's own credit, which has none, what it did on which invoice."""
    kind, _colon, rest = row.reference.partition(":")
    said = OF_CREDIT.get(kind) if row.source == Source.CREDIT else None
    return str(said % {"number": rest.partition(":")[0]}) if said is not None else row.reference


@admin.register(Entry)
class EntryAdmin(Facts):
    """Facts about money."""

    heading = _("Ledger")
    list_display = ("named", "kind", "amount", "from_whom", "mode", "occurred_at")
    list_filter = (ModeFilter,)
    found_by = ("reference",)
    search_help_text = _("Whole id of the charge, or whole reference")
    facts = (
        *("kind", "amount", "origin", "by", "account", "mode", "reference", "payment"),
        *("occurred_at", "recorded_at"),
    )
    page_template = "backoffice/entry.html"

    @admin.display(description=_("amount"))
    def amount(self, row: Entry) -> Money:
        """Signed, in the currency that the customer paid."""
        return row.amount

    @admin.display(description=_("reference"))
    def named(self, row: Entry) -> str:
        """The source's own id, or words."""
        return name_of(row)

    @admin.display(description=_("source"))
    def origin(self, row: Entry) -> str:
        """The gateway, or another named source."""
        return origin_of(row)

    @admin.display(description=_("recorded by"))
    def by(self, row: Entry) -> str:
        """Who has told of it; '' where a provider has."""
        return who_in_words(row.recorded_by) if row.recorded_by else ""

    @admin.display(description=_("source"))
    def from_whom(self, row: Entry) -> SafeString:
        """Both of these in one column."""
        return format_html('<span>{}<span class="below muted">{}</span></span>', origin_of(row), self.by(row))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """Name every column that stands before the reference in the unique index, so that it answers."""
        del request
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(
            source__in={*registry.installed().keys(), *Source.values},
            account__in={"", *ModuleAccount.objects.values_list("account", flat=True)},
            mode__in=("live", "test"),
            kind__in=Entry.Kind.values,
            reference=term,
        )
        return found, False

    def name_of(self, row: Entry) -> str:
        """The source's own id, or words."""
        return capfirst(name_of(row))

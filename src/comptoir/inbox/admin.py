"""What providers told us, and the wishes to look, as staff see them. Payloads are not shown: they carry keys of payment pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from comptoir.inbox.models import Notice, Wish
from comptoir.kernel.admin import Facts, ModeFilter, ShowFilter


class NoticeShow(ShowFilter):
    """Received and done are two things."""

    conditions = (
        ("open", _("not done"), Q(done_at__isnull=True)),
        ("done", _("done"), Q(done_at__isnull=False)),
    )


@admin.register(Notice)
class NoticeAdmin(Facts):
    """Events, each stored once."""

    heading = _("Events")
    list_display = ("event_id", "type", "subject_id", "mode", "received_at", "done_at")
    list_filter = (NoticeShow, ModeFilter)
    found_by = ("event_id__startswith",)
    facts = (
        *("event_id", "type", "module", "account", "mode", "subject_kind", "subject_id", "claim"),
        *("created", "received_at", "done_at", "note"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Without the payloads, which are large and not shown."""
        return super().get_queryset(request).defer("payload")

    def name_of(self, row: Notice) -> str:
        """What it is about, in the provider's word."""
        return row.type


class WishShow(ShowFilter):
    """Answered or not."""

    conditions = (
        ("open", _("open"), Q(wanted__gt=F("done"))),
        ("done", _("done"), Q(wanted=F("done"))),
    )


@admin.register(Wish)
class WishAdmin(Facts):
    """What is to be looked at, and what was."""

    ordering = ("-id",)
    list_display = ("external_id", "kind", "module", "mode", "is_open", "tries", "problem", "not_before")
    list_filter = (WishShow, ModeFilter)
    facts = (
        *("external_id", "kind", "module", "account", "mode", "is_open", "wanted", "done", "tries", "problem"),
        *("not_before", "leased_until", "leased_by"),
    )

    @admin.display(description=_("open"), boolean=True)
    def is_open(self, row: Wish) -> bool:
        """Whether somebody still has to look."""
        return row.wanted > row.done

    def name_of(self, row: Wish) -> str:
        """The id that is looked at."""
        return row.external_id

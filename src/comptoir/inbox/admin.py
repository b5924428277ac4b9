"""What providers told us, and the wishes to look, as staff see them. Payloads are not shown: they carry keys of payment pages."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _, pgettext_lazy

from comptoir.inbox.models import Notice, Wish
from comptoir.kernel.admin import Facts, ModeFilter, ShowFilter
from comptoir.kernel.shown import NOTHING, moment, thing
from comptoir.modules.admin import kind_of, title_of


class NoticeShow(ShowFilter):
    """Received and done are two things."""

    conditions = (
        ("open", _("not done"), Q(done_at__isnull=True)),
        ("done", pgettext_lazy("event", "Done"), Q(done_at__isnull=False)),
    )


@admin.register(Notice)
class NoticeAdmin(Facts):
    """Events, each stored once."""

    heading = _("Events")
    list_display = ("event", "about", "mode", "received_at", "done")
    list_filter = (NoticeShow, ModeFilter)
    found_by = ("event_id__startswith",)
    facts = (
        *("event_id", "type", "gateway", "account", "mode", "nature", "subject_id", "claimed"),
        *("created", "received_at", "done", "note"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """Without the payloads, which are large and not shown."""
        return super().get_queryset(request).defer("payload")

    @admin.display(description=_("event"))
    def event(self, row: Notice) -> SafeString:
        """Its id, and its type in the provider's word."""
        return thing(row.event_id, row.type)

    @admin.display(description=_("subject"))
    def about(self, row: Notice) -> SafeString:
        """The object's id, and what it is."""
        return thing(row.subject_id, kind_of(row.subject_kind)) if row.subject_id else NOTHING

    @admin.display(description=_("gateway"))
    def gateway(self, row: Notice) -> str:
        """Who sent it."""
        return title_of(row.module)

    @admin.display(description=_("subject"))
    def nature(self, row: Notice) -> str:
        """What it is about."""
        return kind_of(row.subject_kind)

    @admin.display(description=pgettext_lazy("event", "Done"))
    def done(self, row: Notice) -> dt.datetime | None:
        """When what it announces had been looked at."""
        return row.done_at

    @admin.display(description=_("claim"))
    def claimed(self, row: Notice) -> str:
        """What it announces: a word of the module's, which marks it for translation."""
        return gettext(row.claim) if row.claim else ""

    def name_of(self, row: Notice) -> str:
        """What it is about, in the provider's word."""
        return row.type


class WishShow(ShowFilter):
    """Answered or not."""

    conditions = (
        ("open", _("to be looked at"), Q(wanted__gt=F("done"))),
        ("problem", _("with a problem"), Q(wanted__gt=F("done")) & ~Q(problem="")),
        ("done", _("looked at"), Q(wanted=F("done"))),
    )


@admin.register(Wish)
class WishAdmin(Facts):
    """What is to be looked at, and what was."""

    ordering = ("-id",)
    list_display = ("what", "mode", "asked_since", "tries", "next_try", "problem")
    list_filter = (WishShow, ModeFilter)
    facts = (
        *("external_id", "nature", "gateway", "account", "mode"),
        *("asked_since", "tries", "next_try", "leased_by", "problem"),
    )

    @admin.display(description=_("object"))
    def what(self, row: Wish) -> SafeString:
        """The provider's id, and what it is."""
        return thing(row.external_id, f"{kind_of(row.kind)} · {title_of(row.module)}")

    @admin.display(description=_("kind"))
    def nature(self, row: Wish) -> str:
        """What it is."""
        return kind_of(row.kind)

    @admin.display(description=_("gateway"))
    def gateway(self, row: Wish) -> str:
        """Whose object it is."""
        return title_of(row.module)

    @admin.display(description=_("asked since"))
    def asked_since(self, row: Wish) -> dt.datetime | None:
        """Since when somebody waits for a look; nothing where none is due."""
        return row.since if row.wanted > row.done else None

    @admin.display(description=_("next try"))
    def next_try(self, row: Wish) -> SafeString:
        """When somebody looks; wall time, as the workers go by it."""
        if row.wanted <= row.done:
            return format_html('<span class="muted">{}</span>', _("none: looked at"))
        if row.leased_until is not None and row.leased_until > timezone.now():
            return format_html("{}", _("being looked at"))
        return moment(row.not_before) if row.not_before > timezone.now() else format_html("{}", _("at once"))

    def name_of(self, row: Wish) -> str:
        """The id that is looked at."""
        return row.external_id

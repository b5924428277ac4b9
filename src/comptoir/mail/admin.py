"""The outbox as staff see it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.kernel.admin import Facts, ShowFilter
from comptoir.mail.models import Mail

PERSONAL = "account:"  # facts about somebody's own account: their text holds a link that signs in


class MailShow(ShowFilter):
    """What has not left yet, and what a person must decide about."""

    conditions = (
        ("uncertain", _("uncertain"), Q(state=Mail.State.UNCERTAIN)),
        ("unsent", _("not sent"), ~Q(state__in=[Mail.State.SENT, Mail.State.UNCERTAIN])),
        ("sent", _("sent"), Q(state=Mail.State.SENT)),
    )


@admin.register(Mail)
class MailAdmin(Facts):
    """One mail a fact."""

    list_display = ("words", "to", "state", "created_at", "sent_at")
    list_filter = (MailShow,)
    found_by = ("fact__startswith",)
    search_help_text = _("Fact, such as paid: and the beginning of its number")
    facts = ("words", "to", "fact", "locale", "created_at", "claimed_at", "sent_at", "problem", "text")
    noun = "mail"
    page_template = "backoffice/mail.html"

    @admin.display(description=_("subject"))
    def words(self, row: Mail) -> SafeString | str:
        """The subject, once it is put into words: in the language of whom it is for."""
        return format_html('<span lang="{}">{}</span>', row.locale, row.subject) if row.subject else row.fact

    @admin.display(description=_("text"))
    def text(self, row: Mail) -> SafeString | str:
        """What was written; a link by which somebody signs in is theirs alone."""
        if row.fact.startswith(PERSONAL):
            return str(_("Not shown: it holds a link that is this person’s alone."))
        return format_html('<pre class="letter" lang="{}">{}</pre>', row.locale, row.body) if row.body else ""

    def name_of(self, row: Mail) -> str:
        """For whom it is: its subject is in their language, not in the reader's."""
        return gettext("Mail to %(address)s") % {"address": row.to}

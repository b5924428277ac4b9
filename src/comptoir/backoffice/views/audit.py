"""The audit trail's page."""

from __future__ import annotations

import datetime as dt

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access, trail
from comptoir.backoffice.trail import Wanted
from comptoir.kernel import audit

LONGEST_TEXT = 200


@access.page("kernel.view_auditentry")
def listing(request: HttpRequest) -> HttpResponse:
    """Who did what to what, the newest first."""
    wanted = _wanted(request)
    entries, older = trail.found(wanted)
    kept = {name: str(value) for name, value in request.GET.items() if name != "before" and value}
    context = {
        **admin.site.each_context(request),
        "title": _("Audit trail"),
        "wanted": wanted,
        "entries": entries,
        "verbs": sorted(((code, str(words)) for code, words in audit.VERBS.items()), key=lambda each: each[1]),
        "older": f"?{urlencode({**kept, 'before': str(older)})}" if older else "",
        "newest": f"?{urlencode(kept)}" if wanted.before else "",
    }
    return TemplateResponse(request, "backoffice/audit.html", context)


def _wanted(request: HttpRequest) -> Wanted:
    asked = {name: str(value).replace("\0", "").strip()[:LONGEST_TEXT] for name, value in request.GET.items()}
    before = asked.get("before", "")
    return Wanted(
        who=asked.get("who", ""),
        verb=asked["verb"] if asked.get("verb") in audit.VERBS else "",
        thing=asked.get("thing", ""),
        day=_day(asked.get("day", "")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,  # noqa: PLR2004 - fits a bigint
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if dt.date.min < day < dt.date.max else None  # its neighbours are days, too

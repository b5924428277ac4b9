"""Payouts: the list, and what each contains, held against what arrives at the bank."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access, payouts
from comptoir.backoffice.transactions import Place, number
from comptoir.backoffice.views.billing import ASKING, query
from comptoir.conf import conf
from comptoir.inbox import actions as inbox
from comptoir.kernel import audit
from comptoir.kernel.admin import history
from comptoir.modules import registry
from comptoir.modules.api import Mode, Subject
from comptoir.payments.models import Payout

MODES = ("live", "test")


@access.page("payments.view_payout")
def listing(request: HttpRequest) -> HttpResponse:
    """Every payout that the provider has told of, the newest first."""
    mode, state = request.GET.get("mode", ""), request.GET.get("state", "")
    mode, state = mode if mode in MODES else "", state if state in Payout.State.values else ""
    page = payouts.listed(
        mode=mode,
        state=state,
        before=Place.read(request.GET.get("before", "")),
        after=Place.read(request.GET.get("after", "")),
    )
    context = {
        **admin.site.each_context(request),
        "title": _("Payouts"),
        "page": page,
        "mode": mode,
        "state": state,
        "states": Payout.State.choices,
        "older": query(request, before=page.older),
        "newer": query(request, after=page.newer),
    }
    return TemplateResponse(request, "backoffice/payouts.html", context)


@access.page("payments.view_payout")
def payout(request: HttpRequest, pk: int) -> HttpResponse:
    """One payout: what it contains, added up and row by row, and whether that agrees with its amount."""
    row = get_object_or_404(Payout, pk=pk)
    after = number(request.GET.get("after"))
    rows, further = payouts.rows(row, after=after)
    groups = payouts.groups(row)
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "payout": row,
        "gateway_title": registry.title(row.module),
        "groups": groups,
        "fees": payouts.fees(groups),
        "unknown": payouts.unknown(row),
        "rows": rows,
        "older": f"?after={further}#rows" if further else "",
        "newer": "?#rows" if after else "",
        "history": history("payout", row),
        "dashboard": _dashboard(row),
        "may_look": request.user.has_perm("payments.look_payment"),
    }
    return TemplateResponse(request, "backoffice/payout.html", context)


def _dashboard(row: Payout) -> str:
    books = registry.books(row.module)
    if books is None or conf().demo:
        return ""  # its payouts are known to the local Stripe alone
    return books.payout_url(row.account, _mode(row), row.reference)


def _mode(row: Payout) -> Mode:
    return "live" if row.mode == "live" else "test"


@access.change("payments.look_payment", "payments.view_payout")
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Wish for a look at the provider's; the worker answers it."""
    row = get_object_or_404(Payout, pk=pk)
    with transaction.atomic():
        inbox.wish(Subject(row.module, row.account, _mode(row), "payout", row.reference))
        audit.record(who=access.who(request), verb="payment.looked", on=row)
    messages.success(request, ASKING)
    return HttpResponseRedirect(reverse("backoffice:payout", args=[pk]))

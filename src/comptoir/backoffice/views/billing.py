"""Payments of a gateway: the list with its search, and each one's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, actions, transactions
from comptoir.backoffice.story import story
from comptoir.backoffice.transactions import Wanted
from comptoir.conf import conf
from comptoir.modules import registry
from comptoir.modules.api import Module
from comptoir.payments.models import Payment

LONGEST_TEXT = 255


@access.page("payments.view_payment")
def listing(request: HttpRequest, gateway: str) -> HttpResponse:
    """Every payment of a gateway, found by any id of the provider's."""
    module = _module(gateway)
    wanted = _wanted(request, gateway)
    listed = transactions.listed(wanted)
    context = {
        **admin.site.each_context(request),
        "title": module.manifest.title,
        "gateway": gateway,
        "wanted": wanted,
        "listed": listed,
        "states": Payment.State.choices,
        "totals": transactions.totals(gateway) if wanted.everything else [],
        "older": _query(request, before=listed.older),
        "newer": _query(request, after=listed.newer),
    }
    return TemplateResponse(request, "backoffice/transactions.html", context)


def _module(gateway: str) -> Module:
    module = registry.installed().get(gateway)
    if module is None or module.gateway is None:
        raise Http404(gettext("No payment gateway of this name is installed."))
    return module


def _wanted(request: HttpRequest, gateway: str) -> Wanted:
    asked = request.GET
    state, mode = asked.get("state", ""), asked.get("mode", "")
    return Wanted(
        gateway=gateway,
        text=asked.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT],
        state=state if state in Payment.State.values else "",
        mode=mode if mode in {"live", "test"} else "",
        customer=_number(asked.get("customer")),
        before=_number(asked.get("before")),
        after=_number(asked.get("after")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - fits a bigint


def _query(request: HttpRequest, **step: int | None) -> str:
    """The same search, cut at another payment; '' where there is nothing further."""
    if not any(step.values()):
        return ""
    kept = {name: str(value) for name, value in request.GET.items() if name not in {"before", "after"} and value}
    return "?" + urlencode({**kept, **{name: str(value) for name, value in step.items()}})


@access.page("payments.view_payment")
def payment(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """One payment: what it is, and how it came to that."""
    module, row = _module(gateway), _payment(gateway, pk)
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "gateway": gateway,
        "gateway_title": module.manifest.title,
        "payment": row,
        "booked": transactions.with_booked([row])[0].booked,
        "references": row.references.order_by("id"),
        "story": story(row),
        "dashboard": _dashboard(row),
        "may_look": request.user.has_perm("payments.look_payment"),
    }
    return TemplateResponse(request, "backoffice/payment.html", context)


def _payment(gateway: str, pk: int) -> Payment:
    rows = Payment.objects.select_related("invoice__customer__user", "invoice__order", "attempt")
    return get_object_or_404(rows, module=gateway, pk=pk)


def _dashboard(row: Payment) -> str:
    mode: Any = row.mode
    if conf().demo:
        return ""  # its payments are known to the local Stripe alone
    return registry.gateway(row.module).dashboard_url(row.account, mode, row.reference)


@access.change("payments.look_payment")
def look(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """Wish for a look at the provider's; the worker answers it."""
    row = _payment(gateway, pk)
    if actions.look_now(row):
        messages.success(request, _("The provider is asked now. What it says stands here in a moment."))
    else:
        messages.error(request, _("There is no id of this transaction to look at."))
    return HttpResponseRedirect(reverse("backoffice:payment", args=[gateway, pk]))

"""Payments of a gateway: the list with its search, and each one's own page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, actions, refund_lists, totals, transactions
from comptoir.backoffice.story import next_look, story, story_of_foreign
from comptoir.backoffice.transactions import Listed, Place, Wanted, number
from comptoir.conf import conf
from comptoir.modules import registry
from comptoir.modules.api import Module
from comptoir.payments import refundable
from comptoir.payments.models import Foreign, History, Payment

LONGEST_TEXT = 255
YEARS = (2000, 2100)  # of a day that is looked for
ASKING = _("The provider is asked now. What it says stands here in a moment.")


@access.page("payments.view_payment")
def listing(request: HttpRequest, gateway: str) -> HttpResponse:
    """Every payment of a gateway, found by any id of the provider's, an invoice's number or a customer's address."""
    module = module_of(gateway)
    wanted, widest = _wanted(request, gateway), ""
    if not request.user.has_perm("payments.view_foreign"):
        wanted, widest = replace(wanted, show="ours"), "ours"
    wanted = transactions.looked_up(wanted)
    listed = transactions.listed(wanted)
    context = {
        **admin.site.each_context(request),
        "title": module.manifest.title,
        "gateway": gateway,
        "wanted": wanted,
        "listed": listed,
        "states": Payment.State.choices,
        "choices": totals.choices(wanted),
        "totals": _totals(request, wanted),
        "may_ask": _unknown(wanted, listed, widest) and request.user.has_perm("payments.look_payment"),
        "reading": History.objects.filter(module=gateway).order_by("id"),
        "older": query(request, before=listed.older),
        "newer": query(request, after=listed.newer),
    }
    return TemplateResponse(request, "backoffice/transactions.html", context)


def _totals(request: HttpRequest, wanted: Wanted) -> totals.Totals | None:
    """Sums are the ledger's: for who may see it."""
    if wanted.shows == "others" or not request.user.has_perm("ledger.view_entry"):
        return None
    return totals.totals(wanted)


def module_of(gateway: str) -> Module:
    """The module of a gateway. Raises Http404."""
    module = registry.installed().get(gateway)
    if module is None or module.gateway is None:
        raise Http404(gettext("No payment gateway of this name is installed."))
    return module


def _unknown(wanted: Wanted, listed: Listed, widest: str) -> bool:
    """Whether an id is looked for that can be one of the provider's, and of which nothing is known here, whatever narrows the list."""
    if not (wanted.text and listed.nothing and registry.gateway(wanted.gateway).well_formed(wanted.text)):
        return False
    alone = Wanted(wanted.gateway, wanted.text, show=widest, found=wanted.found)
    return wanted.uncut == alone.uncut or transactions.listed(alone).nothing


def _wanted(request: HttpRequest, gateway: str) -> Wanted:
    asked = request.GET
    state, mode, show = asked.get("state", ""), asked.get("mode", ""), asked.get("show", "")
    return Wanted(
        gateway=gateway,
        text=_text(asked.get("q", "")),
        show=show if show in {"ours", "others", "all"} else "",
        state=state if state in Payment.State.values else "",
        mode=mode if mode in {"live", "test"} else "",
        method=_text(asked.get("method", "")),
        currency=_text(asked.get("currency", "")).upper(),
        begin=_day(asked.get("from", "")),
        end=_day(asked.get("to", "")),
        customer=number(asked.get("customer")),
        before=Place.read(asked.get("before", "")),
        after=Place.read(asked.get("after", "")),
    )


def _text(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST_TEXT]


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if YEARS[0] <= day.year < YEARS[1] else None


def query(request: HttpRequest, **step: Place | None) -> str:
    """The same search, cut at another place; '' where there is nothing further."""
    if not any(step.values()):
        return ""
    kept = {name: str(value) for name, value in request.GET.items() if name not in {"before", "after"} and value}
    return "?" + urlencode({**kept, **{name: str(value) for name, value in step.items()}})


@access.page("payments.view_payment")
def payment(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """One payment: what it is, and how it came to that."""
    module, row = module_of(gateway), payment_of(gateway, pk)
    told = transactions.with_booked([row])[0]
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "gateway": gateway,
        "gateway_title": module.manifest.title,
        "payment": row,
        "told": told,
        "method_title": totals.method_title(gateway, row.method_type),
        "references": row.references.order_by("id"),
        "story": story(row, events=request.user.has_perm("inbox.view_notice")),
        "next_look": next_look(row),
        "dashboard": dashboard_of(row),
        "may_look": request.user.has_perm("payments.look_payment"),
        "refunds": refund_lists.of_payment(row),
        "may_refund": request.user.has_perm("payments.request_refund") and refundable.may_be_offered(row),
        "me": access.who(request),
    }
    return TemplateResponse(request, "backoffice/payment.html", context)


def payment_of(gateway: str, pk: int) -> Payment:
    """A payment of a gateway. Raises Http404."""
    rows = Payment.objects.select_related("invoice__customer__user", "invoice__order", "attempt")
    return get_object_or_404(rows, module=gateway, pk=pk)


def dashboard_of(row: Payment | Foreign) -> str:
    """Address of a payment in the provider's dashboard; '' where there is none."""
    mode: Any = row.mode
    if conf().demo:
        return ""  # its payments are known to the local Stripe alone
    return registry.gateway(row.module).dashboard_url(row.account, mode, row.reference)


@access.change("payments.look_payment")
def look(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """Wish for a look at the provider's; the worker answers it."""
    row = payment_of(gateway, pk)
    if actions.look_now(row, who=access.who(request)):
        messages.success(request, ASKING)
    else:
        messages.error(request, _("There is no id of this transaction to look at."))
    return HttpResponseRedirect(reverse("backoffice:payment", args=[gateway, pk]))


@access.page("payments.view_foreign")
def foreign(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """A payment that others made through the same account: what there is to say of it, and why it is not ours."""
    module, row = module_of(gateway), get_object_or_404(Foreign, module=gateway, pk=pk)
    context = {
        **admin.site.each_context(request),
        "title": row.reference,
        "gateway": gateway,
        "gateway_title": module.manifest.title,
        "foreign": row,
        "method_title": totals.method_title(gateway, row.method_type),
        "story": story_of_foreign(row, events=request.user.has_perm("inbox.view_notice")),
        "dashboard": dashboard_of(row),
        "may_look": request.user.has_perm("payments.look_payment"),
    }
    return TemplateResponse(request, "backoffice/foreign.html", context)


@access.change("payments.look_payment", "payments.view_foreign")
def foreign_look(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    """Wish for a look at an object of others, for who may see it."""
    actions.look_at_foreign(get_object_or_404(Foreign, module=gateway, pk=pk), who=access.who(request))
    messages.success(request, ASKING)
    return HttpResponseRedirect(reverse("backoffice:foreign", args=[gateway, pk]))

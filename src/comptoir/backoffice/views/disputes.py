"""Disputes and warnings of fraud: what there is to answer, one dispute with its evidence, and the two steps that are for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access, actions, disputes as shown
from comptoir.backoffice.dispute_forms import FIELDS, EvidenceForm, ServicesForm
from comptoir.backoffice.dispute_standing import standing
from comptoir.backoffice.transactions import number
from comptoir.backoffice.views.billing import ASKING, dashboard_of
from comptoir.kernel.admin import history
from comptoir.kernel.errors import SaidError
from comptoir.modules import registry
from comptoir.payments.actions import answer
from comptoir.payments.actions.dispute_services import decide
from comptoir.payments.actions.warnings import put_aside
from comptoir.payments.models import Dispute, FraudWarning, ServicePolicy
from comptoir.payments.queries import rules

LOOK, ANSWER = "payments.view_dispute", "payments.answer_dispute"
UNPROCESSABLE = 422
DONE = {
    "dispute_send": _("Sent to the bank. It decides, which takes up to 75 days; you are told."),
    "dispute_give_up": _("Given up. The money stays with the customer."),
}


@access.page(LOOK)
def listing(request: HttpRequest) -> HttpResponse:
    """The disputes that are open, over, or all; and the warnings about which something can be done."""
    asked = request.GET.get("show", "open")
    show = asked if asked in dict(shown.SHOWS) else "open"
    rows, older = shown.listed(show, before=number(request.GET.get("before")))
    context = {
        **admin.site.each_context(request),
        "title": _("Disputes"),
        "rows": rows,
        "show": show,
        "shows": shown.SHOWS,
        "warnings": shown.warnings() if show == "open" else [],
        "older": f"?show={show}&before={older}" if older else "",
        "newest": f"?show={show}" if "before" in request.GET else "",
    }
    return TemplateResponse(request, "backoffice/disputes.html", context)


@access.page(LOOK)
def dispute(request: HttpRequest, pk: int) -> HttpResponse:
    """One dispute: how it stands, what the bank took, what we know for the bank to read."""
    return _page(request, _dispute(pk))


def _page(request: HttpRequest, row: Dispute, *, form: EvidenceForm | None = None, status: int = 200) -> HttpResponse:
    movements, texts = shown.booked(row), shown.texts(row)
    context = {
        **_context(request, row),
        "form": form or EvidenceForm(initial=texts),
        "told": [(FIELDS[name][0], text) for name, text in texts.items() if text],
        "movements": movements,
        "fees": shown.fees(movements),
        "services": shown.services_of(row),
        "policies": ServicePolicy.choices,
        "history": history("dispute", row),
        "dashboard": dashboard_of(row.payment),
        "may_look": request.user.has_perm("payments.look_payment"),
        "may_decide": request.user.has_perm(ANSWER),
        "may_refund": request.user.has_perm("payments.request_refund") and shown.may_be_refunded(row),
    }
    return TemplateResponse(request, "backoffice/dispute.html", context, status=status)


def _context(request: HttpRequest, row: Dispute) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": row.reference,
        "dispute": row,
        "payment": row.payment,
        "gateway": row.module,
        "gateway_title": registry.title(row.module),
        "reason": shown.reason_of(row),
        "standing": standing(row),
        "days_left": shown.days_left(row),
        "may_answer": request.user.has_perm(ANSWER) and shown.may_be_answered(row),
    }


def _dispute(pk: int) -> Dispute:
    """With its payment, invoice and customer. Raises Http404."""
    rows = Dispute.objects.select_related("payment__invoice__customer__user", "payment__invoice__order")
    return get_object_or_404(rows, pk=pk)


@access.change(ANSWER)
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was written; then lay it with the provider, or go on to the page where it is sent."""
    row, form = _dispute(pk), EvidenceForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=UNPROCESSABLE)
    sends = request.POST.get("do") == "send"
    try:
        answer.keep(dispute_id=pk, texts=form.cleaned_data)
        if not sends:
            answer.stage(dispute_id=pk, who=access.who(request))
            messages.success(request, _("Kept here and laid with the provider. Nothing was sent to the bank."))
    except SaidError as refused:
        messages.error(request, str(refused.sentence))
        sends = False
    return HttpResponseRedirect(reverse("backoffice:dispute_send" if sends else "backoffice:dispute", args=[pk]))


def send(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows what would be sent, for good; POST sends it."""
    deed = _sent if request.method == "POST" else _to_be_confirmed
    return deed(request, pk, name="dispute_send")


def give_up(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET asks whether it is to be given up, for good; POST does it."""
    deed = _given_up if request.method == "POST" else _to_be_confirmed
    return deed(request, pk, name="dispute_give_up")


@access.page(ANSWER)
def _to_be_confirmed(request: HttpRequest, pk: int, *, name: str) -> HttpResponse:
    row = _dispute(pk)
    texts = shown.texts(row)
    context = {
        **_context(request, row),
        "name": name,
        "on_lost": "" if row.policy_by or not shown.services_of(row) else ServicePolicy(rules().on_lost).label,
        "told": [(FIELDS[field][0], text) for field, text in texts.items() if text],
    }
    return TemplateResponse(request, "backoffice/dispute_confirm.html", context)


@access.change(ANSWER)
def _sent(request: HttpRequest, pk: int, *, name: str) -> HttpResponse:
    return _done(request, pk, answer.send, name=name)


@access.change(ANSWER)
def _given_up(request: HttpRequest, pk: int, *, name: str) -> HttpResponse:
    return _done(request, pk, answer.give_up, name=name)


def _done(request: HttpRequest, pk: int, deed: Callable[..., None], *, name: str) -> HttpResponse:
    row = _dispute(pk)
    try:
        deed(dispute_id=row.pk, who=access.who(request))
        messages.success(request, DONE[name])
    except SaidError as refused:
        messages.error(request, str(refused.sentence))
    return HttpResponseRedirect(reverse("backoffice:dispute", args=[pk]))


@access.change(ANSWER)
def services(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says what becomes of the services; from then on the house's rules change nothing here."""
    row, form = _dispute(pk), ServicesForm(request.POST)
    if form.is_valid() and decide(dispute_id=row.pk, policy=form.cleaned_data["policy"], who=access.who(request)):
        messages.success(
            request, _("Done. Suspending, resuming and ending take a moment; the customer is told by mail.")
        )
    else:
        messages.info(request, _("That is so already. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:dispute", args=[pk]))


@access.change("payments.look_payment", LOOK)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Wish for a look at the provider's; the worker answers it."""
    actions.look_at_dispute(_dispute(pk), who=access.who(request))
    messages.success(request, ASKING)
    return HttpResponseRedirect(reverse("backoffice:dispute", args=[pk]))


@access.change(ANSWER)
def aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has looked at a warning and leaves the payment as it is."""
    row = get_object_or_404(FraudWarning, pk=pk)
    if put_aside(warning_id=row.pk, who=access.who(request)):
        messages.success(request, _("Put aside. Should the payment be disputed, you are told."))
    else:
        messages.info(request, _("Somebody has seen to it already. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:disputes"))

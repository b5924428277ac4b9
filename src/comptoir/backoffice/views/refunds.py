"""Money that is given back: the page that asks for it, the list of all refunds, and what people decide about one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, refund_lists, refund_services
from comptoir.backoffice.refunding import RefundForm, fresh, receipt
from comptoir.backoffice.views.billing import module_of, payment_of
from comptoir.kernel.errors import SaidError
from comptoir.payments import refundable
from comptoir.payments.actions import refund as deed, refund_call
from comptoir.payments.models import Payment, Refund, ServicePolicy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

UNPROCESSABLE = 422
PERMISSION = "payments.request_refund"
ASKED = _("%(amount)s is being given back. How it stands is shown here.")
ASKED_SECOND = _("A refund of %(amount)s is asked for. It waits until a second person of your team approves it.")


def refund(request: HttpRequest, gateway: str, pk: int) -> HttpResponseBase:
    """GET shows what can be given back and what will happen; POST asks for it."""
    return _ask(request, gateway, pk) if request.method == "POST" else _shown(request, gateway, pk)


@access.page(PERMISSION)
def _shown(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    payment = payment_of(gateway, pk)
    failed = _named(payment, request.GET.get("again", ""))
    return _page(request, payment, RefundForm(payment, initial=fresh(payment, failed)))


def _named(payment: Payment, text: str) -> Refund | None:
    """The refund of this payment that is asked for again."""
    try:
        return payment.refunds.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None


@access.change(PERMISSION)
def _ask(request: HttpRequest, gateway: str, pk: int) -> HttpResponse:
    payment = payment_of(gateway, pk)
    form = RefundForm(payment, request.POST)
    if not form.is_valid():
        return _page(request, payment, form, status=UNPROCESSABLE)
    filled = form.cleaned_data
    if "look" in request.POST or form.asked.minor != filled["shown"]:
        return _page(request, payment, form, changed="look" not in request.POST)
    if form.risk is not None and not filled.get("recall"):
        form.add_error(
            "recall", gettext("Please say that you know this, or wait until the debit can no longer be taken back.")
        )
        return _page(request, payment, form, status=UNPROCESSABLE)
    try:
        row = deed.request(
            refund_id=filled["refund"],
            payment_id=payment.pk,
            amount=form.asked,
            reason=filled["reason"],
            note=filled["note"],
            policy=filled.get("policy", ServicePolicy.KEEP),
            again_of=filled["again_of"],
            who=access.who(request),
        )
    except SaidError as error:
        messages.error(request, str(error.sentence))
        return _page(request, payment, form, status=UNPROCESSABLE)
    said = ASKED_SECOND if row.state == Refund.State.WAITING else ASKED
    messages.success(request, said % {"amount": row.amount})
    return HttpResponseRedirect(_of(payment))


def _page(
    request: HttpRequest, payment: Payment, form: RefundForm, *, changed: bool = False, status: int = 200
) -> HttpResponse:
    """The page; the receipt is about what the form says now, and that is what its button does."""
    told = receipt(payment, form.said())
    form.show(amount=told.amount, left=told.left)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Give money back"),
        "gateway": payment.module,
        "gateway_title": module_of(payment.module).manifest.title,
        "payment": payment,
        "form": form,
        "told": told,
        "services_after": refund_services.told(
            form.services, policy=_policy(form), invoice_after=told.invoice_after if told.fits else ""
        ),
        "changed": changed,
        "refusal": refundable.refusal(payment),
        "refunds": refund_lists.of_payment(payment),
        "me": access.who(request),
    }
    return TemplateResponse(request, "backoffice/refund.html", context, status=status)


def _policy(form: RefundForm) -> str:
    """What the form says of the services by now."""
    return str(form["policy"].value() or ServicePolicy.KEEP) if "policy" in form.fields else ServicePolicy.KEEP


def _of(payment: Payment) -> str:
    return reverse("backoffice:payment", args=[payment.module, payment.pk])


@access.page("payments.view_refund")
def listing(request: HttpRequest) -> HttpResponse:
    """Every refund: what is owed again on top, then what waits for a second person and what is under way, then all others."""
    before = request.GET.get("before", "")
    listed = refund_lists.listed(before=before)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Refunds"),
        "listed": listed,
        "older": "?" + urlencode({"before": listed.older}) if listed.older else "",
        "later": bool(before),
        "me": access.who(request),
    }
    return TemplateResponse(request, "backoffice/refunds.html", context)


def _decide(request: HttpRequest, pk: uuid.UUID, do: Callable[..., None], done: _StrPromise) -> HttpResponse:
    """Do it, say what came of it, and lead back to where the button stood."""
    row = get_object_or_404(Refund.objects.select_related("payment"), pk=pk)
    try:
        do(refund_id=pk, who=access.who(request))
    except SaidError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, done % {"amount": row.amount})
    listed = request.POST.get("back") == "list"
    return HttpResponseRedirect(reverse("backoffice:refunds") if listed else _of(row.payment))


@access.change("payments.approve_refund")
def approve(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A second person agrees."""
    return _decide(request, pk, deed.approve, _("Approved: %(amount)s is being given back."))


@access.change("payments.request_refund")
def refuse(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A refund that waits is not made: by whoever may approve it, or by its own asker, who thinks better of it."""
    row = get_object_or_404(Refund, pk=pk)
    if row.requested_by != access.who(request)[:150] and not request.user.has_perm("payments.approve_refund"):
        raise Http404
    return _decide(request, pk, deed.refuse, _("The refund of %(amount)s is not made. No money has moved."))


@access.change("payments.request_refund")
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A refund that is under way is to be stopped at the provider."""
    done = _("The provider was asked to stop the refund of %(amount)s. Whether it did is shown in a moment.")
    return _decide(request, pk, refund_call.call_off, done)


@access.change("payments.request_refund")
def put_aside(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A failed refund has reached the customer in another way."""
    done = _("Noted: the customer has the %(amount)s in another way. No money was moved by this.")
    return _decide(request, pk, deed.put_aside, done)

"""Payments that reach the host outside of the gateways, and credit on an invoice: recorded, used, given back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from comptoir.backoffice import access
from comptoir.backoffice.money_forms import BackForm, RecordForm
from comptoir.invoices.models import Invoice
from comptoir.kernel.amounts import agreed, minor_sent
from comptoir.kernel.errors import SaidError
from comptoir.kernel.shown import page_of
from comptoir.ledger.queries import credit_used_on, owed_on
from comptoir.payments.actions.record import OTHERWISE_NOW, Recorded, record_payment, split
from comptoir.payments.actions.spend import take_back_off, use_credit
from comptoir.payments.models import Attempt, ServicePolicy

GIVE = "ledger.give_credit"
UNPROCESSABLE = 422


def record(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows the form; POST shows what the payment would do, and records it once that is confirmed."""
    return _record(request, pk) if request.method == "POST" else _form(request, pk)


@access.page(GIVE)
def _form(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _issued(pk)
    return _record_page(request, RecordForm(invoice=invoice))


@access.change(GIVE)
def _record(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _issued(pk)
    form = RecordForm(request.POST, invoice=invoice)
    if not form.is_valid():
        return _record_page(request, form, status=UNPROCESSABLE)
    if "edit" in request.POST:
        return _record_page(request, form)
    confirmed = minor_sent(request.POST.get("confirm", ""), invoice.currency)
    try:
        if confirmed is None:
            return _record_page(request, form, would=split(invoice, form.given["amount"]))
        done = record_payment(invoice_id=pk, **form.given, who=access.who(request), agreed=confirmed)
    except SaidError as refused:
        invoice.refresh_from_db()
        would = split(invoice, form.given["amount"]) if refused.sentence is OTHERWISE_NOW else None
        return _record_page(request, form, would=would, refused=str(refused.sentence), status=UNPROCESSABLE)
    _tell(request, invoice, done)
    return HttpResponseRedirect(page_of(invoice))


def _record_page(
    request: HttpRequest, form: RecordForm, *, would: Recorded | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    invoice = form.invoice
    owed = owed_on(invoice)
    open_page = Attempt.objects.filter(invoice=invoice, state=Attempt.State.OPEN).exists()
    more = {
        "form": form,
        "owed": owed,
        "would": would,
        "left": owed - would.paid if would else None,
        "refused": refused,
        "open_page": open_page,
    }
    return _page(request, "backoffice/record.html", gettext("Record a payment"), invoice, more, status=status)


def _tell(request: HttpRequest, invoice: Invoice, done: Recorded) -> None:
    values = {"paid": done.paid, "credit": done.credit, "number": invoice}
    if done.again:
        messages.info(request, gettext("This payment was recorded already. It stands in the ledger once."))
    elif not done.credit:
        messages.success(request, gettext("Recorded: %(paid)s pay invoice %(number)s.") % values)
    elif not done.paid:
        messages.success(
            request, gettext("Recorded: %(credit)s are the customer’s credit now, and they are told by mail.") % values
        )
    else:
        said = gettext(
            "Recorded: %(paid)s pay invoice %(number)s, %(credit)s are the customer’s credit now; they are told by mail."
        )
        messages.success(request, said % values)


@access.change(GIVE)
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Use the customer's credit on an invoice, as much as the button has said."""
    invoice = _issued(pk)
    try:
        amount, before = agreed(request.POST, invoice.currency, "amount", "used")
        used = use_credit(invoice_id=pk, who=access.who(request), agreed=amount, used_before=before)
    except SaidError as refused:
        messages.error(request, str(refused.sentence))
    else:
        stands = used or credit_used_on(invoice)
        messages.success(request, gettext("%(amount)s of credit pay this invoice now.") % {"amount": stands})
    return HttpResponseRedirect(page_of(invoice))


def back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows how much credit stands on an invoice; POST gives of it back."""
    return _back(request, pk) if request.method == "POST" else _back_form(request, pk)


@access.page(GIVE)
def _back_form(request: HttpRequest, pk: int) -> HttpResponse:
    return _back_page(request, BackForm(invoice=_issued(pk)))


@access.change(GIVE)
def _back(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = _issued(pk)
    form = BackForm(request.POST, invoice=invoice)
    if not form.is_valid():
        return _back_page(request, form, status=UNPROCESSABLE)
    try:
        given = take_back_off(
            invoice_id=pk,
            amount=form.cleaned_data["amount"],
            used_before=form.cleaned_data["used"],
            policy=form.cleaned_data.get("policy", ServicePolicy.KEEP),
            who=access.who(request),
        )
    except SaidError as refused:
        return _back_page(request, form, refused=str(refused.sentence), status=UNPROCESSABLE)
    if given:
        said = gettext("%(amount)s are the customer’s credit again; they are told by mail.") % {"amount": given}
        messages.success(request, said)
    else:
        messages.info(
            request, gettext("The credit on this invoice has changed meanwhile. Nothing more was given back.")
        )
    return HttpResponseRedirect(page_of(invoice))


def _back_page(request: HttpRequest, form: BackForm, *, refused: str = "", status: int = 200) -> HttpResponse:
    more = {"form": form, "stands": credit_used_on(form.invoice), "refused": refused}
    return _page(request, "backoffice/credit_back.html", gettext("Give credit back"), form.invoice, more, status=status)


def _page(
    request: HttpRequest, template: str, title: str, invoice: Invoice, more: dict[str, Any], *, status: int
) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "invoice": invoice, "original": invoice, **more}
    return TemplateResponse(request, template, context, status=status)


def _issued(pk: int) -> Invoice:
    """An invoice that is no draft. Raises Http404."""
    rows = Invoice.objects.exclude(state=Invoice.State.DRAFT).select_related("customer__user", "order")
    return get_object_or_404(rows, pk=pk)

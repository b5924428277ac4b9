"""A customer's credit: what there is in each currency and mode, how it came to that, and giving more."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from comptoir.backoffice import access
from comptoir.backoffice.money_forms import GiveForm
from comptoir.backoffice.related import credit_history
from comptoir.backoffice.transactions import number
from comptoir.catalogue.queries import shop
from comptoir.customers.models import Customer
from comptoir.kernel.errors import SaidError
from comptoir.ledger.queries import credits_of
from comptoir.payments.actions.spend import give_credit

LOOK, GIVE = "ledger.view_creditentry", "ledger.give_credit"
UNPROCESSABLE = 422


def credit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows a customer's credit, POST gives some."""
    return _give(request, pk) if request.method == "POST" else _shown(request, pk)


@access.page(LOOK)
def _shown(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _customer(pk)
    return _page(request, customer, GiveForm(customer=customer, currency=shop().currency))


@access.change(GIVE)
def _give(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _customer(pk)
    form = GiveForm(request.POST, customer=customer, currency=shop().currency)
    if not form.is_valid():
        return _page(request, customer, form, status=UNPROCESSABLE)
    data = form.cleaned_data
    try:
        row = give_credit(
            customer=customer,
            mode=data.get("mode", "live"),
            amount=data["amount"],
            note=data["reason"],
            key=data["key"],
            who=access.who(request),
        )
    except SaidError as refused:
        form.add_error("amount", str(refused.sentence))
        return _page(request, customer, form, status=UNPROCESSABLE)
    said = gettext("%(name)s has %(amount)s of credit more, and is told by mail.")
    messages.success(request, said % {"name": customer.name, "amount": row.amount})
    return HttpResponseRedirect(reverse("backoffice:credit", args=[pk]))


def _page(request: HttpRequest, customer: Customer, form: GiveForm, *, status: int = 200) -> HttpResponse:
    history, older = credit_history(customer, before=number(request.GET.get("before")))
    context = {
        **admin.site.each_context(request),
        "title": customer.name,
        "original": customer,
        "opts": Customer._meta,  # noqa: SLF001 - Django's public, if underscored, model options
        "credits": credits_of(customer),
        "history": history,
        "older": f"?before={older}" if older else "",
        "newest": request.path if "before" in request.GET else "",
        "form": form,
    }
    return TemplateResponse(request, "backoffice/credit.html", context, status=status)


def _customer(pk: int) -> Customer:
    return get_object_or_404(Customer.objects.select_related("user"), pk=pk)

"""The customer area: what one has, what one owes. Somebody else's is not there (404)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from comptoir.customers import factors
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.secrets import UnsealError
from comptoir.ledger.queries import credits_of
from comptoir.payments.actions import cancel as orders
from comptoir.payments.gone_back import being_checked, gone_back, still_paid
from comptoir.payments.models import Payment
from comptoir.payments.queries import payment_of, summary
from comptoir.services.models import Operation, Service
from comptoir.services.queries import access
from comptoir.shop import receipts, visitor
from comptoir.shop.billed import billed
from comptoir.shop.pay.words import why_failed
from comptoir.shop.paying import paying
from comptoir.shop.privacy import private

log = structlog.get_logger(__name__)
Shown = TypeVar("Shown", Service, Invoice)
A_PAGE = 20
AT_A_GLANCE = 5


@dataclass(frozen=True)
class Row:
    """A service, with its access data where they may be shown. `unreadable`: they are there and cannot be opened."""

    service: Service
    access: dict[str, str] = field(default_factory=dict, repr=False)
    unreadable: bool = False


@login_required
@require_safe
@private
def overview(request: HttpRequest) -> HttpResponse:
    """What needs the customer, then the newest of everything."""
    invoices, services = _invoices(request), _services(request)
    in_hand = [each for each in credits_of(visitor.customer_of(request)) if each.balance_minor]
    values = {
        "due": billed(invoices.filter(state=Invoice.State.OPEN, total_minor__gt=0)[:AT_A_GLANCE], in_hand),
        "services": services[:AT_A_GLANCE],
        "invoices": billed(invoices[:AT_A_GLANCE]),
        "credits": in_hand,
    }
    return render(request, "client/overview.html", values)


@login_required
@require_safe
@private
def services(request: HttpRequest) -> HttpResponse:
    """Every service with how to reach it."""
    page = _page(request, _services(request))
    return render(request, "client/services.html", {"page": page, "rows": [_row(service) for service in page]})


@login_required
@require_safe
@private
def invoices(request: HttpRequest) -> HttpResponse:
    """Every invoice."""
    page = _page(request, _invoices(request))
    return render(request, "client/invoices.html", {"page": page, "invoices": billed(page)})


@login_required
@require_safe
@private
def invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """One invoice, as a receipt."""
    row = get_object_or_404(_invoices(request), pk=invoice_id)
    values = {
        "invoice": row,
        "receipt": receipts.of_invoice(row),
        "back": gone_back(row),
        "still_paid": still_paid(row),
        "paying": paying(row),
        "order": row.order,
        "checked": being_checked(row),
        "failed": why_failed(payment_of(row)) if summary(row) == Payment.State.FAILED else "",
    }
    return render(request, "client/invoice.html", values)


@login_required
@require_POST
@private
def cancel(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Cancel the order of an invoice that is not paid."""
    row = get_object_or_404(_invoices(request), pk=invoice_id)
    if row.order_id is None:
        raise Http404
    try:
        orders.cancel(order_id=row.order_id, why="", who=visitor.who(row.customer), by_customer=True)
    except SaidError as error:
        log.info("not cancelled", invoice=row.pk, cause=error.cause)
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("Your order is cancelled. Nothing is charged, and nothing will be delivered."))
    return redirect("client_invoice", invoice_id=row.pk)


@login_required
@require_safe
@private
def security(request: HttpRequest) -> HttpResponse:
    """How one signs in."""
    return render(request, "client/security.html", {"has_factor": factors.has_one(request.user)})


def _invoices(request: HttpRequest) -> QuerySet[Invoice]:
    rows = Invoice.objects.filter(customer=visitor.customer_of(request)).select_related("order", "customer")
    return rows.exclude(state=Invoice.State.DRAFT).order_by("-pk")


def _services(request: HttpRequest) -> QuerySet[Service]:
    under_way = Exists(Operation.objects.filter(service=OuterRef("pk")))
    mine = Service.objects.filter(customer=visitor.customer_of(request))
    return mine.annotate(under_way=under_way).order_by("-pk")


def _page(request: HttpRequest, rows: QuerySet[Shown]) -> Page[Shown]:
    return Paginator(rows, A_PAGE).get_page(request.GET.get("page"))


def _row(service: Service) -> Row:
    if service.state != Service.State.ACTIVE:
        return Row(service)
    try:
        return Row(service, access=access(service))
    except UnsealError:
        log.exception("access data cannot be opened", service=service.pk)
        return Row(service, unreadable=True)

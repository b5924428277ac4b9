"""What a provider told of a payment, as it came: one click from the payment's page."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from comptoir.backoffice import access
from comptoir.backoffice.raw import raw
from comptoir.backoffice.story import delay
from comptoir.backoffice.views.billing import module_of, payment_of
from comptoir.inbox.models import Notice
from comptoir.payments.models import Foreign, Payment


@access.page("inbox.view_notice")
def of_payment(request: HttpRequest, gateway: str, pk: int, notice: int) -> HttpResponse:
    """An event about one of our payments."""
    module_of(gateway)
    row = payment_of(gateway, pk)
    known = row.references.values_list("reference", flat=True)
    return _page(request, row, [*known], notice, reverse("backoffice:payment", args=[gateway, pk]))


@access.page("inbox.view_notice")
def of_foreign(request: HttpRequest, gateway: str, pk: int, notice: int) -> HttpResponse:
    """An event about a payment of others."""
    module_of(gateway)
    row = get_object_or_404(Foreign, module=gateway, pk=pk)
    return _page(request, row, [row.reference], notice, reverse("backoffice:foreign", args=[gateway, pk]))


def _page(request: HttpRequest, row: Payment | Foreign, known: list[str], pk: int, back: str) -> HttpResponse:
    if not request.user.has_perm("payments.view_payment"):
        raise PermissionDenied
    told = Notice.objects.filter(module=row.module, account=row.account, mode=row.mode, subject_id__in=known)
    notice = get_object_or_404(told, pk=pk)
    context = {
        **admin.site.each_context(request),
        "title": notice.type,
        "notice": notice,
        "row": row,
        "back": back,
        "delay": delay(notice),
        "raw": raw(notice.payload),
    }
    return TemplateResponse(request, "backoffice/event.html", context)

"""What people do about orders: cancel one that is not paid."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access
from comptoir.kernel.errors import SaidError
from comptoir.kernel.shown import page_of
from comptoir.orders.models import Order
from comptoir.payments.actions import cancel as orders

LONGEST = 300


@access.change("orders.cancel_order")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an order; its page says what became of it."""
    order = get_object_or_404(Order, pk=pk)
    why = request.POST.get("why", "").strip()[:LONGEST]
    if not why:
        messages.error(request, _("Please say why. Nothing was changed."))
        return HttpResponseRedirect(page_of(order))
    try:
        under_way = orders.cancel(order_id=pk, why=why, who=access.who(request))
    except SaidError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("The order is cancelled. The customer is told by mail."))
        if under_way:
            messages.info(
                request,
                _(
                    "Its debit cannot be stopped: what becomes of the money, should it come, is said in the payment rules."
                ),
            )
    return HttpResponseRedirect(page_of(order))

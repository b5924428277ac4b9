"""Deliveries that wait for a person: each with what is known of it, to be delivered or given back."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, holding
from comptoir.kernel.errors import SaidError
from comptoir.orders.models import Order
from comptoir.payments.actions.holds import release as let_go


@access.page("payments.view_payment")
def listing(request: HttpRequest) -> HttpResponse:
    """Every order whose delivery is held, the oldest first."""
    context = {
        **admin.site.each_context(request),
        "title": _("Held deliveries"),
        "held": list(holding.held()),
        "count": holding.orders().count(),
    }
    return TemplateResponse(request, "backoffice/holds.html", context)


@access.change("services.release_service")
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has looked at an order: it is delivered."""
    order = get_object_or_404(Order, pk=pk)
    try:
        let_go(order_id=pk, who=access.who(request))
    except SaidError as error:
        messages.error(request, str(error.sentence))
    else:
        said = gettext("Order %(order)s is being delivered. The customer is told by mail.") % {"order": order}
        messages.success(request, said)
    return HttpResponseRedirect(reverse("backoffice:holds"))

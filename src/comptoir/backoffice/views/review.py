"""The queue of payments that are held: each with its reason, and what a person can decide about it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, held
from comptoir.backoffice.transactions import number
from comptoir.customers.models import Customer
from comptoir.kernel.errors import SaidError
from comptoir.payments.actions import review as deed

PERMISSION = "payments.review_payment"
NOBODY = _("No customer has this e-mail address. Nothing was changed; please check it.")


@access.page("payments.view_payment")
def listing(request: HttpRequest) -> HttpResponse:
    """The payments that are held, the oldest first, a page at a time."""
    after = number(request.GET.get("after"))
    queue, further = held.queue(after=after or 0)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Held for review"),
        "queue": queue,
        "newer": f"?after={further}" if further else "",
        "older": reverse("backoffice:review") if after else "",
        "may_review": request.user.has_perm(PERMISSION),
    }
    return TemplateResponse(request, "backoffice/review.html", context)


@access.change(PERMISSION)
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """It pays its invoice."""
    try:
        told = deed.accept(payment_id=pk, who=access.who(request))
    except SaidError as error:
        messages.error(request, str(error.sentence))
    else:
        said = _("Accepted: %(amount)s pays invoice %(number)s.") % {
            "amount": told.paying,
            "number": told.payment.invoice,
        }
        messages.success(request, said)
    return _back()


@access.change(PERMISSION)
def credit(request: HttpRequest, pk: int) -> HttpResponse:
    """It becomes its customer's credit; `customer`: whose it is, by e-mail address, where no invoice says so."""
    address, owner = request.POST.get("customer", "").strip(), None
    if address:
        owner = Customer.objects.filter(user__email__iexact=address).first()
        if owner is None:
            messages.error(request, NOBODY)
            return _back()
    try:
        told = deed.keep_as_credit(payment_id=pk, who=access.who(request), customer=owner)
    except SaidError as error:
        messages.error(request, str(error.sentence))
    else:
        messages.success(request, _("Kept as credit: %(amount)s.") % {"amount": told.rest})
    return _back()


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("backoffice:review"))

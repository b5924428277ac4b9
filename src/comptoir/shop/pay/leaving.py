"""Leaving for the provider's page: by itself once, right after the customer has asked for it."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from comptoir.conf import conf
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.ledger.queries import owed_on
from comptoir.payments.actions.start import Ready, start
from comptoir.payments.models import Attempt
from comptoir.payments.queries import choices
from comptoir.shop import visitor

log = structlog.get_logger(__name__)
ONCE_SECONDS = 120  # longer than a slow line needs between the POST and the page
AFTER_SECONDS = 1  # so that one can read where one is led


def go(request: HttpRequest, invoice: Invoice, customer: Customer | None) -> HttpResponse:
    """To our page of an invoice, and from there on to the provider's where something is to be paid. Outside any transaction.

    Where the provider's page cannot be opened, the order stands and our own page says what to do.
    """
    response = to(invoice)
    if invoice.state != Invoice.State.OPEN:
        return response
    try:
        ready = start(
            invoice_id=invoice.pk, gateway=_usual(invoice), who=visitor.who(customer), network=visitor.network(request)
        )
    except SaidError as error:
        log.warning("payment page not opened", invoice=invoice.pk, cause=error.cause)
        messages.error(request, str(error.sentence))
        return response
    return leave(response, ready)


def to(invoice: Invoice) -> HttpResponse:
    """To our page of an invoice."""
    response = redirect("pay", token=invoice.pay_token)
    response.status_code = 303
    return response


def _usual(invoice: Invoice) -> str | None:
    """The way of paying that the order was placed with; of one that credit was to pay, the first that is offered."""
    if invoice.order is not None and invoice.order.gateway:
        return invoice.order.gateway
    offered = choices(customer=invoice.customer, amount=owed_on(invoice), mode=invoice.mode)
    return offered[0].module if offered else None


def leave(response: HttpResponse, ready: Ready) -> HttpResponse:
    """Have the next visit of the attempt's page leave by itself. A cookie of that page alone, which the leaving takes away."""
    response.set_cookie(
        _cookie(),
        str(ready.attempt.pk),
        max_age=ONCE_SECONDS,
        path=_path(ready.attempt),
        httponly=True,
        samesite="Lax",
        secure=conf().secure,
    )
    return response


def depart(request: HttpRequest, response: HttpResponse, attempt: Attempt) -> None:
    """Add the header that leaves, once: whoever comes back with the Back button stays.

    While the provider's page is still being asked for, the wish to leave waits; the page's own looks carry it out then.
    """
    asked = request.COOKIES.get(_cookie())
    if asked is None:
        return
    url = page_of(attempt)
    still = asked == str(attempt.pk) and "back" not in request.GET
    if still and attempt.state == Attempt.State.CREATED:
        return
    response.delete_cookie(_cookie(), path=_path(attempt), samesite="Lax")
    if not still or not url:
        return
    if request.headers.get("HX-Request"):
        response["HX-Redirect"] = url
    else:
        response["Refresh"] = f"{AFTER_SECONDS}; url={url}"


def page_of(attempt: Attempt) -> str:
    """The provider's page of an attempt that can be paid now, '' where there is none. Only web addresses are led to."""
    payable = attempt.state == Attempt.State.OPEN and attempt.invoice.state == Invoice.State.OPEN
    usable = payable and attempt.expires_at > clock.now() and urlsplit(attempt.url).scheme in {"https", "http"}
    return attempt.url if usable else ""


def _path(attempt: Attempt) -> str:
    return reverse("pay", args=[attempt.invoice.pay_token])


def _cookie() -> str:
    return f"comptoir_leave_{conf().port}"

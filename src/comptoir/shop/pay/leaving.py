"""Leaving for the provider's page: by itself once, right after the customer has asked for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from comptoir.conf import conf
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.payments.actions.start import Ready
from comptoir.payments.models import Attempt

ONCE_SECONDS = 120  # longer than a slow line needs between the POST and the page
AFTER_SECONDS = 1  # so that one can read where one is led


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

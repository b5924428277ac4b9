"""What is put right about a request before anybody reads it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponseBase

from comptoir.conf import conf
from comptoir.kernel import audit

FORM = "application/x-www-form-urlencoded"
View = Callable[[HttpRequest], HttpResponseBase]


def tidy(get_response: View) -> View:
    """Leave aside a charset that a form claims, and NULs in an address's parameters.

    A form's type has no charset (URL standard): Django refuses it when the body is read, and its page for that refusal reads the body
    again, so that the request would end in a failure. No column takes a NUL, and the admin site's filters hand it to the database.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.encoding and request.content_type == FORM:
            request.encoding = None  # type: ignore[assignment]  # Django's word for "as usual"
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "")
        return get_response(request)

    return answer


@cache
def _trusted() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(name.strip()) for name in conf().trusted_proxies.split(",") if name.strip())


def _is_trusted(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    return any(found in network for network in _trusted())


def client_address(peer: str, forwarded: str) -> str:
    """Who asks: the peer itself, or, behind proxies that are trusted, the last address in X-Forwarded-For that is none of theirs.

    Anybody can write that header; what stands left of the first address that we do not trust is therefore not believed.
    """
    address = peer
    for named in reversed(forwarded.split(",") if forwarded else []):
        if not _is_trusted(address):
            break
        address = named.strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return peer


def behind_proxies(get_response: View) -> View:
    """Put the client's own address where throttles, logs and the audit trail look for it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if _trusted():
            peer = request.META.get("REMOTE_ADDR", "")
            request.META["REMOTE_ADDR"] = client_address(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
            if not _is_trusted(peer):
                request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        with audit.asked_from(request.META.get("REMOTE_ADDR", "")):
            return get_response(request)

    return answer

"""Pages that are nobody else's: not kept by caches, not found by search engines, and silent about where one comes from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def private(view: View[P]) -> View[P]:
    """Mark the answers of a view as private."""

    @wraps(view)
    def marked(request: HttpRequest, /, *args: P.args, **values: P.kwargs) -> HttpResponse:
        response = view(request, *args, **values)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return marked


def secret_address(view: View[P]) -> View[P]:
    """The address itself is the key to the page: it must not travel on, not even to our own other pages.

    Browsers then send `Origin: null` with a form's POST, which Django's CSRF check refuses: what such a page posts to is exempt, and
    safe because nobody can forge an address that they cannot guess.
    """
    closed = private(view)

    @wraps(view)
    def marked(request: HttpRequest, /, *args: P.args, **values: P.kwargs) -> HttpResponse:
        response = closed(request, *args, **values)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return marked


def accounts_unkept(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Mark the pages of accounts, which are allauth's, as private: they show an address, and what a form was sent with."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        found = request.resolver_match
        if found is not None and (found.url_name or "").startswith(("account_", "mfa_")):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer

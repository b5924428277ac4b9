"""What a visitor is answered where we fail: the same honest page, with a status that says whether to ask again."""

from __future__ import annotations

import sys

import psycopg
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import bad_request, server_error

AWAY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
)  # the last one: a pool that has no connection to give
AGAIN_SECONDS = 5  # the supervisor's longest pause before it starts a process anew
UNAVAILABLE, CONFLICT = 503, 409


def failed(request: HttpRequest) -> HttpResponse:
    """The page of a failure. A database that is away is one of the moment: 503 with `Retry-After` in seconds (RFC 9110, 15.6.4).

    Monitors, proxies and providers of notices read that as "ask again", and the last ones do so of their own accord.
    """
    response = server_error(request)
    if isinstance(sys.exc_info()[1], AWAY):
        response.status_code = UNAVAILABLE
        response["Retry-After"] = str(AGAIN_SECONDS)
    return response


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of what cannot be read: nothing was done.

    Not so where a session was ended while its request was under way: Django tells that as unreadable, too, after all has been done.
    """
    if isinstance(exception, SessionInterrupted):
        return HttpResponse(render_to_string("409.html"), status=CONFLICT)
    return bad_request(request, exception)

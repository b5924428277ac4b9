"""What a visitor is answered where we fail: the same honest page, with a status that says whether to ask again."""

from __future__ import annotations

import sys

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

AWAY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
)  # the last one: a pool that has no connection to give
AGAIN_SECONDS = 5  # the supervisor's longest pause before it starts a process anew
UNAVAILABLE = 503


def failed(request: HttpRequest) -> HttpResponse:
    """The page of a failure. A database that is away is one of the moment: 503 with `Retry-After` in seconds (RFC 9110, 15.6.4).

    Monitors, proxies and providers of notices read that as "ask again", and the last ones do so of their own accord.
    """
    response = server_error(request)
    if isinstance(sys.exc_info()[1], AWAY):
        response.status_code = UNAVAILABLE
        response["Retry-After"] = str(AGAIN_SECONDS)
    return response

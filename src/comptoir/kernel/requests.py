"""What is put right about a request before anybody reads it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

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

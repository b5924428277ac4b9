"""The address at which a provider tells us that something happened."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from comptoir.inbox import door


@csrf_exempt
def receive(request: HttpRequest, module: str) -> HttpResponse:
    """Hand the raw body to the door. Authenticity is the signature's business, so there is no session and no CSRF token."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"], "Notices are sent with POST.", content_type="text/plain; charset=utf-8")
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = door.receive(module=module, body=_body(request), headers=headers)
    return HttpResponse(answer.sentence, status=answer.status, content_type="text/plain; charset=utf-8")


def _body(request: HttpRequest) -> bytes:
    """At most one byte more than is allowed. Read from the server's own stream: chunked bodies carry no length, Django sees them empty."""
    stream = request.META.get("wsgi.input")
    length = request.META.get("CONTENT_LENGTH")
    if stream is None:
        try:
            return request.body
        except RequestDataTooBig:
            return b"\0" * (door.LARGEST_BYTES + 1)
    wanted = door.LARGEST_BYTES + 1
    if length and length.isdigit():
        return bytes(stream.read(min(int(length), wanted)))
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    return bytes(stream.read(wanted)) if chunked else b""

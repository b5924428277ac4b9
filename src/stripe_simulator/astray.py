"""Addresses and methods that nobody answers: told in Stripe's form, and under /_control in its own."""

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator import ids
from stripe_simulator.control.door import told
from stripe_simulator.errors import unrecognized
from stripe_simulator.gate import dumps

NOWHERE = 404


async def astray(request: Request, _error: Exception) -> Response:
    """Stripe's 404, also where only the method is wrong: Stripe knows no 405."""
    path: str = request.scope["path"]
    if path == "/_control" or path.startswith("/_control/"):
        return told({"error": f"There is no control call {request.method} {path}."}, NOWHERE)
    body = dumps(unrecognized(request.method, path).body())
    return Response(body, NOWHERE, {"Request-Id": ids.make("req")}, "application/json")

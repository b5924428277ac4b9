"""What is behind a file's `url`: its bytes, for whoever has the account's key."""

import base64
import json

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator.errors import StripeError, no_such
from stripe_simulator.resources.files import READ
from stripe_simulator.world import World


class FileContents:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        identifier = request.path_params["file"]
        try:
            key = self.world.keys.authenticate(secret.strip() if scheme.lower() == "bearer" else None)
            self.world.keys.permit(key, READ)
            mode = self.world.mode(key.mode)
            if mode.get("file", identifier) is None:
                raise no_such("file upload", identifier, param="file")
        except StripeError as error:
            return Response(_json(error), error.status, media_type="application/json")
        content = base64.b64decode(mode.facts(identifier)["content"])
        # never shown in place: what somebody uploaded must not run at this address
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type="application/octet-stream", headers=headers)


def _json(error: StripeError) -> str:
    return json.dumps(error.body())

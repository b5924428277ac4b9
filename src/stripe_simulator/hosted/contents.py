"""What is behind a file's `url`: its bytes, for whoever has the account's key; behind a link's, for whoever has that."""

import base64
import json

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator.errors import StripeError, no_such
from stripe_simulator.hosted import views
from stripe_simulator.hosted.texts import TEXTS, language
from stripe_simulator.resources import file_links
from stripe_simulator.resources.files import READ
from stripe_simulator.world import Mode, World


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
        return _bytes(mode, identifier)

    async def linked(self, request: Request) -> Response:
        name, _, token = request.path_params["address"].partition("_")
        mode = {"test": self.world.test, "live": self.world.live}.get(name)
        file = file_links.of_address(mode, token) if mode is not None else None
        if mode is not None and file is not None:
            return _bytes(mode, file["id"])
        lang = language(None, request.headers.get("accept-language", ""))
        return views.page(
            "note.html",
            lang,
            self.world.test,
            status=404,
            title=TEXTS[lang]["link_gone_title"],
            text=TEXTS[lang]["link_gone_text"],
            link=None,
            link_text="",
        )


def _bytes(mode: Mode, identifier: str) -> Response:
    content = base64.b64decode(mode.facts(identifier)["content"])
    # never shown in place: what somebody uploaded must not run at this address
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _json(error: StripeError) -> str:
    return json.dumps(error.body())

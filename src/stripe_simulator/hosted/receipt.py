"""The receipt behind `charge.receipt_url`."""

from starlette.requests import Request
from starlette.responses import Response

from stripe_simulator.hosted import views
from stripe_simulator.hosted.pay import missing
from stripe_simulator.hosted.texts import TEXTS, language
from stripe_simulator.world import World


class ReceiptPage:
    def __init__(self, world: World) -> None:
        self.world = world

    async def show(self, request: Request) -> Response:
        found = self.world.locate(request.path_params["charge"])
        if found is None or found[1]["object"] != "charge" or not found[1]["paid"]:
            return missing(self.world, request)
        mode, charge = found
        lang = language(None, request.headers.get("accept-language", ""))
        words, shop = TEXTS[lang], self.world.settings.account_name
        return views.page(
            "note.html",
            lang,
            mode,
            title=words["receipt_title"].replace("{shop}", shop),
            text=words["receipt_text"].replace("{amount}", views.amount(charge, lang)),
            link=None,
            link_text="",
        )

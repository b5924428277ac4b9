"""Settings > Payment methods: what the default configuration shows, on and off."""

from starlette.responses import Response

from stripe_simulator.dashboard.shell import Shell, Visit, fields, go
from stripe_simulator.payments import configurations
from stripe_simulator.resources.account import account
from stripe_simulator.types import Json


class MethodPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def show(self, visit: Visit) -> Response:
        chosen = configurations.shown(visit.mode, configurations.default(visit.mode))
        able = account(self.shell.world)["capabilities"]
        rows = [_row(visit, kind, chosen[kind], able) for kind in (*configurations.SHOWN, *configurations.HIDDEN)]
        return self.shell.page(visit, "methods", here="methods", rows=rows, configuration=chosen["id"])

    async def change(self, visit: Visit) -> Response:
        """Everything ticked is on, the rest off."""
        sent = await fields(visit)
        wanted = {kind: "on" if kind in sent else "off" for kind in configurations.TYPES}
        configurations.prefer(configurations.default(visit.mode), wanted)
        return go(visit, "/settings/payment_methods")


def _row(visit: Visit, kind: str, setting: Json, able: Json) -> Json:
    active = able.get(configurations.capability(kind)) == "active"
    return {
        "kind": kind,
        "label": visit.words.get(f"method_{kind}", kind.replace("_", " ").title()),
        "on": setting["display_preference"]["value"] == "on",
        "active": active,
        "part": visit.words["part_of_card"] if kind in configurations.RIDES_ON_CARD else "",
    }

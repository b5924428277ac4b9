"""Developers > API keys: the account's own, and restricted ones."""

import re

from starlette.responses import Response

from stripe_simulator.dashboard.shell import Shell, Visit, fields
from stripe_simulator.registry import ROUTES
from stripe_simulator.types import Json

LEVELS = ("read", "write")


def resources() -> list[str]:
    """The names that a restricted key may be given, as far as anything here asks for them: `rak_charge`."""
    return sorted({route.permission.rpartition("_")[0] for route in ROUTES.values()})


class KeyPages:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    async def show(self, visit: Visit, made: str | None = None) -> Response:
        keys = self.shell.world.keys
        return self.shell.page(
            visit,
            "keys",
            here="keys",
            own=keys.own[visit.mode.name],
            made=made,
            restricted=[_row(visit, key) for key in keys.made(visit.mode.name)],
            resources=[{"name": name, "label": visit.words.get(name, name)} for name in resources()],
        )

    async def make(self, visit: Visit) -> Response:
        """A restricted key with the chosen permissions; it is told once."""
        sent = await fields(visit)
        chosen = [f"{name}_{sent[name]}" for name in resources() if sent.get(name) in LEVELS]
        key = self.shell.world.keys.restricted("live" if visit.mode.livemode else "test", chosen)
        return await self.show(visit, key.value)


def _row(visit: Visit, key: Json) -> Json:
    state = visit.words["expired_key" if key["expired"] else "active_key"]
    shown = re.sub(r"\*+", "…", key["shown"])
    return {"shown": shown, "permissions": ", ".join(key["permissions"]) or "-", "state": state}

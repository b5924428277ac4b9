"""Moves one object: settle, fail, expire and whatever else its type knows."""

from starlette.requests import Request

from stripe_simulator.control.door import Refused, only, text
from stripe_simulator.moves import MOVES, Impossible, verbs
from stripe_simulator.types import Json
from stripe_simulator.world import World


class ObjectControl:
    def __init__(self, world: World) -> None:
        self.world = world

    async def move(self, request: Request, body: Json) -> Json:
        """`do` is a verb that the object's type knows; `code` says why, for what fails."""
        only(body, "do", "code")
        do = text(body, "do")
        code = text(body, "code") if body.get("code") is not None else None
        identifier = request.path_params["id"]
        found = self.world.locate(identifier)
        if found is None:
            raise Refused(404, f"There is no object {identifier}.")
        mode, thing = found
        kind: str = thing["object"]
        deed = MOVES.get((kind, do))
        if deed is None and do not in {verb for _, verb in MOVES}:
            raise Refused(400, f"Unknown: {do}. Known: {', '.join(sorted({verb for _, verb in MOVES}))}.")
        if deed is None:
            known = ", ".join(verbs(kind)) or "nothing"
            raise Refused(409, f"{do} is not for a {kind}; what is: {known}.")
        try:
            return deed(mode, thing, code)
        except Impossible as why:
            raise Refused(409, str(why)) from None

    async def show(self, request: Request, _body: Json) -> Json:
        found = self.world.locate(request.path_params["id"])
        if found is None:
            raise Refused(404, f"There is no object {request.path_params['id']}.")
        return found[1]

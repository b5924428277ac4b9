"""What each job of the agenda does: whoever plans a job says here what becomes of it.

A job names objects by id, so that it survives in the state file; an object that is gone by then is no error.
"""

from collections.abc import Callable

from stripe_simulator.clock import Handler
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World

Duty = Callable[[Mode, Json], None]
DUTIES: dict[str, Duty] = {}


def duty(what: str) -> Callable[[Duty], Duty]:
    """Mark a function as what the jobs of this name do; it gets the mode and the job's data."""

    def register(run: Duty) -> Duty:
        if DUTIES.setdefault(what, run) is not run:
            raise RuntimeError(f"Two duties are called {what}.")
        return run

    return register


def plan(mode: Mode, due: float, what: str, **data: object) -> None:
    """Have `what` done at `due` (seconds of the simulator's clock)."""
    mode.world.agenda.add(due, what, {"mode": mode.name, **data})


def handlers(world: World) -> dict[str, Handler]:
    def handle(run: Duty) -> Handler:
        return lambda data: run(world.mode(data["mode"]), data)

    return {what: handle(run) for what, run in DUTIES.items()}

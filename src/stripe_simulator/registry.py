"""Operations register themselves here: a resource is one file, and adding an operation touches that file alone."""

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from stripe_simulator.schema import Catalog, Operation
from stripe_simulator.schema.nodes import ANY
from stripe_simulator.types import Json
from stripe_simulator.world import Mode, World


@dataclass(slots=True)
class Call:
    """One validated request."""

    world: World
    mode: Mode
    path: dict[str, str]  # {"customer": "cus_..."}
    params: Json  # typed by the schema
    version: str
    page: str | None = None  # of a list of /v2: where it goes on


Run = Callable[[Call], Json]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    permission: str
    run: Run
    names: tuple[tuple[int, str], ...]  # position in the path, name of the placeholder

    def read(self, path: str) -> dict[str, str]:
        parts = path.strip("/").split("/")
        return {name: parts[index] for index, name in self.names}


ROUTES: dict[tuple[str, str], Route] = {}
BESIDE: list[tuple[Operation, Route]] = []  # that Stripe answers and does not document


def operation(method: str, path: str, *, permission: str) -> Callable[[Run], Run]:
    """Mark a function as the implementation of one of Stripe's operations.

    `path` is spelled as in the library; `permission` is what a restricted key needs, "rak_customer_write".
    """

    def register(run: Run) -> Run:
        ROUTES[method, path] = _route(method, path, permission, run)
        return run

    return register


def beside(method: str, path: str, *, permission: str) -> Callable[[Run], Run]:
    """Mark a function as what an address does that no library knows; its parameters come as they were sent."""

    def register(run: Run) -> Run:
        def unexpanded(call: Call) -> Json:
            call.params.pop("expand", None)  # of no use where nothing says what can be
            return run(call)

        named = Operation(method, path, run.__name__, ANY)
        BESIDE.append((named, _route(method, path, permission, unexpanded)))
        return run

    return register


def _route(method: str, path: str, permission: str, run: Run) -> Route:
    names = tuple((i, part[1:-1]) for i, part in enumerate(path.strip("/").split("/")) if part.startswith("{"))
    return Route(method, path, permission, run, names)


def find(catalog: Catalog, method: str, path: str) -> tuple[Operation, Route | None] | None:
    """What a concrete address asks for, and what answers it: None for an operation that is not built."""
    known = catalog.find(method, path)
    if known is not None:
        return known, ROUTES.get((known.method, known.path))
    return next((pair for pair in BESIDE if pair[0].method == method and pair[0].fits(path)), None)


@functools.cache
def readers() -> dict[str, Route]:
    """By object type, the operation that reads one: /v1/checkout/sessions/{session} reads a `checkout.session`."""
    found: dict[str, Route] = {}
    for (method, path), route in ROUTES.items():
        root, _, last = path.removeprefix("/v1/").rpartition("/")
        if method == "GET" and last.startswith("{") and "{" not in root:
            found[root.replace("/", ".").removesuffix("s")] = route
    return found


def load_resources(catalog: Catalog) -> None:
    """Import every resource; a route that Stripe does not have is a mistake of ours and stops the start."""
    for room in ("resources", "payments"):  # the duties and moves of the second are wanted, too
        package = importlib.import_module(f"stripe_simulator.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"stripe_simulator.{room}.{module.name}")
    known = {(item.method, item.path) for item in catalog.operations}
    strange = [f"{method} {path}" for method, path in ROUTES if (method, path) not in known]
    if strange:
        raise RuntimeError("Not operations of Stripe: " + ", ".join(strange))

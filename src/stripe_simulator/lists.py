"""Stripe's pages: newest first, cursors, filters."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from stripe_simulator.errors import malformed, no_such
from stripe_simulator.registry import Call
from stripe_simulator.types import Json

DEFAULT, LARGEST = 10, 100
DEFAULT_V2 = 20
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(things: Iterable[Json], params: Json, url: str, noun: str) -> Json:
    """A list object. `things` come newest first and already filtered; `noun` names them in a cursor's refusal."""
    limit = _limit(params)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise malformed("You may only specify one of these parameters: ending_before, starting_after.")
    if before:
        rows, more = _before(things, before, limit, noun)
    else:
        rows, more = _after(things, after, limit, noun)
    return {"object": "list", "data": rows, "has_more": more, "url": url}


def page_v2(things: Iterable[Json], call: Call, path: str) -> Json:
    """A page of /v2: the next one is an address that carries the filters along."""
    rows: list[Json] = []
    limit, started = _limit(call.params, DEFAULT_V2), call.page is None
    for thing in things:
        if not started:
            started = thing["id"] == call.page
        elif len(rows) == limit:
            query = urlencode([*_flat(call.params), ("page", rows[-1]["id"])])
            return {"data": rows, "next_page_url": f"{path}?{query}", "previous_page_url": None}
        else:
            rows.append(thing)
    if not started:
        raise malformed("The page token is not valid.", param="page")
    return {"data": rows, "next_page_url": None, "previous_page_url": None}


def _flat(params: Json) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, dict):
            yield from ((f"{name}[{key}]", str(item)) for key, item in value.items())
        elif isinstance(value, list):
            yield from ((f"{name}[{index}]", str(item)) for index, item in enumerate(value))
        else:
            yield name, str(value)


def _limit(params: Json, default: int = DEFAULT) -> int:
    limit: int = params.get("limit", default)
    if limit < 1:
        raise malformed(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="limit"
        )
    if limit > LARGEST:
        raise malformed(
            f"This value must be less than or equal to {LARGEST}.", code="parameter_invalid_integer", param="limit"
        )
    return limit


def _after(things: Iterable[Json], cursor: str | None, limit: int, noun: str) -> tuple[list[Json], bool]:
    rows: list[Json] = []
    started = cursor is None
    for thing in things:
        if started:
            if len(rows) == limit:
                return rows, True
            rows.append(thing)
        elif thing["id"] == cursor:
            started = True
    if not started:
        raise no_such(noun, str(cursor), param="starting_after", status=400)
    return rows, False


def _before(things: Iterable[Json], cursor: str, limit: int, noun: str) -> tuple[list[Json], bool]:
    newer: list[Json] = []
    for thing in things:
        if thing["id"] == cursor:
            return newer[-limit:], len(newer) > limit
        newer.append(thing)
    raise no_such(noun, cursor, param="ending_before", status=400)


def matching(things: Iterable[Json], params: Json, *fields: str) -> Iterable[Json]:
    """Keep what equals each given parameter of the same name, and what `created` allows; and the cursor."""
    wanted = {name: params[name] for name in fields if name in params}
    created: Any = params.get("created")
    for thing in things:
        fits = all(thing.get(name) == value for name, value in wanted.items()) and within(thing["created"], created)
        if fits or is_cursor(thing, params):
            yield thing


def narrow(things: Iterable[Json], params: Json, keep: Callable[[Json], bool]) -> Iterable[Json]:
    """Keep what `keep` says, and the cursor."""
    return (thing for thing in things if keep(thing) or is_cursor(thing, params))


def is_cursor(thing: Json, params: Json) -> bool:
    """Whether this is where a page begins or ends: it marks a place, also where a filter would leave it out.

    The page itself never holds it.
    """
    return thing["id"] in {params.get("starting_after"), params.get("ending_before")}


def within(moment: int, asked: Any) -> bool:
    """Whether a time filter (nothing, one second, or gt, gte, lt, lte) allows this second."""
    if asked is None:
        return True
    if isinstance(asked, int):
        return moment == asked
    return all(COMPARE[name](moment, bound) for name, bound in asked.items())

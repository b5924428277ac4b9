"""Events as an endpoint's API version shows them: one step for each boundary between versions, newest to oldest."""

import json
from functools import partial
from typing import Any

from stripe_simulator.types import Json
from stripe_simulator.webhooks.older import RENAMED, REWORDED, STEPS, Scope, Step
from stripe_simulator.world import Mode


def data_at(mode: Mode, data: Json, version: str) -> Json:
    """An event's `data` as this version shows it; what is given stays as it is.

    Called when the event is made: a version's shape may hold related objects (an intent its charges), and those must
    be as they were at that moment.
    """
    shaped: Json = {**data, "object": down(mode, data["object"], version)}
    previous = data.get("previous_attributes")
    if previous is not None:
        kind = data["object"]["object"]
        for boundary, _ in STEPS:
            names = RENAMED.get((kind, boundary))
            if version < boundary and names and names[0] in previous:
                previous = {**previous, names[1]: previous[names[0]]}
            field, words = REWORDED.get((kind, boundary), ("", {}))
            if version < boundary and previous.get(field) in words:
                previous = {**previous, field: words[previous[field]]}
        shaped["previous_attributes"] = previous
    return shaped


def down(mode: Mode, thing: Json, version: str) -> Json:
    """A copy of `thing` as `version` shows it. Versions compare by the date they begin with."""
    return _through(mode, thing, [step for step in STEPS if version < step[0]])


def _through(mode: Mode, thing: Json, steps: list[tuple[str, dict[str, Step]]]) -> Json:
    shaped: Json = json.loads(json.dumps(thing))
    for number, (_, by_kind) in enumerate(steps):
        scope = Scope(mode, partial(_through, mode, steps=steps[: number + 1]))
        _walk(scope, shaped, by_kind)
    return shaped


def _walk(scope: Scope, value: Any, by_kind: dict[str, Step]) -> None:
    """Apply a step to every object inside, the inner ones first: what a step puts in has come down the same way."""
    inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    for item in list(inner):
        _walk(scope, item, by_kind)
    kind = value.get("object") if isinstance(value, dict) else None
    step = by_kind.get(kind) if isinstance(kind, str) else None
    if step is not None:
        step(scope, value)


def body(mode: Mode, event: Json, version: str) -> bytes:
    """The exact bytes that are signed and sent."""
    if version != event["api_version"]:
        shapes = mode.facts(event["id"]).get("shapes", {})
        data = shapes.get(version) or data_at(mode, event["data"], version)  # an endpoint younger than the event
        event = {**event, "api_version": version, "data": data}
    return dumps(event)


def dumps(event: Json) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()

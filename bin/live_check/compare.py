"""What differs between two records: fields and types, words that programs read, order of events, timing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bin.live_check.side import ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bin.live_check.side import Answer, Record

FREE = {"metadata", "branding_settings", "payment_method_options"}  # what an account chose, or whatever was sent
WORDS = {  # fields whose values programs act on
    "object",
    "status",
    "payment_status",
    "type",
    "code",
    "decline_code",
    "param",
    "message",
    "reason",
    "seller_message",
    "network_status",
    "outcome",
    "failure_code",
    "reporting_category",
    "deleted",
}
SLACK = 3.0  # seconds by which two waits may differ


@dataclass(frozen=True, slots=True)
class Difference:
    scenario: str
    step: str
    aspect: str  # "shape", "events" or "timing"
    text: str


def compare(scenario: str, theirs: Record, ours: Record) -> list[Difference]:
    """Every difference of one scenario; `theirs` is Stripe's record."""
    found = [Difference(scenario, step, "shape", text) for step, text in _steps(theirs, ours)]
    found += [Difference(scenario, "", "events", text) for text in _order(theirs, ours)]
    for name, text in _event_shapes(theirs, ours):
        found.append(Difference(scenario, f"event {name}", "shape", text))
    for step in theirs.waits.keys() & ours.waits.keys():
        there, here = theirs.waits[step], ours.waits[step]
        if abs(there - here) > SLACK:
            found.append(Difference(scenario, step, "timing", f"after {there:.1f} s there, {here:.1f} s here"))
    return found


def _steps(theirs: Record, ours: Record) -> Iterator[tuple[str, str]]:
    for step in [*theirs.steps, *(step for step in ours.steps if step not in theirs.steps)]:
        there, here = theirs.steps.get(step), ours.steps.get(step)
        if there is None or here is None:
            yield step, f"asked {'here' if there is None else 'there'} alone"
        else:
            for text in _answers(there, here):
                yield step, text
    if theirs.stopped != ours.stopped:
        yield "", f"stopped there: {theirs.stopped or 'no'}; here: {ours.stopped or 'no'}"


def _answers(there: Answer, here: Answer) -> Iterator[str]:
    if there.status != here.status:
        yield f"status {there.status} there, {here.status} here"
    for name in sorted(there.headers ^ here.headers):
        yield f"header {name} comes {'there' if name in there.headers else 'here'} alone"
    if (there.body is None) != (here.body is None):
        yield f"no JSON {'there' if there.body is None else 'here'}"
    elif there.body is not None:
        yield from differences(there.body, here.body, "")


def differences(there: Any, here: Any, at: str) -> Iterator[str]:
    """The topmost differences of two JSON values: a field that stands on one side alone, another type, another word."""
    name = at.rpartition(".")[2]
    if _kind(there) != _kind(here):
        yield f"{at}: {_kind(there)} there, {_kind(here)} here"
    elif name in FREE:
        return
    elif isinstance(there, dict):
        yield from _fields(there, here, f"{at}." if at else "")
    elif isinstance(there, list):
        if bool(there) != bool(here):
            yield f"{at}: {len(there)} entries there, {len(here)} here"
        elif there:
            yield from differences(there[0], here[0], f"{at}[]")
    elif name in WORDS and masked(there) != masked(here):
        yield f"{at}: {masked(there)!r} there, {masked(here)!r} here"


def _fields(there: dict[str, Any], here: dict[str, Any], before: str) -> Iterator[str]:
    for key in sorted(there.keys() | here.keys()):
        if key not in here:
            yield f"{before}{key}: there alone ({_kind(there[key])})"
        elif key not in there:
            yield f"{before}{key}: here alone ({_kind(here[key])})"
        else:
            yield from differences(there[key], here[key], before + key)


def masked(value: Any) -> Any:
    """Without the ids, which always differ."""
    return ID.sub(lambda found: f"{found[0].partition('_')[0]}_…", value) if isinstance(value, str) else value


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "list", str: "text", int: "number", float: "number", type(None): "null"}
    return names[type(value)]


def _order(theirs: Record, ours: Record) -> Iterator[str]:
    there, here = ([event["type"] for event in record.events] for record in (theirs, ours))
    if sorted(there) != sorted(here):
        yield f"there: {', '.join(there) or 'none'}; here: {', '.join(here) or 'none'}"
    elif there != here:
        yield f"in another order there: {', '.join(there)}; here: {', '.join(here)}"


def _event_shapes(theirs: Record, ours: Record) -> Iterator[tuple[str, str]]:
    """The first event of each type that both sides sent."""
    here = {event["type"]: event for event in reversed(ours.events)}
    there = {event["type"]: event for event in reversed(theirs.events)}
    for kind in sorted(there.keys() & here.keys()):
        for text in differences(there[kind], here[kind], ""):
            yield kind, text

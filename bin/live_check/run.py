"""Runs the scenarios on both sides, step beside step, and collects the events that they caused."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from bin.live_check.compare import Difference, compare
from bin.live_check.scenarios import SCENARIOS
from bin.live_check.side import Record, Side, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Records = dict[str, tuple[Record, Record]]
CLOCKS_APART = 120  # seconds at most; events of earlier runs name other ids
OK = 200
LONGEST = 60.0  # seconds that the last events may take


def run(theirs: Side, ours: Side, *, names: Iterable[str] = (), quiet: float, say: Callable[[str], None]) -> Records:
    """Records by scenario, Stripe's first. Events are waited for until none came for `quiet` seconds."""
    began = int(time.time()) - CLOCKS_APART
    records: Records = {}
    with ThreadPoolExecutor(2) as both:
        for name in names or SCENARIOS:
            say(f"... {name}")
            there, here = both.map(partial(_play, name), (theirs, ours))
            records[name] = (there, here)
        say("... events")
        for number, events in enumerate(both.map(lambda side: _settled(side, began, quiet), (theirs, ours))):
            for name in records:
                record = records[name][number]
                record.events = [event for event in events if event["data"]["object"].get("id") in record.ids]
    return records


def obstacle(side: Side) -> str | None:
    """Why the scenarios cannot run there, or None: the key is tried by reading the account."""
    answer = side.get("the account", "account")
    if answer.status == 0:
        return f"{side.name} cannot be reached. Nothing was compared; see to the network and try again."
    if answer.status != OK:
        return f"{side.name} refuses the key (status {answer.status}). Nothing was compared; look for the key in the dashboard."
    return None


def _play(name: str, side: Side) -> Record:
    side.record = record = Record()
    began = time.monotonic()
    try:
        SCENARIOS[name](side)
    except Stopped as reason:
        record.stopped = str(reason)
    record.seconds = time.monotonic() - began
    return record


def _settled(side: Side, began: int, quiet: float) -> list[dict[str, Any]]:
    until = time.monotonic() + LONGEST
    found = side.events_since(began)
    while True:
        time.sleep(quiet)
        now = side.events_since(began)
        if len(now) == len(found) or time.monotonic() > until:
            return now
        found = now


def differing(records: Records) -> list[Difference]:
    return [difference for name, (there, here) in records.items() for difference in compare(name, there, here)]


def report(records: Records, found: list[Difference], names: tuple[str, str]) -> str:
    """The whole for a person, in Markdown: what differs, then how long each side took."""
    lines = [f"# {names[0]} (there) and {names[1]} (here)", ""]
    for name, (there, here) in records.items():
        mine = [difference for difference in found if difference.scenario == name]
        lines += [f"## {name}: {f'{len(mine)} differences' if mine else 'the same'}", ""]
        lines += [f"- {one.aspect}{f', {one.step}' if one.step else ''}: {one.text}" for one in mine]
        lines += [f"- {there.seconds:.2f} s there, {here.seconds:.2f} s here, {len(there.steps)} requests"]
        lines += [f"- {step} came after {there.waits[step]:.1f} s there" for step in there.waits]
        lines += [f"- {step} came after {here.waits[step]:.1f} s here" for step in here.waits]
        lines.append("")
    asked = sum(len(there.steps) for there, _ in records.values())
    lines.append(f"{len(records)} scenarios, {asked} requests a side, {len(found)} differences.")
    return "\n".join(lines)

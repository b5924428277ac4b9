"""A delivery driver that tells on its caller: whatever it is told to do, it does again, and remembers each time.

It stands for a system outside: it keeps what it did through every crash of ours, has no keys of its own that would hide a second
call, and answers `ask` truly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Manifest, Module, Outcome

NAME = "spy"
MOODS = ("plain", "lost before", "lost after", "waits", "fails")


class LostError(Exception):
    """The line to the other system broke."""


@dataclass
class Spy:
    """`moods`: how the next calls go; plain when there are none."""

    moods: deque[str] = field(default_factory=deque)
    effects: list[tuple[str, str, str]] = field(
        default_factory=list
    )  # service, kind, key: one for each time it was done
    waiting: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    def run(self, request: DeliveryRequest) -> Outcome:
        """Do it, as the mood wants it."""
        mood = self.moods.popleft() if self.moods else "plain"
        if mood == "lost before":
            raise LostError
        if mood == "fails":
            self.failed.add(request.key)
            return Outcome(DeliveryStatus.FAILED, note="no room in the rack")
        self.failed.discard(request.key)
        self.effects.append((request.service, request.kind, request.key))
        if mood == "lost after":
            raise LostError
        if mood == "waits":
            self.waiting.add(request.key)
        return self.ask(request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """How it stands, truly."""
        if request.key in self.failed:
            return Outcome(DeliveryStatus.FAILED, note="no room in the rack")
        if request.key in self.waiting:
            return Outcome(DeliveryStatus.WAITING)
        if any(key == request.key for _service, _kind, key in self.effects):
            return Outcome(DeliveryStatus.DONE, access={"made": request.key})
        return Outcome(DeliveryStatus.NEVER)

    def module(self) -> Module:
        """As an entry point would name it."""
        manifest = Manifest(NAME, "Spy", "Tells.", "1.0", enabled_from_start=True, touches_outside=False)
        return Module(manifest, driver=lambda: self)

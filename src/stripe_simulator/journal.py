"""The log of API requests, so that a caller can count what was asked."""

from collections import deque
from dataclasses import asdict, dataclass

from stripe_simulator.types import Json

KEPT = 20_000  # entries


@dataclass(slots=True)
class Entry:
    n: int  # counts from 1
    method: str
    path: str
    query: str
    status: int | None  # None: not answered (yet, or ever)
    time: float  # of the simulator's clock, seconds
    idempotency_key: str | None
    request_id: str
    fault: str | None = None


class Journal:
    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self.count = 0

    def open(self, method: str, path: str, query: str, *, time: float, key: str | None, request_id: str) -> Entry:
        self.count += 1
        entry = Entry(self.count, method, path, query, None, time, key, request_id)
        self._entries.append(entry)
        return entry

    def after(self, number: int) -> list[Json]:
        return [asdict(entry) for entry in self._entries if entry.n > number]

    def clear(self) -> None:
        """Forget the entries; numbers go on, so that `after` never shows an old one as new."""
        self._entries.clear()

"""The simulator's own time, and what is to happen when."""

import heapq
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from stripe_simulator.types import Json


class Clock:
    """Seconds since 1970 (UTC): wall time plus an offset, or standing still."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.stopped_at: float | None = None

    def now(self) -> float:
        return self.stopped_at if self.stopped_at is not None else time.time() + self.offset

    def seconds(self) -> int:
        return int(self.now())

    def set(self, moment: float) -> None:
        if self.stopped_at is not None:
            self.stopped_at = moment
        self.offset = moment - time.time()

    def freeze(self, *, frozen: bool) -> None:
        if frozen and self.stopped_at is None:
            self.stopped_at = self.now()
        elif not frozen and self.stopped_at is not None:
            self.offset = self.stopped_at - time.time()
            self.stopped_at = None

    def dump(self) -> Json:
        return {"offset": self.offset, "stopped_at": self.stopped_at}

    def load(self, saved: Json) -> None:
        self.offset, self.stopped_at = saved["offset"], saved["stopped_at"]


@dataclass(order=True)
class Job:
    """Something due at a moment of the simulator's clock. `what` names a handler; `data` is plain JSON."""

    due: float
    number: int
    what: str = field(compare=False)
    data: Json = field(compare=False)


Handler = Callable[[Json], Awaitable[None] | None]


class Agenda:
    """Jobs in order of their moment; jobs of one moment in the order in which they were asked for."""

    def __init__(self) -> None:
        self._heap: list[Job] = []
        self._begun: dict[int, Job] = {}  # by number: those that wait for a network
        self._number = 0
        self.changed: Callable[[], None] = lambda: None

    def add(self, due: float, what: str, data: Json) -> None:
        self._number += 1
        heapq.heappush(self._heap, Job(due, self._number, what, data))
        self.changed()

    def next_due(self) -> float | None:
        return self._heap[0].due if self._heap else None

    def pop(self, until: float) -> Job | None:
        """The first job that is due at `until` or before."""
        if self._heap and self._heap[0].due <= until:
            return heapq.heappop(self._heap)
        return None

    def begin(self, job: Job) -> None:
        """This job goes on beside the others; until `finish` it is kept, for whoever starts again after a kill."""
        self._begun[job.number] = job

    def finish(self, job: Job) -> None:
        self._begun.pop(job.number, None)

    def clear(self) -> None:
        self._heap.clear()
        self._begun.clear()

    def dump(self) -> list[Json]:
        jobs = sorted([*self._begun.values(), *self._heap])
        return [{"due": job.due, "what": job.what, "data": job.data} for job in jobs]

    def load(self, saved: list[Json]) -> None:
        self.clear()
        for job in saved:
            self.add(job["due"], job["what"], job["data"])

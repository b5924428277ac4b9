"""Runs the agenda: as time passes by itself, and when the clock is moved."""

import asyncio
import contextlib
import inspect
import logging

from stripe_simulator.clock import Handler, Job
from stripe_simulator.world import World

log = logging.getLogger("stripe_simulator")
LONGEST_NAP = 3600.0  # seconds


class Timeline:
    """`handlers` maps the word of a job to what it does."""

    def __init__(self, world: World, handlers: dict[str, Handler]) -> None:
        self.world, self.handlers = world, handlers
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._moving = asyncio.Lock()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.world.agenda.changed = self._wake.set
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        tasks = [*self._running, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            if not self._moving.locked():
                while (job := self.world.agenda.pop(self.world.clock.now())) is not None:
                    self._do(job)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._nap())

    def _nap(self) -> float | None:
        due = self.world.agenda.next_due()
        if due is None or self.world.clock.stopped_at is not None or self._moving.locked():
            return None
        return min(max(due - self.world.clock.now(), 0.001), LONGEST_NAP)

    def _do(self, job: Job) -> None:
        """Run one job; one that waits for a network goes on beside the others."""
        self.world.changed = True
        try:
            outcome = self.handlers[job.what](job.data)
        except Exception:
            log.exception("a job failed: %s %s", job.what, job.data)
            return
        if inspect.isawaitable(outcome):
            self.world.agenda.begin(job)
            task = asyncio.ensure_future(self._watch(outcome, job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _watch(self, outcome: object, job: Job) -> None:
        if inspect.isawaitable(outcome):
            try:
                await outcome
            except Exception:
                log.exception("a job failed: %s %s", job.what, job.data)
            self.world.agenda.finish(job)  # not when the simulator stops on the way: then it is done again
            self.world.changed = True

    def freeze(self, *, frozen: bool) -> None:
        self.world.clock.freeze(frozen=frozen)
        self._wake.set()

    async def move_by(self, seconds: float) -> None:
        await self.move(self.world.clock.now() + seconds)

    async def move(self, target: float) -> None:
        """Set the clock; on the way forward everything that falls due runs, in order, before this returns."""
        async with self._moving:
            clock = self.world.clock
            frozen = clock.stopped_at is not None
            clock.freeze(frozen=True)  # so that what happens at a moment happens at that moment
            try:
                await self._through(target)
                clock.set(target)
            finally:
                clock.freeze(frozen=frozen)
        self._wake.set()

    async def _through(self, target: float) -> None:
        while True:
            due = self.world.agenda.next_due()
            if due is None or due > target:
                await self.quiet()  # an answer may plan another job before the target
                due = self.world.agenda.next_due()
                if due is None or due > target:
                    return
            if due > self.world.clock.now():
                await self.quiet()
                if self.world.agenda.next_due() != due:
                    continue
                self.world.clock.set(due)
            job = self.world.agenda.pop(self.world.clock.now())
            if job is not None:
                self._do(job)

    async def quiet(self) -> None:
        """Wait for the deliveries that are under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
            # A task leaves `_running` by a callback of the loop's next turn; waiting for tasks that are done takes no turn by itself.
            await asyncio.sleep(0)

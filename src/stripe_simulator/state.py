"""The state in a file, for a caller who wants payments to outlive a restart."""

import asyncio
import json
import logging
import tempfile
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from stripe_simulator.world import World

log = logging.getLogger("stripe_simulator")
EVERY = 1.0  # wall seconds: what a kill can lose at most


class Watch:
    """Notes that something may have changed: any request that does not merely read."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app, self.world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            # The server stops and this request was made to wait (latency, a fault): say so instead of leaving a trace.
            await PlainTextResponse("The simulator is stopping.", 503)(scope, receive, send)
        finally:
            if scope.get("method") not in {None, "GET", "HEAD"}:
                self.world.changed = True


class StateFile:
    """Written once a second while something changes, and on stop; each time by one rename."""

    def __init__(self, world: World, file: Path | None) -> None:
        self.world, self.file = world, file
        self._loop: asyncio.Task[None] | None = None

    def load(self) -> None:
        if self.file is None or not self.file.exists():
            return
        try:
            self.world.load(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RuntimeError(f"The state file {self.file} cannot be read: {error!r}. Move it away.") from error

    def start(self) -> None:
        if self.file is not None:
            self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self.save()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                self.save()
            except OSError:
                log.exception("the state file could not be written")

    def save(self) -> None:
        if self.file is None or not self.world.changed:
            return
        text = json.dumps(self.world.dump(), separators=(",", ":"))
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False, encoding="utf-8") as out:
            out.write(text)
        Path(out.name).replace(self.file)
        self.world.changed = False  # nothing can change in between: this does not wait for anything

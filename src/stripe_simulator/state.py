"""The state in a file, for a caller who wants payments to outlive a restart."""

import asyncio
import json
import logging
import tempfile
from pathlib import Path

from stripe_simulator.world import World

log = logging.getLogger("stripe_simulator")
EVERY = 1.0  # wall seconds: what a kill can lose at most


class StateFile:
    """Written once a second while something changes, and on stop; each time by one rename."""

    def __init__(self, world: World, file: Path | None) -> None:
        self.world, self.file = world, file
        self._written = ""
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
        if self.file is None:
            return
        text = json.dumps(self.world.dump(), separators=(",", ":"))
        if text == self._written:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False, encoding="utf-8") as out:
            out.write(text)
        Path(out.name).replace(self.file)
        self._written = text

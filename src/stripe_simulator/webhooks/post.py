"""Sending deliveries: attempts, retries on the simulator's clock, what became of each."""

import asyncio
import time
from collections import deque
from dataclasses import asdict, dataclass

import aiohttp

from stripe_simulator.emit import deliver_later
from stripe_simulator.types import Json
from stripe_simulator.webhooks import endpoints, render, schedule, signature, thin
from stripe_simulator.world import Mode, World

KEPT = 10_000  # attempts
AT_ONCE = 64  # connections


@dataclass(slots=True)
class Attempt:
    event: str  # of a thin event: the id of its snapshot
    type: str  # as it was sent
    endpoint: str
    url: str
    attempt: int  # 1 is the first
    time: float  # of the simulator's clock
    status: int | None = None
    error: str | None = None  # why there was no answer
    manual: bool = False

    @property
    def delivered(self) -> bool:
        """Any 2xx; a redirect is a failure."""
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004 - the class of successes


class PostOffice:
    def __init__(self, world: World) -> None:
        self.world = world
        self.attempts: deque[Attempt] = deque(maxlen=KEPT)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=self.world.settings.webhook_timeout)
        # a kept connection may have been closed by its other end, and a POST on it would count as a failed attempt
        connector = aiohttp.TCPConnector(limit=AT_ONCE, force_close=True)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, trust_env=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def entries(self) -> list[Json]:
        return [asdict(attempt) for attempt in self.attempts]

    async def deliver(self, job: Json) -> None:
        """Run a job of the agenda: one attempt, and the next one planned if it fails."""
        mode = self.world.mode(job["mode"])
        event, endpoint = _event(mode, job["event"]), endpoints.find(mode, job["endpoint"])
        if event is None:
            return
        if endpoint is None or endpoint["status"] != "enabled":
            self._settle(mode, event, job["endpoint"], failed=True)  # not retried: nobody is there
            return
        if not job.get("ruled"):
            waits = self.world.delivering.waits()
            if waits != [0.0]:
                self._confuse(job, waits)
                return
        attempt = self._note(mode, event, endpoint, job["attempt"])
        await self._send(mode, event, endpoint, attempt)
        if attempt.delivered:
            self._settle(mode, event, endpoint["id"], failed=False)
        elif not job.get("copy"):
            self._retry(mode, event, endpoint["id"], job["attempt"])

    def _confuse(self, job: Json, waits: list[float]) -> None:
        """Send later, twice, or (with no entry) count the attempt as lost on the way."""
        mode = self.world.mode(job["mode"])
        now = self.world.clock.now()
        for number, wait in enumerate(waits):
            self.world.agenda.add(now + wait, "deliver", {**job, "ruled": True, "copy": number > 0})
        if not waits:
            event, endpoint = mode.objects[job["event"]], mode.objects[job["endpoint"]]
            self._note(mode, event, endpoint, job["attempt"]).error = "dropped on demand"
            self._retry(mode, event, endpoint["id"], job["attempt"])

    def _note(self, mode: Mode, event: Json, endpoint: Json, number: int, *, manual: bool = False) -> Attempt:
        is_thin = endpoints.is_thin(endpoint)
        attempt = Attempt(
            event=event["id"],
            type=endpoints.THIN_PREFIX + event["type"] if is_thin and event["object"] == "event" else event["type"],
            endpoint=endpoint["id"],
            url=endpoints.address(mode, endpoint),
            attempt=number,
            time=self.world.clock.now(),
            manual=manual,
        )
        self.attempts.append(attempt)
        return attempt

    async def _send(self, mode: Mode, event: Json, endpoint: Json, attempt: Attempt) -> None:
        """One POST, signed now; what came of it stands in the attempt."""
        body = _body(mode, event, endpoint)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature.header(signature.living(mode, endpoint["id"]), body, dummy=not mode.livemode),
            "Cache-Control": "no-cache",
        }
        if self._session is None:
            raise RuntimeError("The post office is closed.")
        started = time.monotonic()
        try:
            async with self._session.post(attempt.url, data=body, headers=headers, allow_redirects=False) as reply:
                attempt.status = reply.status
        except TimeoutError:
            attempt.error = f"no answer within {time.monotonic() - started:.1f} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            attempt.error = str(error) or type(error).__name__
        schedule.judge(mode, endpoint, delivered=attempt.delivered)

    def _retry(self, mode: Mode, event: Json, endpoint: str, number: int) -> None:
        delays = schedule.waits(mode)
        if _counted(event, endpoint) and endpoint not in mode.facts(event["id"])["failed"]:
            mode.facts(event["id"])["failed"].append(endpoint)
        if number > len(delays):
            self._settle(mode, event, endpoint, failed=True)
            return
        deliver_later(mode, event["id"], endpoint, self.world.clock.now() + delays[number - 1], number + 1)

    def _settle(self, mode: Mode, event: Json, endpoint: str, *, failed: bool) -> None:
        """No further attempt comes by itself."""
        if not _counted(event, endpoint):
            return
        facts = mode.facts(event["id"])
        if endpoint in facts.get("waiting", ()):
            facts["waiting"].remove(endpoint)
        if failed and endpoint not in facts["failed"]:
            facts["failed"].append(endpoint)
        elif not failed:
            if endpoint in facts["failed"]:
                facts["failed"].remove(endpoint)
            # one that was given up counts for ever: it never had the event
            event["pending_webhooks"] = len({*facts["waiting"], *facts["failed"]})

    async def resend(self, mode: Mode, event: Json) -> list[Json]:
        """By hand, to every enabled endpoint; automatic retries go on regardless."""
        takers = [endpoint for endpoint in endpoints.everyone(mode) if endpoint["status"] == "enabled"]
        attempts = [self._note(mode, event, endpoint, 1, manual=True) for endpoint in takers]
        pairs = zip(takers, attempts, strict=True)
        await asyncio.gather(*(self._send(mode, event, endpoint, attempt) for endpoint, attempt in pairs))
        return [asdict(attempt) for attempt in attempts]


def _event(mode: Mode, identifier: str) -> Json | None:
    return mode.get("event", identifier) or mode.get(thin.KIND, identifier)


def _counted(event: Json, endpoint: str) -> bool:
    """Whether a delivery counts among those of the snapshot event: thin ones go beside it."""
    return event["object"] == "event" and not endpoint.startswith("ed_")


def _body(mode: Mode, event: Json, endpoint: Json) -> bytes:
    """The exact bytes for this endpoint: thin, or a snapshot at its own version."""
    if event["object"] == thin.KIND:
        return render.dumps(thin.notification(event))
    if endpoints.is_thin(endpoint):
        return render.dumps(thin.notification(thin.of(mode, event)))
    return render.body(mode, event, endpoint["api_version"] or mode.world.version)

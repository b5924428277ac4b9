"""A client that asks over kept connections, and a receiver of signed deliveries that runs in its own process."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import multiprocessing
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import aiohttp
from bin.benches import machine

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from types import TracebackType

SESSION = {
    "mode": "payment",
    "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://shop.example/back",
    "customer_email": "camille@example.com",
    "client_reference_id": "invoice-1042",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "9990",
    "line_items[0][price_data][product_data][name]": "VPS Lanterne",
    "metadata[invoice]": "1042",
    "payment_intent_data[metadata][invoice]": "1042",
}
PAYMENT = {
    "amount": "9990",
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "return_url": "https://shop.example/done",
    "confirm": "true",
}


@dataclass(slots=True)
class Load:
    """What a load did: seconds of each answer, and of the whole."""

    took: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        return sorted(self.took)[min(int(len(self.took) * share), len(self.took) - 1)]


async def load(url: str, key: str, form: dict[str, str], *, count: int, at_once: int, per_second: float = 0) -> Load:
    """POST `form` `count` times over `at_once` kept connections; at a steady pace, or as fast as it goes (0).

    With a pace, an answer's time counts from the moment at which it should have been asked for.
    """
    done = Load()
    waiting = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:
        began = time.perf_counter()

        async def worker() -> None:
            for number in waiting:
                due = began + number / per_second if per_second else time.perf_counter()
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench-{began}-{number}"}
                async with session.post(url, data=form, headers=headers) as answer:
                    text = await answer.text()
                    if answer.status != 200:  # noqa: PLR2004 - anything else spoils the figures
                        raise RuntimeError(f"The simulator answered {answer.status}: {text[:300]}")
                done.took.append(time.perf_counter() - due)

        await asyncio.gather(*(worker() for _ in range(at_once)))
        done.seconds = time.perf_counter() - began
    return done


class Receiver:
    """Takes deliveries in a process of its own and checks every signature. `with Receiver() as receiver:`."""

    def __init__(self) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_receive, args=(theirs,), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self.url = f"http://127.0.0.1:{self._ours.recv()}/hook"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()

    def trust(self, secret: str) -> None:
        self._ours.send(secret)

    def taken(self) -> tuple[int, int, float]:
        """Good deliveries, bad ones, and seconds between the first and the last."""
        self._ours.send(None)
        good, bad, seconds = self._ours.recv()
        return int(good), int(bad), float(seconds)


@dataclass(slots=True)
class _Tally:
    secret: bytes = b""
    good: int = 0
    bad: int = 0
    first: float = 0.0
    last: float = 0.0

    def count(self, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        self.first, self.last = self.first or now, now
        line = next((row for row in head.split(b"\r\n") if row.lower().startswith(b"stripe-signature:")), b":")
        signature = dict(pair.partition(b"=")[::2] for pair in line.partition(b":")[2].strip().split(b","))
        signed = signature.get(b"t", b"") + b"." + body
        digest = hmac.new(self.secret, signed, hashlib.sha256).hexdigest().encode()
        if hmac.compare_digest(digest, signature.get(b"v1", b"")):
            self.good += 1
        else:
            self.bad += 1


async def _answer(tally: _Tally, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:"))
            tally.count(head, await reader.readexactly(int(length.partition(b":")[2])))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _receive(pipe: Connection) -> None:
    machine.pin(0, 1)
    asyncio.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    tally = _Tally()
    server = await asyncio.start_server(
        lambda reader, writer: _answer(tally, reader, writer), "127.0.0.1", 0, backlog=512
    )
    pipe.send(server.sockets[0].getsockname()[1])
    while True:
        asked = await asyncio.to_thread(pipe.recv)
        if asked is None:
            pipe.send((tally.good, tally.bad, tally.last - tally.first))
        else:
            tally.secret = str(asked).encode()

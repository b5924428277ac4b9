"""The worker: Procrastinate's jobs on one event loop, and the house's own loops in threads beside it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from procrastinate import PsycopgConnector

from comptoir.conf import conf
from comptoir.jobs import app, recovery
from comptoir.jobs.models import Worker

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.connector import BaseAsyncConnector
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.job_context import JobContext
    from procrastinate.worker import Worker as ProcrastinateWorker

log = structlog.get_logger(__name__)

GRACE_SECONDS = 5
RECOVERY_SECONDS = 10
Loop = Callable[[threading.Event], None]
_remembered: set[int] = set()


def name() -> str:
    """This worker's name on its leases: the supervisor's, or machine and process."""
    return conf().worker_name or f"{socket.gethostname()}-{os.getpid()}"


def main() -> None:
    """Run until SIGTERM or SIGINT. Needs Django to be set up; call it in the main thread."""
    stop = threading.Event()
    loops: list[Loop] = [import_string(dotted) for dotted in settings.WORKER_LOOPS]
    threads = [threading.Thread(target=loop, args=(stop,), name=loop.__module__) for loop in [*loops, _recover]]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_jobs())
    finally:
        stop.set()
        for thread in threads:
            thread.join()


async def _jobs() -> None:
    """Run Procrastinate on a second application object: tasks keep Django's connector, so what they enqueue is in their transaction."""
    size = conf().worker_threads
    pool = ThreadPoolExecutor(
        size + 2, thread_name_prefix="job"
    )  # asyncio's own has cores + 4 threads, whatever the concurrency
    asyncio.get_running_loop().set_default_executor(pool)
    real = app.real()
    worker = real.with_connector(_connector(real))
    async with worker.open_async():
        await worker.run_worker_async(
            name=name(),
            concurrency=size,
            fetch_job_polling_interval=1,
            delete_jobs="successful",
            shutdown_graceful_timeout=GRACE_SECONDS,
            update_heartbeat_interval=5,
            stalled_worker_timeout=recovery.HEARTBEAT_DEAD_SECONDS,
            worker_middleware=[_remember],
        )


def _connector(real: App) -> BaseAsyncConnector:
    """The database as Django reaches it; by the direct address where a pooler stands between, which passes no notices on."""
    if conf().database_direct_url:
        return PsycopgConnector(conninfo=conf().database_direct_url)
    return cast("DjangoConnector", real.connector).get_worker_connector()


async def _remember(call_next: Callable[[], Any], _context: JobContext, worker: ProcrastinateWorker) -> Any:
    """Note which of Procrastinate's workers we are, so that a supervisor who sees us die can free our jobs at once."""
    if worker.worker_id is not None and worker.worker_id not in _remembered:
        await asyncio.to_thread(
            Worker.objects.update_or_create, name=name(), defaults={"procrastinate_id": worker.worker_id}
        )
        _remembered.add(worker.worker_id)
    return await call_next()


def _recover(stop: threading.Event) -> None:
    """Outside Procrastinate's own queue: if every one of its threads is stuck, a recovering job would wait behind them."""
    from django.db import close_old_connections

    while not stop.wait(RECOVERY_SECONDS):
        try:
            recovery.retry_stalled()
            recovery.alert_given_up()
        except Exception:
            log.exception("recovery failed")
        finally:
            close_old_connections()

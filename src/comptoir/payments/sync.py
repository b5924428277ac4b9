"""LOOK: claim a wish, ask the module outside any transaction, observe what it saw. One thread of each worker, many workers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections
from django.utils.translation import gettext_noop

from comptoir.inbox import actions as inbox, pace
from comptoir.jobs.worker import name as worker_name
from comptoir.kernel.words import code, said, words
from comptoir.modules import queries, registry
from comptoir.modules.api import OutcomeUnknownError
from comptoir.payments.actions.observe import observe

log = structlog.get_logger(__name__)
IDLE_SECONDS = 0.1
LOOKERS = 4  # at once in one process


def loop(stop: threading.Event) -> None:
    """Answer wishes until told to stop. A wish in work when we stop is finished; one that is lost is due again by its lease."""
    with ThreadPoolExecutor(LOOKERS, thread_name_prefix="look") as pool:
        for number in range(LOOKERS):
            pool.submit(_lookers_life, stop, first=number == 0)


def _lookers_life(stop: threading.Event, *, first: bool) -> None:
    """The first looker polls often; the others wake when there is more than one can do."""
    while not stop.is_set():
        try:
            busy = look_once(by=worker_name(), in_turn=True)
        except Exception:
            log.exception("looking was interrupted")
            busy = False
        if not busy:
            close_old_connections()
            stop.wait(IDLE_SECONDS if first else 5 * IDLE_SECONDS)


def look_once(*, by: str, in_turn: bool = False) -> bool:
    """Answer the wish that is due longest; False where none is due.

    Steps: 1 claim it, noting what is wanted, the open notices and the time; 2 the module reads the object afresh; 3 `observe`
    stores the effects and marks the wish done, all or nothing. Whatever fails puts the wish off; nothing is forgotten.
    `in_turn`: where there was trouble, or many wait, no sooner than all workers together may (`inbox.pace`).
    """
    claimed = inbox.claim(by=by)
    if claimed is None:
        return False
    where = (claimed.subject.module, claimed.subject.account, claimed.subject.mode)
    if in_turn and (claimed.many or pace.is_careful(*where)):
        pace.wait_turn(*where)
    try:
        account = queries.account(
            module=claimed.subject.module, account=claimed.subject.account, mode=claimed.subject.mode
        )
        seen = registry.gateway(claimed.subject.module).look(account, claimed.subject)
        pace.answered(*where)
        observe(seen, read_at=claimed.read_at, claimed=claimed)
    except OutcomeUnknownError as error:
        waits = pace.note(*where, error)
        inbox.put_off(claimed, problem=said(error.cause), quietly=waits)
    except (queries.AccountMissingError, registry.ModuleMissingError) as error:
        inbox.put_off(claimed, problem=error.words)
    except Exception as error:
        fault = code(type(error).__name__)
        inbox.put_off(claimed, problem=words(gettext_noop("a fault of ours while looking: %(error)s"), error=fault))
        raise
    return True

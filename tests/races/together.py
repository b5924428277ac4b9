"""Two or more operating-system processes that meet at a barrier: how every race of the house is proved.

    together(actors.claim_wish, count=2, at="comptoir.inbox.actions.claim", arguments=...)

Each process sets Django up against this test's database, waits at the barrier and goes on at the same moment as the others: before
its work, or in the middle of it, right before or right after a named function. A guard (a lock, a unique key, a condition) is
taken away by a patch that each process applies: then the same race must be lost, or the proof proves nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from pkgutil import resolve_name
from threading import BrokenBarrierError
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from django.db import connection

HERE = Path(__file__).resolve().parents[2]
# Each process is forked from a server that has loaded the house and opened no connection: a start costs milliseconds, not a second.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.races.preload"])
MEET_SECONDS = 20
ALONE_SECONDS = 8
Actor = Callable[..., object]


@dataclass(frozen=True)
class Told:
    """What one process has to tell: its answer, or the error that ended it."""

    answer: object
    error: str


@dataclass(frozen=True)
class Plan:
    """What each process does, where they meet, and which guards are gone."""

    actor: Actor
    before: str
    after: str
    without: dict[str, object]


def together(
    actor: Actor,
    *each: Mapping[str, Any],
    before: str = "",
    after: str = "",
    without: Mapping[str, object] | None = None,
) -> list[Told]:
    """Run an actor in one process for each mapping of arguments; they meet before or after a named function, or at the start.

    `without`: functions or constants, by dotted name, that are replaced in each process: the guard that is taken away.
    """
    os.environ["COMPTOIR_DATABASE_URL"] = database_url()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE / "tests" / "cash")])
    barrier = CONTEXT.Barrier(len(each))
    inbox: multiprocessing.Queue[tuple[int, Told]] = CONTEXT.Queue()
    plan = Plan(actor, before, after, dict(without or {}))
    processes = [
        CONTEXT.Process(target=_life, args=(number, barrier, inbox, plan, dict(arguments)))
        for number, arguments in enumerate(each)
    ]
    for process in processes:
        process.start()
    told = dict(inbox.get(timeout=60) for _process in processes)
    for process in processes:
        process.join(timeout=20)
    return [told[number] for number in sorted(told)]


def database_url() -> str:
    """The address of this test's own database."""
    values = connection.settings_dict
    return f"postgresql:///{values['NAME']}?host={quote(values['HOST'], safe='')}&user={values['USER']}"


def _life(number: int, barrier: Barrier, inbox: Any, plan: Plan, arguments: dict[str, Any]) -> None:
    import django

    django.setup()
    try:
        with ExitStack() as stack:
            for name, replacement in plan.without.items():
                stack.enter_context(patch(name, replacement))
            if plan.before or plan.after:
                _meet_at(stack, barrier, plan)
            else:
                barrier.wait(MEET_SECONDS)
            answer = plan.actor(**arguments)
        told = Told(answer, "")
    except Exception:  # noqa: BLE001 - whatever ends a process of a race is what the test wants to know
        barrier.abort()
        told = Told(None, traceback.format_exc())
    inbox.put((number, told))
    connection.close()


def _meet_at(stack: ExitStack, barrier: Barrier, plan: Plan) -> None:
    """Wrap a function so that its first call in this process waits for the others; where a guard holds them back, it goes on alone."""
    name = plan.before or plan.after
    real = resolve_name(name)
    met: list[bool] = []

    def meet() -> None:
        if not met:
            met.append(True)
            with suppress(BrokenBarrierError):
                barrier.wait(ALONE_SECONDS)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if plan.before:
            meet()
        answer = real(*args, **kwargs)
        if plan.after:
            meet()
        return answer

    stack.enter_context(patch(name, wrapped))

"""The local Stripe of the demo: one process, the same account and keys at each start."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING, Any

from comptoir.run import leftovers, ports
from comptoir.run.ground import environment, python
from comptoir.run.supervise import Child

if TYPE_CHECKING:
    from pathlib import Path

NAME = "simulator"
KEYS = "/_control/keys"
PREFIX = "STRIPE_SIMULATOR_"


def child(home: Path, port: int, log: Path, *, public_url: str = "") -> Child:
    """The simulator; its state lies in the folder `simulator` of the state folder.

    `public_url`: where browsers reach its pages, '' for where it listens.
    """
    folder = home / NAME
    seen_at = ["--public-url", public_url] if public_url else []
    return Child(
        NAME,
        python("stripe_simulator", "--port", str(port), "--state-file", str(folder / "state.json"), *seen_at),
        # Keys travel in the environment: a command line can be read by everybody on the machine.
        {**_without_its_own(), **_remembered(folder), **leftovers.mark(home)},
        when_orphaned=signal.SIGTERM,  # it writes its state once more
        last=True,
        log=log,
        quiet=True,  # it greets with its secret key, which belongs in no log
    )


def remember(home: Path, port: int) -> None:
    """Keep the account and its keys for the next start: what is in its state belongs to them."""
    answer = ports.answers(port, KEYS)
    if answer is None:
        return
    told: dict[str, Any] = json.loads(answer)
    kept = {
        "SECRET_KEY": told["test"]["secret"],
        "PUBLISHABLE_KEY": told["test"]["publishable"],
        "LIVE_SECRET_KEY": told["live"]["secret"],
        "LIVE_PUBLISHABLE_KEY": told["live"]["publishable"],
        "ACCOUNT_ID": told["account"],
    }
    path = home / NAME / "keys.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(kept), encoding="utf-8")
    fresh.replace(path)


def _remembered(folder: Path) -> dict[str, str]:
    path = folder / "keys.json"
    if not path.exists():
        return {}
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return {PREFIX + name: value for name, value in kept.items()}


def _without_its_own() -> dict[str, str]:
    """Our environment; a caller's own wishes for a simulator are for another one."""
    ours = {name for name in os.environ if name.startswith(PREFIX)}
    return {name: value for name, value in environment().items() if name not in ours}

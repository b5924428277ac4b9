"""`bin/live-check`: Stripe with your own test key beside the simulator, or two simulators with `--simulator`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path

from bin.live_check.run import differing, obstacle, report, run
from bin.live_check.scenarios import SCENARIOS
from bin.live_check.side import STRIPE, Side

from stripe_simulator.server import Server

VARIABLE = "STRIPE_TEST_KEY"
FILE = Path("var/live-check/report.md")
TEST = "sk_test_"
QUIET, QUIET_AT_STRIPE = 1.0, 6.0  # seconds without a new event


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 when nothing differs, 1 when something does, 2 when Stripe cannot be asked."""
    options = _parser().parse_args(arguments)
    key = os.environ.get(VARIABLE, "")
    refusal = None if options.simulator else refused(key)
    if refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    with contextlib.ExitStack() as stack:
        ours = _simulated(stack, "the simulator")
        if options.simulator:
            theirs = _simulated(stack, "another simulator")
        else:
            theirs = Side("Stripe", STRIPE, key, _version(), poll=0.5)
            stack.callback(theirs.close)
        refusal = obstacle(theirs)
        if refusal:
            sys.stderr.write(f"{refusal}\n")
            return 2
        quiet = QUIET if options.simulator else QUIET_AT_STRIPE
        records = run(theirs, ours, names=options.scenario or (), quiet=quiet, say=lambda text: print(text, flush=True))
    found = differing(records)
    text = report(records, found, (theirs.name, ours.name))
    if key:
        text = text.replace(key, "sk_test_…")  # nothing of it should be here; nothing of it can be
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}\n\nWritten to {FILE}.")
    return 1 if found else 0


def refused(key: str) -> str | None:
    """Why this key is not used, or None. Nothing of the key is in it."""
    if not key:
        return f"Put the secret test key of your own Stripe account ({TEST}...) into {VARIABLE}, or try --simulator."
    if "_live_" in key:
        return f"{VARIABLE} holds a live key. Nothing was sent: this check makes payments, and only test keys may."
    if not key.startswith(TEST) or len(key) == len(TEST) or not key.isascii() or not key.replace("_", "").isalnum():
        return f"{VARIABLE} holds no secret test key: it begins with {TEST}. Nothing was sent."
    return None


def _simulated(stack: contextlib.ExitStack, name: str) -> Side:
    server = stack.enter_context(Server())
    side = Side(name, server.base_url, server.secret_key, _version(), poll=0.2)
    stack.callback(side.close)
    return side


def _version() -> str:
    from stripe_simulator.schema import load_requests

    return load_requests().version


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/live-check",
        description=f"Runs the same scenarios at Stripe, with your own test key from {VARIABLE}, and in the simulator, "
        "and tells what differs. It leaves test customers and test payments in your account; no money moves.",
    )
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], help="only these; all of them without a name")
    parser.add_argument("--simulator", action="store_true", help="compare two simulators: no key, no network")
    return parser


if __name__ == "__main__":
    sys.exit(main())

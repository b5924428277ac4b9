"""The command line: flags, environment, one line when ready."""

import argparse
import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

import uvicorn

from stripe_simulator import coverage
from stripe_simulator.server import bind, configuration
from stripe_simulator.settings import Settings

PREFIX = "STRIPE_SIMULATOR_"


def parser() -> argparse.ArgumentParser:
    """Every flag may also come from the environment: --secret-key is STRIPE_SIMULATOR_SECRET_KEY."""
    made = argparse.ArgumentParser(
        prog="python -m stripe_simulator",
        description="A simulator of Stripe's API: stateful, with hosted payment pages, webhooks and a clock.",
        epilog=f"Every flag may also be given in the environment, as {PREFIX}SECRET_KEY for --secret-key.",
    )
    add = made.add_argument
    add("--port", type=int, default=_env("port", "12111"), help="0 takes a free one (default 12111)")
    add("--host", default=_env("host", "127.0.0.1"), help="address to listen on (default 127.0.0.1)")
    add("--public-url", default=_env("public_url"), help="where browsers reach the hosted pages, when not HOST:PORT")
    add("--secret-key", default=_env("secret_key"), help="the account's sk_test_ key (default: random)")
    add("--publishable-key", default=_env("publishable_key"), help="its pk_test_ key")
    add("--live-secret-key", default=_env("live_secret_key"), help="its sk_live_ key")
    add("--live-publishable-key", default=_env("live_publishable_key"), help="its pk_live_ key")
    add("--account-id", default=_env("account_id"), help="acct_... (default: random)")
    add("--account-name", default=_env("account_name"), help="the name shown on the hosted pages")
    add("--control-token", default=_env("control_token"), help="opens the control API to other machines, with it")
    add("--state-file", type=Path, default=_env("state_file"), help="keep the state in this JSON file")
    add("--coverage", action="store_true", help="print what is covered of Stripe's API, as Markdown, and stop")
    return made


def _env(name: str, default: str | None = None) -> str | None:
    return os.environ.get(PREFIX + name.upper(), default)


SETTINGS = (
    "public_url",
    "secret_key",
    "publishable_key",
    "live_secret_key",
    "live_publishable_key",
    "account_id",
    "account_name",
    "control_token",
    "state_file",
)


class _Server(uvicorn.Server):
    """Says when it is ready: not before the sockets answer."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self._line = line

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            sys.stdout.write(self._line + "\n")
            sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code."""
    options = parser().parse_args(arguments)
    if options.coverage:
        sys.stdout.write(coverage.report())
        return 0
    try:
        listener = bind(options.host, options.port)
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {options.host} port {options.port}: {error.strerror or error}.\n")
        return 1
    port = listener.getsockname()[1]
    host = f"[{options.host}]" if ":" in options.host else options.host
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name)}
    base = f"http://{host}:{port}"
    settings = Settings(**{"public_url": base, **given})
    line = f"Stripe simulator ready: {base} (secret key {settings.secret_key}, control {base}/_control)"
    try:
        server = _Server(configuration(settings), line)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _spare_the_collector()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # also what the server calls once it has stopped
    asyncio.run(server.serve([listener]))
    return 0 if server.started else 1


def _spare_the_collector() -> None:
    """A simulator holds hundreds of thousands of small objects, in no cycle: to look through all of them for garbage
    would make somebody wait for a tenth of a second, every few thousand payments. The young are looked through as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 20, 1_000)


def _leave(*_: object) -> None:
    raise SystemExit(0)

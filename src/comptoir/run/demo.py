"""`comptoir demo`: a whole shop to try, with a local Stripe, in the foreground."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comptoir.conf import DEMO, STORED, load, stored_settings
from comptoir.run import leftovers, ports, serve, simulator
from comptoir.run.ground import database_options, environment, keep_settings, say
from comptoir.run.postgres import Embedded
from comptoir.run.problem import AlreadyOwned, Problem
from comptoir.run.supervise import Supervisor

if TYPE_CHECKING:
    import argparse

READY_WITHIN = 180.0  # seconds, for web and simulator each; a child that ends is told at once
ANNOUNCEMENT = "demo.json"
ACCOUNTS = "demo.accounts.json"
# All that a demo makes in its state folder; `--reset` removes nothing else.
OURS = (
    *("postgres", "postgres.new", "postgres.log", "postgres.log.1", "database.folder"),
    *("secrets", "stamps", "static", "logs", "simulator", STORED, ACCOUNTS, ANNOUNCEMENT),
)
HIGHEST_PORT = 65535
# How the Stripe module stands at the start of a demo in which it is left to people.
STANDS = {
    "unset": "The Stripe module waits to be set up, under Modules in the back office.",
    "off": "The Stripe module is set up and disabled: enable it under Modules in the back office.",
    "test": "The Stripe module is set up, in test mode.",
    "live": "The Stripe module is set up, in live mode.",
}


@dataclass(frozen=True)
class Plan:
    """What the flags ask for."""

    home: Path
    port: int
    simulator_port: int
    simulator_url: str
    blank: bool
    reset: bool

    @property
    def shop(self) -> str:
        """Address of the shop; `localhost`, because passkeys do not work on a bare number."""
        return f"http://localhost:{self.port}"

    @property
    def simulator(self) -> str:
        """Address of the simulator's API."""
        return f"http://{ports.LOOPBACK}:{self.simulator_port}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The demo's flags."""
    parser.add_argument("--port", type=int, default=8000, help="port of the shop (default: %(default)s)")
    parser.add_argument("--simulator-port", type=int, default=12111, help="port of the local Stripe (%(default)s)")
    parser.add_argument(
        "--simulator-url", default="", metavar="URL", help="where browsers reach its pages (default: at its port)"
    )
    parser.add_argument("--home", type=Path, default=Path("var/demo"), help="state folder (default: %(default)s)")
    parser.add_argument("--blank", action="store_true", help="leave Stripe to be set up by you; its keys are printed")
    parser.add_argument("--reset", action="store_true", help="empty the state folder first")


def run(options: argparse.Namespace) -> int:
    """Run the demo until told to stop.

    Raises:
        Problem: something of ours cannot be started; the sentence says what to do.
    """
    plan = Plan(
        home=options.home.absolute(),
        port=options.port,
        simulator_port=options.simulator_port,
        simulator_url=options.simulator_url,
        blank=options.blank,
        reset=options.reset,
    )
    _check(plan)
    with Supervisor(say=say) as supervisor:
        began = time.monotonic()
        _take_folder(supervisor, plan)
        announcement = plan.home / ANNOUNCEMENT
        announcement.unlink(missing_ok=True)
        try:
            news = _start(supervisor, plan)
            _write(announcement, news)
            _tell(news, plan, time.monotonic() - began)
            supervisor.wait()
        finally:
            announcement.unlink(missing_ok=True)
    say("Everything has stopped.")
    return 0


def _fixed(plan: Plan) -> dict[str, str]:
    """What makes it a demo. It stands in its state folder too: a command on that folder asks the local Stripe, never the real one."""
    return {
        "url": plan.shop,
        "stripe_api_base": plan.simulator,
        "clock_url": f"{plan.simulator}/_control/clock",
        "demo": "1",
        "staff_mfa": "offered",
        "email_url": "outbox:",
        "allowed_hosts": "",
        "admin_prefix": "admin",
    }


def _settings(plan: Plan, **more: str) -> dict[str, str]:
    """The environment of the demo: what makes it one is fixed, the rest is the caller's."""
    return environment(home=str(plan.home), **_fixed(plan), **more)


def _check(plan: Plan) -> None:
    stored = stored_settings(plan.home)
    if stored and not stored.get(DEMO):
        raise Problem(f"{plan.home} is the state folder of a counter: give the demo another one with --home DIR.")
    for flag, port in (("--port", plan.port), ("--simulator-port", plan.simulator_port)):
        if not 0 < port <= HIGHEST_PORT:
            raise Problem(f"{flag} {port} is not a port: give a number from 1 to {HIGHEST_PORT}.")
    if plan.port == plan.simulator_port:
        raise Problem("The shop and the simulator need two different ports: --port and --simulator-port are the same.")


def _take_folder(supervisor: Supervisor, plan: Plan) -> None:
    try:
        supervisor.database = Embedded(plan.home, options=database_options(load(_settings(plan))))
    except AlreadyOwned as problem:
        where = _running_shop(plan.home)
        raise Problem(f"{problem}{where} Another demo beside it: --home DIR --port N --simulator-port M.") from None
    if plan.reset:
        say(f"Emptying {plan.home}")
        for folder in (supervisor.database.place.base, plan.home):
            _empty(folder)
        supervisor.database.close()
        supervisor.database = Embedded(plan.home, options=database_options(load(_settings(plan))))
    try:
        keep_settings(plan.home, _fixed(plan))
    except OSError as error:
        raise Problem(f"The state folder {plan.home} cannot be written: {error.strerror}.") from error
    leftovers.end_marked(plan.home)
    for flag, port in (("--port", plan.port), ("--simulator-port", plan.simulator_port)):
        ports.must_be_free(port, hint=f"Stop that program, or choose another port with {flag}.")


def _empty(folder: Path) -> None:
    for name in OURS:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _running_shop(home: Path) -> str:
    try:
        return f" It answers at {json.loads((home / ANNOUNCEMENT).read_text(encoding='utf-8'))['shop']}."
    except (OSError, ValueError, KeyError):
        return ""


def _start(supervisor: Supervisor, plan: Plan) -> dict[str, Any]:
    """Start all in their order; return what `demo.json` says."""
    logs = plan.home / "logs"
    if supervisor.database is None:
        raise Problem("The demo has no database.")
    supervisor.add(
        simulator.child(plan.home, plan.simulator_port, logs / "simulator.log", public_url=plan.simulator_url)
    )
    say("Starting PostgreSQL")
    supervisor.database.start()
    inherited = leftovers.mark(plan.home) | _settings(plan, database_url=supervisor.database.url)
    _until(supervisor, plan, plan.simulator_port, simulator.KEYS, simulator.NAME)
    simulator.remember(plan.home, plan.simulator_port)
    say("Preparing the database and the shop (a little longer the first time)")
    accounts = plan.home / ACCOUNTS
    serve.prepare(supervisor, inherited, "--demo", str(accounts), *(["--blank"] if plan.blank else []))
    say("Starting web and worker")
    serve.start_roles(supervisor, inherited, host=ports.LOOPBACK, port=plan.port, home=plan.home, logs=logs)
    _until(supervisor, plan, plan.port, "/readyz", "web")
    return {
        "shop": plan.shop,
        "database_url": supervisor.database.url,
        **json.loads(accounts.read_text(encoding="utf-8")),
    }


def _until(supervisor: Supervisor, plan: Plan, port: int, path: str, name: str) -> None:
    """Wait until a child answers; one that keeps ending is not waited for."""
    until = time.monotonic() + READY_WITHIN
    child = next(child for child in supervisor.children if child.name == name)
    often = 3

    def decided() -> bool:
        return ports.answers(port, path) is not None or child.ended >= often or time.monotonic() > until

    supervisor.wait(decided)
    if ports.answers(port, path) is None:
        log = plan.home / "logs" / f"{name}.log"
        lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        raise Problem(f"The {name} does not start: {lines[-1] if lines else 'it says nothing'} (see {log})")


def _write(path: Path, news: dict[str, Any]) -> None:
    """In one rename: who waits for the file never reads half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(news, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)


def _command() -> str:
    """How `comptoir` is typed here: its path, which is on nobody's PATH in a checkout."""
    return str(Path(sys.executable).with_name("comptoir"))


def _tell(news: dict[str, Any], plan: Plan, seconds: float) -> None:
    stripe = news["stripe"]
    lines = [
        "",
        f"Ready in {seconds:.1f} s. Everything here is pretend: no money moves.",
        "",
        f"  Shop         {news['shop']}/",
        f"  Customer     {news['customer']['email']}   password {news['customer']['password']}",
        f"  Back office  {news['admin']['url']}",
        f"  Staff        {news['admin']['email']}   password {news['admin']['password']}",
        f"  Mails        {news['shop']}/demo/mail/",
        f"  Stripe       {stripe['api_base']}   card 4242 4242 4242 4242, any later date, any code",
        f"  Commands     COMPTOIR_HOME={shlex.quote(str(plan.home))} {shlex.quote(_command())} doctor",
    ]
    if plan.blank:
        lines += [
            "",
            f"  {STANDS[stripe['module']]} The keys of the local Stripe:",
            f"  Secret       {stripe['secret_key']}",
            f"  Publishable  {stripe['publishable_key']}",
        ]
    lines += ["", f"  All of this for programs: {plan.home / ANNOUNCEMENT}", "  Ctrl-C stops everything.", ""]
    say("\n".join(lines))

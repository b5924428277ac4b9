"""The command `comptoir`: one word, then the word's own flags."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from comptoir.conf import ConfigurationError
from comptoir.run import gateway
from comptoir.run.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each word's module has `arguments(parser)` and `run(options) -> exit code`.
WORDS = {
    "demo": ("comptoir.run.demo", "a shop to try, with a local Stripe; keeps running"),
    "init": ("comptoir.run.init", "set a counter up: address, e-mail, administrator"),
    "serve": ("comptoir.run.serve", "web and worker, kept running on this machine"),
    "web": ("comptoir.run.web", "the web alone, for many machines"),
    "worker": ("comptoir.run.worker", "a worker alone, for many machines"),
    "doctor": ("comptoir.run.doctor", "check the set-up and say what to mend"),
    "staff": ("comptoir.run.staff", "the team: list it, take a lost second factor off somebody"),
    "manage": ("comptoir.run.manage", "Django's own commands: comptoir manage help"),
}


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code. What a person must mend is one sentence on standard error."""
    words = list(sys.argv[1:] if given is None else given)
    try:
        if words and words[0] == "manage":  # its arguments are Django's to read, `--help` too
            from comptoir.run import manage

            return manage.hand_over(words[1:])
        known = WORDS if words and words[0] in WORDS else {**WORDS, **gateway.words()}
        if words and words[0] in known and words[0] not in WORDS:  # so are a gateway's
            return gateway.hand_over(words)
        parser = argparse.ArgumentParser(prog="comptoir", description="Order, pay, be served: once, and always.")
        commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
        for word, (module, summary) in known.items():
            command = commands.add_parser(word, help=summary, description=summary[0].upper() + summary[1:] + ".")
            import_module(module).arguments(command)
            command.set_defaults(module=module)
        options = parser.parse_args(words)
        code: int = import_module(options.module).run(options)
    except (Problem, ConfigurationError) as problem:
        print(f"comptoir: {problem}", file=sys.stderr)  # noqa: T201 - the command line speaks to a person
        return 1
    return code

"""A provider that does not answer: who is told, and how it is noticed that it answers again."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from comptoir.inbox import pace
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import Mode, OutcomeUnknownError, Silence

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Silent:
    """One account of a gateway for which its provider does not answer."""

    module: str
    silence: Silence


def all_silent(module: str = "") -> list[Silent]:
    """Every account for which a provider does not answer now, of one gateway or of all. No network."""
    names = [name for name, each in registry.installed().items() if each.gateway is not None and module in {"", name}]
    return [Silent(name, silence) for name in names for silence in registry.gateway(name).silences()]


def of(*, module: str, mode: str, account: str = "") -> Silence | None:
    """Since when a provider does not answer for an account, or for any; None where it does, as far as we know."""
    told = (each.silence for each in all_silent(module) if each.module == module)
    return next((each for each in told if each.mode == mode and account in {"", each.account}), None)


def knock_due() -> None:
    """Ask each silent provider whether it answers again; then what was put off goes on. Called by the sweep. Never in a transaction."""
    if elsewhere():
        return
    for each in all_silent():
        account, mode = each.silence.account, each.silence.mode
        if pace.may_knock(each.module, account, mode):
            _knock(each.module, account, mode)


def _knock(module: str, account: str, mode: Mode) -> None:
    try:
        registry.gateway(module).knock(modules.account(module=module, account=account, mode=mode))
    except OutcomeUnknownError:
        return
    except (modules.AccountMissingError, UnsealError) as error:
        log.warning("cannot knock", module=module, account=account, mode=mode, cause=error.words.english)
        return
    taken = pace.go_on(module, account, mode)
    log.info("the provider answers again", module=module, account=account, mode=mode, wishes=taken)

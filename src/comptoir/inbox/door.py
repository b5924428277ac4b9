"""RECEIVE: raw bytes in, an answer out, and no domain work between. 200 only after COMMIT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from comptoir.inbox import actions, reach
from comptoir.modules import actions as modules, queries, registry
from comptoir.modules.api import Account, BadNoticeError, Envelope

log = structlog.get_logger(__name__)
LARGEST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told: an HTTP status and one sentence."""

    status: int
    sentence: str


def receive(*, module: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Authenticate a notice for a module and store it; header names in lower case.

    Steps: 1 size, 2 the module verifies with the secrets of its accounts, 3 one statement stores the notice and the wish, 4 a secret
    that has signed for the first time is noted as proven, 5 answer.
    """
    if len(body) > LARGEST_BYTES:
        return Answer(413, "The body is larger than 1 MiB; nothing was stored.")
    try:
        gateway = registry.gateway(module)
    except registry.ModuleMissingError:
        return Answer(404, "Nothing receives notices at this address.")
    try:
        accounts = queries.accounts(module)
        envelope = gateway.receive(body, headers, accounts)
    except BadNoticeError as error:
        log.warning("notice refused", module=module, cause=str(error))
        return Answer(400, f"{error} Nothing was stored.")
    fresh = actions.store(envelope, module=module, payload=body)
    _prove(envelope, accounts, module=module)
    return Answer(200, "Stored." if fresh else "Known already.")


def _prove(envelope: Envelope, accounts: list[Account], *, module: str) -> None:
    """Note that a secret is proven, at its first notice alone: receiving stays one statement."""
    known = {
        account.proof for account in accounts if (account.account, account.mode) == (envelope.account, envelope.mode)
    }
    if envelope.proof and envelope.proof not in known:
        modules.prove(module=module, account=envelope.account, mode=envelope.mode, proof=envelope.proof)
        reach.tell(module=module, mode=envelope.mode)

"""Setting a module up: settings are tried as they were typed, and stored only when they are good. Nothing here is in a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from comptoir.kernel import secrets
from comptoir.modules import actions, queries, registry
from comptoir.modules.api import Account, Connection, EndpointSeen, GatewaySetup, Mode, Problem
from comptoir.modules.models import ModuleAccount


class NotSetUpError(LookupError):
    """The module has no settings to be filled in, or none are stored for this mode."""


class BusyError(Exception):
    """Somebody else is making an endpoint right now."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of settings that somebody typed. `connection` is None where their very form was wrong: nobody was asked."""

    problems: tuple[Problem, ...] = ()
    connection: Connection | None = None
    stored: bool = False
    waits: bool = False  # stored, and used only after a yes: they open another account than the one in use


def setup_of(module: str) -> GatewaySetup:
    """The set-up part of a module. Raises NotSetUpError."""
    found = registry.installed().get(module)
    if found is None or found.setup is None:
        raise NotSetUpError(f"{module} has no settings")
    return found.setup()


def try_settings(*, module: str, mode: Mode, typed: Mapping[str, str], who: str) -> Tried:
    """Check and test settings; store them where all is good. An empty one keeps what is stored. Asks the provider.

    Settings that open another account than the one in use are stored aside and wait for `actions.use_waiting`.
    """
    setup = setup_of(module)
    values = _completed(module, mode, typed)
    problems = setup.check(values, mode=mode)
    if problems:
        return Tried(problems=problems)
    connection = setup.test(values, mode=mode, api_base=queries.api_base(module))
    if not connection.good:
        return Tried(connection=connection)
    values = _of_account(module, mode, connection.account, typed, values)
    problems = setup.check(values, mode=mode)
    if problems:
        return Tried(problems=problems)
    waits = actions.store_tested(module=module, mode=mode, connection=connection, values=values, who=who)
    return Tried(connection=connection, stored=True, waits=waits)


def _completed(module: str, mode: Mode, typed: Mapping[str, str]) -> dict[str, str]:
    """The typed values; an empty one is the stored one's, of the row that the form stands for."""
    stored = _opened_or_nothing(queries.row_of(module=module, mode=mode))
    names = [field.name for field in registry.installed()[module].manifest.settings]
    return {name: typed.get(name) or stored.get(name, "") for name in names}


def _of_account(
    module: str, mode: Mode, account: str, typed: Mapping[str, str], values: dict[str, str]
) -> dict[str, str]:
    """The values to be stored. Of another account than the one in use: what was typed, and its own; nothing of the other is kept."""
    in_use = queries.row_of(module=module, mode=mode)
    if in_use is None or in_use.account == account:
        return values
    known = ModuleAccount.objects.filter(module=module, mode=mode, account=account).first()
    own = _opened_or_nothing(known)
    return {name: typed.get(name) or own.get(name, "") for name in values}


def _opened_or_nothing(row: ModuleAccount | None) -> dict[str, str]:
    """What is stored; nothing where the seal keys were lost: then everything is typed anew."""
    try:
        return secrets.unseal(row.sealed) if row is not None else {}
    except secrets.UnsealError:
        return {}


def notice_address(module: str) -> str:
    """Where the provider sends its notices."""
    return f"{settings.PUBLIC_URL}/{module}/api"


def opened(module: str, mode: Mode) -> Account:
    """The account in use in a mode, with open settings. Raises NotSetUpError."""
    row = ModuleAccount.objects.filter(module=module, mode=mode, current=True).first()
    if row is None:
        raise NotSetUpError(f"{module} has no settings for {mode} mode")
    return queries.account(module=module, account=row.account, mode=mode)


def endpoints(*, module: str, mode: Mode) -> tuple[EndpointSeen, ...]:
    """Read the provider's subscriptions that send to us, and keep it. Raises NotSetUpError, CallRefusedError, OutcomeUnknownError."""
    account = opened(module, mode)
    found = setup_of(module).endpoints(account, address=notice_address(module))
    actions.store_endpoints(module=module, account=account.account, mode=mode, endpoints=found)
    return found


def make_endpoint(*, module: str, mode: Mode, who: str) -> EndpointSeen:
    """Make a subscription of our own, store its secret, then remove the others that send to the same address.

    In this order nothing is lost when it is cut short: until the others are gone both secrets are valid (the former one for 24 hours).
    Raises NotSetUpError, BusyError, CallRefusedError, OutcomeUnknownError.
    """
    setup, account = setup_of(module), opened(module, mode)
    address = notice_address(module)
    if not actions.claim_endpoint(module=module, account=account.account, mode=mode):
        raise BusyError
    try:
        before = setup.endpoints(account, address=address)
        made = setup.make_endpoint(account, address=address, key=str(uuid.uuid4()))
        actions.store_values(module=module, account=account.account, mode=mode, values=made.values, who=who)
        actions.note_endpoint(module=module, mode=mode, endpoint=made.endpoint.id, verb="endpoint.made", who=who)
        for other in before:
            setup.remove_endpoint(account, endpoint=other.id)
        actions.store_endpoints(module=module, account=account.account, mode=mode, endpoints=(made.endpoint,))
    finally:
        actions.release_endpoint(module=module, account=account.account, mode=mode)
    return made.endpoint


def mend_endpoint(*, module: str, mode: Mode, endpoint: str, who: str) -> EndpointSeen:
    """Subscribe an endpoint to what it misses and enable it, then read all of them. Raises as `endpoints`."""
    mended = setup_of(module).mend_endpoint(opened(module, mode), endpoint=endpoint)
    actions.note_endpoint(module=module, mode=mode, endpoint=mended.id, verb="endpoint.mended", who=who)
    endpoints(module=module, mode=mode)
    return mended


def read_methods(*, module: str, mode: Mode) -> dict[str, bool]:
    """Read which payment method types are active, and keep it. Raises NotSetUpError, CallRefusedError, OutcomeUnknownError."""
    account = opened(module, mode)
    found = setup_of(module).methods(account)
    actions.store_methods(module=module, account=account.account, mode=mode, methods=found)
    return found

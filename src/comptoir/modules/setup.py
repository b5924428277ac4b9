"""Setting a module up: settings are tried as they were typed, and stored only when they are good. Nothing here is in a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from comptoir.modules import actions, queries, registry
from comptoir.modules.api import (
    Account,
    CallRefusedError,
    Connection,
    EndpointMade,
    EndpointSeen,
    Finding,
    GatewaySetup,
    Mode,
    OutcomeUnknownError,
    Problem,
    Verdict,
    proof_of,
)
from comptoir.modules.models import ModuleAccount

OTHER_MODE = _(
    "This secret is stored already for the other mode. Test and live have endpoints of their own, each with its own secret: "
    "copy the one of this mode."
)
OTHER_ACCOUNT = _(
    "This secret is stored already for another account. Each endpoint has a secret of its own: copy the one of this account’s endpoint."
)
PROVEN = _("The webhook secret is right: an event that was signed with it has arrived.")


class _Named(TypedDict):
    module: str
    account: str
    mode: Mode


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
    meanwhile: bool = False  # good, and not stored: somebody stored other ones while these were tested


def setup_of(module: str) -> GatewaySetup:
    """The set-up part of a module. Raises NotSetUpError."""
    found = registry.installed().get(module)
    if found is None or found.setup is None:
        raise NotSetUpError(f"{module} has no settings")
    return found.setup()


def try_settings(*, module: str, mode: Mode, typed: Mapping[str, str], who: str) -> Tried:
    """Check and test settings; store them where all is good. An empty one keeps what is stored. Asks the provider.

    Settings that open another account than the one in use are stored aside and wait for `actions.use_waiting`. A test takes seconds:
    what others store meanwhile is kept, or, where the test has relied on what it was before, nothing is stored.
    """
    in_use = queries.row_of(module=module, mode=mode)
    values = queries.completed(module, typed, queries.open_or_nothing(in_use))
    tried, found = _tested(module, mode, values)
    if found is None:
        return tried
    own = queries.completed(module, typed, queries.known(module=module, account=found.account, mode=mode))
    if own != values and (in_use is None or in_use.account != found.account):
        # Nothing of one account is kept for another: what would be stored is another set, and is tested itself.
        values = own
        tried, found = _tested(module, mode, values)
        if found is None:
            return tried
    try:
        waits = actions.store_tested(module=module, mode=mode, connection=found, values=typed, tested=values, who=who)
    except actions.SecretTakenError as error:
        text = OTHER_MODE if error.mode != mode else OTHER_ACCOUNT
        return replace(tried, problems=(Problem(error.field, text),))
    except actions.ChangedMeanwhileError:
        return replace(tried, meanwhile=True)
    return replace(tried, stored=True, waits=waits)


def _tested(module: str, mode: Mode, values: Mapping[str, str]) -> tuple[Tried, Connection | None]:
    """What the form of settings and the provider say of them; with the connection where all is good."""
    setup = setup_of(module)
    problems = setup.check(values, mode=mode)
    if problems:
        return Tried(problems=problems), None
    connection = setup.test(values, mode=mode, api_base=queries.api_base(module))
    row = ModuleAccount.objects.filter(module=module, account=connection.account, mode=mode).first()
    proven = {name for name in queries.signing(module) if row and row.proof and row.proof == proof_of(values[name])}
    findings = tuple(_proven(each) if each.field in proven else each for each in connection.findings)
    connection = replace(connection, findings=findings)
    return Tried(connection=connection), connection if connection.good else None


def _proven(finding: Finding) -> Finding:
    """No call tells whether a secret that signs is right; we know it where a notice has come that was signed with it."""
    if finding.verdict is not Verdict.UNPROVEN:
        return finding
    return Finding(f"{finding.field}.proven", Verdict.GOOD, PROVEN, field=finding.field)


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
    return tuple(each for each in found if each.here)


def make_endpoint(*, module: str, mode: Mode, who: str) -> EndpointSeen:
    """Make a subscription of our own, store its secret, then remove the others that send to the same address.

    In this order nothing is lost when it is cut short: until the others are gone both secrets are valid (the former one for 24 hours).
    Where no answer came, the next call has the same key: it makes no second one, and is told the secret of the first.
    Raises NotSetUpError, BusyError, CallRefusedError, OutcomeUnknownError.
    """
    setup, account = setup_of(module), opened(module, mode)
    address = notice_address(module)
    if not actions.claim_endpoint(module=module, account=account.account, mode=mode):
        raise BusyError
    try:
        before = setup.endpoints(account, address=address)
        made = _made(setup, account, address=address, module=module)
        actions.store_values(module=module, account=account.account, mode=mode, values=made.values, who=who)
        actions.note_endpoint(module=module, mode=mode, endpoint=made.endpoint.id, verb="endpoint.made", who=who)
        for other in before:
            if other.here and other.id != made.endpoint.id:
                setup.remove_endpoint(account, endpoint=other.id)
        left = (made.endpoint, *(other for other in before if not other.here))
        actions.store_endpoints(module=module, account=account.account, mode=mode, endpoints=left)
        actions.drop_endpoint_key(module=module, account=account.account, mode=mode)
    finally:
        actions.release_endpoint(module=module, account=account.account, mode=mode)
    return made.endpoint


def _made(setup: GatewaySetup, account: Account, *, address: str, module: str) -> EndpointMade:
    named: _Named = {"module": module, "account": account.account, "mode": account.mode}
    key = actions.endpoint_key(**named)
    try:
        return setup.make_endpoint(account, address=address, key=key)
    except CallRefusedError:
        actions.drop_endpoint_key(**named)
        raise
    except OutcomeUnknownError as error:
        if error.replayed:  # what is stored under it is a failure, or was made for another address
            actions.drop_endpoint_key(**named)
        raise


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

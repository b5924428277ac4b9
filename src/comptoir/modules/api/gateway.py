"""The contract of a payment gateway: what the house asks, and what it answers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from comptoir.kernel.money import Money
from comptoir.kernel.words import Words, said
from comptoir.modules.api.manifest import Account, Mode, Text
from comptoir.modules.api.seen import Subject
from comptoir.modules.api.shown import Observation, SeenPage


def proof_of(secret: str) -> str:
    """How `Envelope.proof` names a secret: its SHA-256 in hexadecimal digits, from which a drawn secret cannot be found."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A provider's notice, authenticated and not yet believed: the object that it names is read afresh.

    `claim` is a word of the module's own ('' for none): the notice is done once a read of the subject `shows` it.
    `proof` is `proof_of` the secret that signed it: that setting is proven to be right from then on.
    `twin`: the id of the same notice in the provider's own list (`notices`), where that has another one.
    """

    event_id: str
    type: str
    created: dt.datetime
    account: str
    mode: Mode
    subject: Subject | None
    claim: str = ""
    proof: str = ""
    twin: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that was read from the provider's own list instead of being sent to us; `payload` as it would have come."""

    envelope: Envelope
    payload: bytes


@dataclass(frozen=True, slots=True)
class ToldPage:
    """A part of the provider's list of notices, oldest last; `cursor` '' where it ends."""

    told: tuple[Told, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who pays; `reference` is the house's opaque name of the customer."""

    reference: str
    email: str
    name: str
    locale: str  # "fr" or "en"


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A payment to be made on the provider's page. `key` makes the call safe to repeat; `attempt` goes into the metadata."""

    attempt: str
    key: str
    amount: Money
    description: str
    buyer: Buyer
    return_url: str
    cancel_url: str
    created_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Started:
    """The provider's page is ready: where to send the customer, until when, and its id."""

    subject: Subject
    url: str
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a customer reads beside the choice of this gateway."""

    title: Text
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Why the gateway is not offered for this amount; for staff.

    `sentence` says it to the customer where the amount is the reason: what it means for their money, and what to do; else ''.
    """

    why: Text
    sentence: Text = ""


class BadNoticeError(Exception):
    """A notice whose signature, age or form is wrong. The text is one sentence, without secrets, for its sender."""


class CallRefusedError(Exception):
    """The provider refused a call for good: it had no effect, and the same call would be refused again.

    `code` is the provider's; `why` says it to staff in words, where the module has some; `sentence` to the customer, as `NoOffer`'s.
    """

    def __init__(
        self, code: str, *, no_permission: bool = False, why: Words | None = None, sentence: Text = ""
    ) -> None:
        """Keep the provider's code."""
        super().__init__(code)
        self.code = code
        self.no_permission = no_permission
        self.why = why or said(code)
        self.sentence = sentence


class OutcomeUnknownError(Exception):
    """A call may or may not have had its effect (no answer, or the provider's own fault). `replayed`: the same key is spent.

    `silent`: no answer came at all, so the next call of this account will hardly have one. `busy`: the provider takes no more calls for
    now, for so many seconds where it says so, else 0; None: it has not said so.
    """

    def __init__(
        self, cause: Words | str, *, replayed: bool = False, silent: bool = False, busy: float | None = None
    ) -> None:
        """Keep the cause, for staff: `Words`, or a code of the provider's."""
        super().__init__(said(cause).english)
        self.cause = cause
        self.replayed = replayed
        self.silent = silent
        self.busy = busy


@dataclass(frozen=True, slots=True)
class Silence:
    """An account in a mode for which the provider does not answer, since when (wall time), and why, in words or a code."""

    account: str
    mode: Mode
    since: dt.datetime
    cause: Words | str


class PaymentGateway(Protocol):
    """A way to be paid. Every method may be called from several processes at once; none is called inside a transaction."""

    def identify(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
        """Return the provider's id of the account that these settings open. Raises CallRefusedError, OutcomeUnknownError."""
        ...

    def offer(self, account: Account, amount: Money) -> Offer | NoOffer:
        """Say what the customer is offered for an amount. No network."""
        ...

    def receive(self, body: bytes, headers: Mapping[str, str], accounts: Sequence[Account]) -> Envelope:
        """Authenticate a notice, with the secrets of these accounts, and read its envelope. No network, no storing.

        Raises:
            BadNoticeError: it is not from the provider, too old, from the future, or not of the expected form.
        """
        ...

    def start(self, account: Account, request: CheckoutRequest) -> Started:
        """Make the provider's page for a payment. Raises CallRefusedError, OutcomeUnknownError."""
        ...

    def find(self, account: Account, request: CheckoutRequest) -> Started | None:
        """Find what an earlier `start` of the same attempt has made, by listing. Raises as `look`."""
        ...

    def end(self, account: Account, subject: Subject) -> None:
        """Close an unpaid page, so that nothing can be paid on it. A page that is closed already is fine; then look.

        Raises:
            OutcomeUnknownError: the provider did not answer.
        """
        ...

    def look(self, account: Account, subject: Subject) -> Observation:
        """Read the object afresh. Raises OutcomeUnknownError (no answer, no permission): nothing is known then."""
        ...

    def recent(self, account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
        """List the account's payments created since a time, also those of others. Raises as `look`."""
        ...

    def notices(self, account: Account, *, since: dt.datetime, cursor: str = "") -> ToldPage:
        """List the notices that the provider keeps, of the types that we need. Raises as `look`."""
        ...

    def silences(self) -> tuple[Silence, ...]:
        """The accounts for which the provider does not answer now, as the calls of all processes have met it. No network."""
        ...

    def knock(self, account: Account) -> None:
        """Ask the least that can be asked, to learn whether the provider answers; patient for seconds only. Raises OutcomeUnknownError."""
        ...

    def well_formed(self, reference: str) -> bool:
        """Whether a text can be, wholly, an id of the provider's. No network."""
        ...

    def resolve(self, account: Account, reference: str) -> Subject | None:
        """Ask the provider which payment an id belongs to, or which payout it names; None where it knows none. Raises as `look`."""
        ...

    def sentence(self, failure: str) -> Text:
        """A customer's sentence for a failure code of ours: what happened and what to do; never the provider's own text."""
        ...

    def cause(self, failure: str) -> Text:
        """The same failure in a few words for staff; the code itself where there are none. No network."""
        ...

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """Address of a payment in the provider's dashboard, '' where there is none."""
        ...

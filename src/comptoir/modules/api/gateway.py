"""The contract of a payment gateway: what the house asks, and what it answers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from comptoir.kernel.money import Money
from comptoir.kernel.words import Words, said
from comptoir.modules.api.manifest import Account, Mode, Text


def proof_of(secret: str) -> str:
    """How `Envelope.proof` names a secret: its SHA-256 in hexadecimal digits, from which a drawn secret cannot be found."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Subject:
    """What there is to look at: an object of a provider, in one account and mode."""

    module: str
    account: str
    mode: Mode
    kind: str
    id: str


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


class PaymentStatus(StrEnum):
    """What the provider says of a payment, in the house's words."""

    OPEN = "open"  # can still be paid
    IN_PROGRESS = "in_progress"  # accepted, money not there yet
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # this try failed; `ended` says whether another one is possible on the same object
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reference:
    """An id of the provider's by which people search for a payment, e.g. kind `charge`, id `ch_...`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class MethodDetails:
    """How it was paid: the type in the provider's word, and a label for people such as `Visa ·· 4242`."""

    type: str
    label: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the provider books for a charge: read, never computed. In the currency of settlement, which may differ."""

    id: str
    amount: Money
    fee: Money
    net: Money
    exchange_rate: str = ""


@dataclass(frozen=True, slots=True)
class ChargeSeen:
    """Money that the customer paid."""

    id: str
    amount: Money
    created: dt.datetime
    settlement: Settlement | None = None
    taken_back: bool = False  # refunded or disputed, wholly or in part


class RefundStatus(StrEnum):
    """What the provider says of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # the money has come back to the host's balance: it is not with the customer
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """Money that went back to the customer, or is on its way; `amount` is positive."""

    id: str
    charge: str
    amount: Money
    status: RefundStatus
    created: dt.datetime
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A payment as a fresh read shows it. `read_at` (the database's clock) is set by the house before the read.

    `payment_id` is '' while the provider has made no payment object yet. `ended`: nothing can be paid on it any more.
    `shows` holds each claim that this read confirms; `failure` is the provider's code, for staff.
    """

    subject: Subject
    installation: str
    attempt: str
    payment_id: str
    status: PaymentStatus
    amount: Money
    ended: bool
    shows: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    method: MethodDetails | None = None
    charges: tuple[ChargeSeen, ...] = ()
    refunds: tuple[RefundSeen, ...] = ()
    disputed: bool = False
    expected_on: dt.date | None = None
    failure: str = ""
    created: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ForeignPayment:
    """What there is to say of a payment that others made through the same account: shown, with no effect."""

    id: str
    status: PaymentStatus
    amount: Money
    created: dt.datetime
    method: MethodDetails | None = None
    payer: str = ""  # name or e-mail as the provider has it
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object that is none of this counter's payments: recorded and left alone.

    `why` is for staff: `Words`, or a code of the provider's.
    """

    subject: Subject
    why: Words | str
    payment: ForeignPayment | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider says, under the account's own key, that there is no such object."""

    subject: Subject


Observation = PaymentSeen | Foreign | Absent


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A part of the provider's list of payments, newest first, each as fresh as a look; `cursor` '' where it ends."""

    seen: tuple[Observation, ...]
    cursor: str = ""


# ------------------------------------------------------------------ payment gateway: out


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
    """Why the gateway is not offered for this amount; for staff."""

    why: Text


class BadNoticeError(Exception):
    """A notice whose signature, age or form is wrong. The text is one sentence, without secrets, for its sender."""


class CallRefusedError(Exception):
    """The provider refused a call for good: it had no effect, and the same call would be refused again. `code` for staff."""

    def __init__(self, code: str, *, no_permission: bool = False) -> None:
        """Keep the provider's code."""
        super().__init__(code)
        self.code = code
        self.no_permission = no_permission


class OutcomeUnknownError(Exception):
    """A call may or may not have had its effect (no answer, or the provider's own fault). `replayed`: the same key is spent."""

    def __init__(self, cause: Words | str, *, replayed: bool = False) -> None:
        """Keep the cause, for staff: `Words`, or a code of the provider's."""
        super().__init__(said(cause).english)
        self.cause = cause
        self.replayed = replayed


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

    def well_formed(self, reference: str) -> bool:
        """Whether a text can be, wholly, an id of the provider's. No network."""
        ...

    def resolve(self, account: Account, reference: str) -> Subject | None:
        """Ask the provider which payment an id of any kind belongs to; None where it knows none of it. Raises as `look`."""
        ...

    def sentence(self, failure: str) -> Text:
        """A customer's sentence for a failure code of ours: what happened and what to do; never the provider's own text."""
        ...

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """Address of a payment in the provider's dashboard, '' where there is none."""
        ...

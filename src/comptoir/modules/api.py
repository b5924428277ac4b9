"""The contract of a module: what the house asks, and what a payment gateway or a delivery driver answers.

A module is found by its entry point in the group `comptoir.modules`, which names an object of the class `Module`. It uses this
file and `comptoir.kernel`, nothing else of the house; it holds opaque references (texts) to the house's objects and no foreign key.
It is asked and it answers with the frozen dataclasses below; it never calls the house.

Where a module stores something of its own, its package is a Django application (has an `apps.py`) with its own migrations.
All times are aware UTC; all amounts are `Money` in minor units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from django.utils.functional import Promise

from comptoir.kernel.money import Money

Text = str | Promise
Mode = Literal["test", "live"]


# ------------------------------------------------------------------ manifest


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting that the host fills in for each account and mode. A secret one is sealed and never shown again."""

    name: str
    label: Text
    help: Text = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a module says of itself. `name` is its address and key: lower case letters, digits, hyphens."""

    name: str
    title: Text
    purpose: Text
    version: str
    settings: tuple[SettingField, ...] = ()
    enabled_from_start: bool = False
    touches_outside: bool = True  # a driver that does is not called for test orders


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a provider in one mode, with the values of the module's settings (secrets open). Never logged."""

    account: str
    mode: Mode
    installation: str
    values: Mapping[str, str] = field(repr=False)
    api_base: str = ""
    former_values: tuple[Mapping[str, str], ...] = field(default=(), repr=False)  # still valid, e.g. a rolled secret


# ------------------------------------------------------------------ payment gateway: in


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
    """

    event_id: str
    type: str
    created: dt.datetime
    account: str
    mode: Mode
    subject: Subject | None
    claim: str = ""


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
    expected_on: dt.date | None = None
    failure: str = ""
    created: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """An object that is none of this counter's payments: recorded and left alone. `why` is for staff."""

    subject: Subject
    why: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider says, under the account's own key, that there is no such object."""

    subject: Subject


Observation = PaymentSeen | Foreign | Absent


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

    def __init__(self, cause: str, *, replayed: bool = False) -> None:
        """Keep the cause, for staff."""
        super().__init__(cause)
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

    def sentence(self, failure: str) -> Text:
        """A customer's sentence for a failure code of ours: what happened and what to do; never the provider's own text."""
        ...

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """Address of a payment in the provider's dashboard, '' where there is none."""
        ...


# ------------------------------------------------------------------ delivery driver


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """One operation on one service. `key` (a UUID) is the same at every repetition of the same operation."""

    key: str
    kind: Literal["create"]
    service: str
    product: str
    settings: Mapping[str, str]
    customer_email: str
    test: bool


class DeliveryStatus(StrEnum):
    """How an operation stands."""

    DONE = "done"
    WAITING = "waiting"  # for another system; the driver is asked again later
    BY_HAND = "by_hand"  # for a person, who will mark it done in the back office
    FAILED = "failed"  # for good: people must look
    UNKNOWN = "unknown"  # the driver cannot say whether it had an effect
    NEVER = "never"  # answer of `ask` only: no operation of this key was begun, it is safe to run


@dataclass(frozen=True, slots=True)
class Outcome:
    """A driver's answer. `access` is shown to the customer and sealed at rest; `note` is for staff."""

    status: DeliveryStatus
    access: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: str = ""


class DeliveryDriver(Protocol):
    """A way to deliver a service. Called outside transactions, at least once for each operation, perhaps again."""

    def run(self, request: DeliveryRequest) -> Outcome:
        """Carry an operation out; a repetition with the same key has no second effect.

        After `FAILED` it is called again with the same key when a person says that the cause is mended.
        """
        ...

    def ask(self, request: DeliveryRequest) -> Outcome:
        """Say how the operation of this key stands, without an effect."""
        ...


# ------------------------------------------------------------------ module


@dataclass(frozen=True, slots=True)
class Module:
    """What an entry point of the group `comptoir.modules` names. Parts are made when they are first asked for."""

    manifest: Manifest
    gateway: Callable[[], PaymentGateway] | None = None
    driver: Callable[[], DeliveryDriver] | None = None

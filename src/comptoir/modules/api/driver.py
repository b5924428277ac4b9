"""The contract of a delivery driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from comptoir.kernel.words import Words


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """One operation on one service. `key` (a UUID) is the same at every repetition of the same operation.

    `create` makes the service; `suspend` takes the customer's access away and keeps all data; `resume` gives it back; `end` is for good.
    """

    key: str
    kind: Literal["create", "suspend", "resume", "end"]
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
    """A driver's answer. `access` is shown to the customer and sealed at rest.

    `note` is for staff: `Words`, or what a person or another system wrote.
    """

    status: DeliveryStatus
    access: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: Words | str = ""


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

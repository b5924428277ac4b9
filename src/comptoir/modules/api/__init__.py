"""The contract of a module: what the house asks, and what a payment gateway or a delivery driver answers.

A module is found by its entry point in the group `comptoir.modules`, which names an object of the class `Module`. It uses this
file and `comptoir.kernel`, nothing else of the house; it holds opaque references (texts) to the house's objects and no foreign key.
It is asked and it answers with the frozen dataclasses of these files; it never calls the house.

Where a module stores something of its own, its package is a Django application (has an `apps.py`) with its own migrations.
All times are aware UTC; all amounts are `Money` in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comptoir.modules.api.back import (
    EVIDENCE_FIELDS,
    EVIDENCE_LONGEST,
    DisputeReason,
    Disputes,
    DisputeSeen,
    DisputeStatus,
    Evidence,
    RefundRequest,
    Refunds,
    RefundSeen,
    RefundStatus,
    WarningSeen,
)
from comptoir.modules.api.books import BookKind, BookPage, BookRow, Books, PayoutPage, PayoutSeen, PayoutStatus
from comptoir.modules.api.driver import (
    DeliveryDriver,
    DeliveryRequest,
    DeliveryStatus,
    Outcome,
)
from comptoir.modules.api.gateway import (
    BadNoticeError,
    Buyer,
    CallRefusedError,
    CheckoutRequest,
    Envelope,
    NoOffer,
    Offer,
    OutcomeUnknownError,
    PaymentGateway,
    Silence,
    Started,
    Told,
    ToldPage,
    proof_of,
)
from comptoir.modules.api.manifest import (
    Account,
    Manifest,
    Mode,
    Permission,
    SettingField,
    Text,
)
from comptoir.modules.api.seen import (
    ChargeSeen,
    MethodDetails,
    PaymentStatus,
    Reference,
    Settlement,
    Subject,
)
from comptoir.modules.api.setup import (
    Connection,
    EndpointMade,
    EndpointSeen,
    Finding,
    GatewaySetup,
    MethodTile,
    Problem,
    Verdict,
)
from comptoir.modules.api.shown import (
    Absent,
    Foreign,
    ForeignPayment,
    Observation,
    PaymentSeen,
    PayoutShown,
    SeenPage,
)
from comptoir.modules.api.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Module:
    """What an entry point of the group `comptoir.modules` names. Parts are made when they are first asked for."""

    manifest: Manifest
    gateway: Callable[[], PaymentGateway] | None = None
    setup: Callable[[], GatewaySetup] | None = None
    refunds: Callable[[], Refunds] | None = None
    disputes: Callable[[], Disputes] | None = None
    books: Callable[[], Books] | None = None
    driver: Callable[[], DeliveryDriver] | None = None
    vocabulary: Callable[[], tuple[Vocabulary, ...]] | None = None


__all__ = [
    "EVIDENCE_FIELDS",
    "EVIDENCE_LONGEST",
    "Absent",
    "Account",
    "BadNoticeError",
    "BookKind",
    "BookPage",
    "BookRow",
    "Books",
    "Buyer",
    "CallRefusedError",
    "ChargeSeen",
    "CheckoutRequest",
    "Connection",
    "DeliveryDriver",
    "DeliveryRequest",
    "DeliveryStatus",
    "DisputeReason",
    "DisputeSeen",
    "DisputeStatus",
    "Disputes",
    "EndpointMade",
    "EndpointSeen",
    "Envelope",
    "Evidence",
    "Finding",
    "Foreign",
    "ForeignPayment",
    "GatewaySetup",
    "Manifest",
    "MethodDetails",
    "MethodTile",
    "Mode",
    "Module",
    "NoOffer",
    "Observation",
    "Offer",
    "Outcome",
    "OutcomeUnknownError",
    "PaymentGateway",
    "PaymentSeen",
    "PaymentStatus",
    "PayoutPage",
    "PayoutSeen",
    "PayoutShown",
    "PayoutStatus",
    "Permission",
    "Problem",
    "Reference",
    "RefundRequest",
    "RefundSeen",
    "RefundStatus",
    "Refunds",
    "SeenPage",
    "SettingField",
    "Settlement",
    "Silence",
    "Started",
    "Subject",
    "Text",
    "Told",
    "ToldPage",
    "Verdict",
    "Vocabulary",
    "WarningSeen",
    "proof_of",
]

"""A gateway and a driver, written against the contract alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.modules.api import (
    Absent,
    Account,
    BadNoticeError,
    CallRefusedError,
    ChargeSeen,
    CheckoutRequest,
    DeliveryRequest,
    DeliveryStatus,
    Envelope,
    Manifest,
    Mode,
    Module,
    NoOffer,
    Observation,
    Offer,
    Outcome,
    OutcomeUnknownError,
    PaymentSeen,
    PaymentStatus,
    Reference,
    RefundRequest,
    RefundSeen,
    RefundStatus,
    SeenPage,
    Silence,
    Started,
    Subject,
    Text,
    ToldPage,
)

if TYPE_CHECKING:
    from comptoir_cash.models import Handed

MOST_MINOR = 100_000


class Cash:
    """Cash at the counter: somebody counts it, and the till says so."""

    def identify(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
        """There is one till."""
        return ""

    def offer(self, account: Account, amount: Money) -> Offer | NoOffer:
        """No large sums."""
        if amount.minor > MOST_MINOR:
            return NoOffer("too much for the till")
        return Offer(title="Guichet", hint="At the counter")

    def receive(self, body: bytes, headers: Mapping[str, str], accounts: Sequence[Account]) -> Envelope:
        """The till rings: the body is the attempt."""
        if headers.get("x-till") != "ours" or not accounts:
            raise BadNoticeError("This is not our till.")
        attempt = body.decode("ascii")
        subject = Subject("cash", "", "live", "banknotes", attempt)
        return Envelope(f"ring-{attempt}", "till.rung", clock.now(), "", "live", subject, claim="counted")

    def start(self, account: Account, request: CheckoutRequest) -> Started:
        """Open a place in the till."""
        from comptoir_cash.models import Banknotes

        Banknotes.objects.get_or_create(
            attempt=request.attempt,
            defaults={
                "installation": account.installation,
                "minor": request.amount.minor,
                "currency": request.amount.currency,
                "at": clock.now(),
            },
        )
        subject = Subject("cash", account.account, account.mode, "banknotes", request.attempt)
        return Started(subject=subject, url=request.return_url)

    def find(self, account: Account, request: CheckoutRequest) -> Started | None:
        """What `start` has made."""
        from comptoir_cash.models import Banknotes

        made = Banknotes.objects.filter(attempt=request.attempt).exists()
        return self.start(account, request) if made else None

    def end(self, account: Account, subject: Subject) -> None:
        """Nothing to close."""

    def look(self, account: Account, subject: Subject) -> Observation:
        """Count."""
        from comptoir_cash.models import Banknotes, Handed

        notes = Banknotes.objects.filter(attempt=subject.id.removeprefix("cash_")).first()
        if notes is None:
            return Absent(subject)
        amount = Money(notes.minor, notes.currency)
        return PaymentSeen(
            subject=subject,
            installation=notes.installation,
            attempt=notes.attempt,
            payment_id=f"cash_{notes.attempt}",
            status=PaymentStatus.SUCCEEDED if notes.counted else PaymentStatus.OPEN,
            amount=amount,
            ended=notes.counted,
            shows=frozenset({"counted"} if notes.counted else ()),
            references=(Reference("payment", f"cash_{notes.attempt}"),),
            charges=(ChargeSeen(f"note_{notes.attempt}", amount, notes.at),) if notes.counted else (),
            refunds=tuple(
                _back(each) for each in Handed.objects.filter(attempt=subject.id.removeprefix("cash_")).order_by("at")
            ),
        )

    def recent(self, account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
        """What was put on the counter since, newest first."""
        from comptoir_cash.models import Banknotes

        rows = Banknotes.objects.filter(at__gte=since).order_by("-at")
        seen = tuple(self.look(account, Subject("cash", "", "live", "banknotes", row.attempt)) for row in rows)
        return SeenPage(seen)

    def notices(self, account: Account, *, since: dt.datetime, cursor: str = "") -> ToldPage:
        """A till keeps no list of its rings."""
        return ToldPage(())

    def silences(self) -> tuple[Silence, ...]:
        """A till is at hand."""
        return ()

    def knock(self, account: Account) -> None:
        """It opens."""

    def well_formed(self, reference: str) -> bool:
        """`cash_` and the attempt."""
        return reference.startswith("cash_")

    def resolve(self, account: Account, reference: str) -> Subject | None:
        """The banknotes of an attempt."""
        from comptoir_cash.models import Banknotes

        attempt = reference.removeprefix("cash_")
        found = Banknotes.objects.filter(attempt=attempt).exists()
        return Subject("cash", "", "live", "banknotes", attempt) if found else None

    def sentence(self, failure: str) -> Text:
        """Cash does not fail."""
        return failure

    def cause(self, failure: str) -> Text:
        """Nor has it any reason to."""
        return failure

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """A till has none."""
        return ""


def _back(handed: Handed) -> RefundSeen:
    return RefundSeen(
        id=str(handed),
        charge=f"note_{handed.attempt}",
        amount=Money(handed.minor, handed.currency),
        status=RefundStatus(handed.status),
        created=handed.at,
        refund=handed.refund,
        why=handed.why,
        stoppable=handed.status == "pending",
    )


class GivesBack:
    """Money goes back over the counter. `trouble` goes wrong with the next call, `calls` are all that were made."""

    trouble: ClassVar[list[str]] = []
    calls: ClassVar[list[RefundRequest]] = []

    def refund(self, account: Account, request: RefundRequest) -> RefundSeen:
        """Once for a key; as the trouble wants it."""
        from comptoir_cash.models import Handed

        self.calls.append(request)
        trouble = self.trouble.pop(0) if self.trouble else ""
        if trouble == "refused":
            raise CallRefusedError("till_is_shut")
        if trouble == "replayed":
            raise OutcomeUnknownError("broken", replayed=True)
        if trouble == "lost before":
            raise OutcomeUnknownError("no answer")
        if trouble == "killed before":
            raise KeyboardInterrupt
        row, _fresh = Handed.objects.get_or_create(
            key=request.key,
            defaults={
                "refund": request.refund,
                "attempt": request.payment.removeprefix("cash_"),
                "minor": request.amount.minor,
                "currency": request.amount.currency,
                "status": "pending" if trouble == "pending" else "succeeded",
                "at": clock.now(),
            },
        )
        if trouble == "lost after":
            raise OutcomeUnknownError("no answer")
        if trouble == "replayed after":
            raise OutcomeUnknownError("broken", replayed=True)
        if trouble == "killed after":
            raise KeyboardInterrupt
        return _back(row)

    def find_refund(self, account: Account, request: RefundRequest) -> RefundSeen | None:
        """What `refund` has made."""
        from comptoir_cash.models import Handed

        row = Handed.objects.filter(refund=request.refund).first()
        return _back(row) if row is not None else None

    def cancel_refund(self, account: Account, refund: str) -> RefundSeen:
        """Only while it lies on the counter."""
        from comptoir_cash.models import Handed

        row = Handed.objects.get(key=refund.removeprefix("back_"))
        if row.status != "pending":
            raise CallRefusedError("gone")
        row.status = "cancelled"
        row.save(update_fields=["status"])
        return _back(row)


class Shelf:
    """Takes a parcel from the shelf."""

    def run(self, request: DeliveryRequest) -> Outcome:
        """Once for a key."""
        from comptoir_cash.models import Parcel

        Parcel.objects.get_or_create(key=request.key, defaults={"product": request.product})
        return self.ask(request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """Whether it was taken."""
        from comptoir_cash.models import Parcel

        if not Parcel.objects.filter(key=request.key).exists():
            return Outcome(DeliveryStatus.NEVER)
        return Outcome(DeliveryStatus.DONE, access={"parcel": request.key})


cash = Module(Manifest("cash", "Guichet", "Paid at the counter.", "1.0"), gateway=Cash, refunds=GivesBack)
shelf = Module(Manifest("shelf", "Shelf", "From the shelf.", "1.0", enabled_from_start=True), driver=Shelf)

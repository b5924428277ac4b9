"""How the payment and the delivery of an invoice stand, read from our own database only: what the page and its fragment show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils import timezone

from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.queries import owed_on
from comptoir.modules.api import Text
from comptoir.orders.models import Order
from comptoir.payments import silence
from comptoir.payments.gone_back import being_checked
from comptoir.payments.models import Attempt, Payment
from comptoir.payments.queries import Choice, choices, current_attempt, payment_of, refusal, summary
from comptoir.services.models import Operation
from comptoir.services.queries import delivery_of, is_held
from comptoir.shop.pay.leaving import page_of
from comptoir.shop.pay.words import Facts, Said, provider, said

# Seconds between two looks of an open page at our database, by how many it has had; then it stops.
PACE = ((15, 1), (30, 2), (60, 5), (180, 15))
LONG = 30  # looks, which is about 45 seconds
NOT_HURRIED = 15  # where nothing is expected by itself, the page begins with the second pace


@dataclass(frozen=True)
class Standing:
    """All that may be shown to whoever has the address: states and an amount, no names and no lines."""

    invoice: Invoice
    attempt: Attempt | None
    state: str
    delivery: str
    said: Said
    amount: Money
    provider: str
    leave_url: str
    may_start: bool
    choices: tuple[Choice, ...]
    refused: Text
    back: str
    turn: int
    checked: tuple[Payment, ...]  # payments that our team looks at, besides what the page says anyway

    @property
    def steps(self) -> tuple[str, str, str]:
        """Order, payment, delivery: each `done`, `now`, `bad` or ''."""
        if self.state == Payment.State.SUCCEEDED:
            return "done", "done", "done" if self.delivery == Operation.State.DONE else "now"
        if self.state in {Payment.State.REFUNDED, Payment.State.PARTIALLY_REFUNDED}:
            return "done", "done", ""
        return "done", "bad" if self.state == Payment.State.FAILED else "now", ""

    @property
    def final(self) -> bool:
        """Whether nothing changes any more while one looks on."""
        if self.state == Payment.State.SUCCEEDED:
            return self.delivery == Operation.State.DONE
        return self.state in {Payment.State.REFUNDED, Payment.State.PARTIALLY_REFUNDED, Payment.State.CANCELLED}

    @property
    def expects_another(self) -> bool:
        """Whether somebody comes back from paying what may have been paid before, as on another device: that payment is being read."""
        return self.final and self.back == "done" and self.turn < LONG

    @property
    def next_in(self) -> int:
        """Seconds until the page looks again; 0: it does not."""
        if self.final and not self.expects_another:
            return 0
        return next((seconds for turns, seconds in PACE if self.turn < turns), 0)

    @property
    def next_turn(self) -> int:
        """The number of that look."""
        return self.turn + 1

    @property
    def asking(self) -> bool:
        """Whether the customer has just paid, as it seems, and we are asking the provider."""
        return self.state == Payment.State.OPEN and self.back == "done"

    @property
    def mark(self) -> str:
        """A short mark of all that is shown: the page that has it need not be changed."""
        shown = (
            *(self.state, self.delivery, self.said.title, self.said.text),
            *(str(self.amount), self.leave_url, str(self.may_start), str(self.refused)),
            *(str(each.pk) for each in self.checked),
        )
        return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:12]

    @property
    def delivered(self) -> bool:
        """Whether it is paid and delivered."""
        return self.state == Payment.State.SUCCEEDED and self.delivery == Operation.State.DONE


def standing(invoice: Invoice, *, back: str, turn: int | None) -> Standing:
    """How it stands now. `back`: `done`, `cancel` or ''. `turn`: how many looks the open page has had."""
    state, attempt = summary(invoice), current_attempt(invoice)
    delivery, payment = delivery_of(invoice), payment_of(invoice)
    payable = invoice.state == Invoice.State.OPEN and state != Payment.State.HELD
    leave_url = page_of(attempt) if attempt is not None and payable else ""
    beginning = payable and not leave_url and not being_opened(attempt)
    ways = _ways(invoice) if beginning else []
    refused = _refusal(invoice) if beginning and not ways else ""
    if turn is None:
        turn = NOT_HURRIED if leave_url and back != "done" else 0
    if state == Payment.State.FAILED and leave_url and back == "done" and turn < NOT_HURRIED:
        state = (
            Payment.State.OPEN
        )  # only who has paid is sent back so: the failure is an earlier try's, the next look will say
    facts = Facts(
        state=state,
        delivery=delivery,
        attempt=attempt,
        payment=payment,
        leads_out=bool(leave_url),
        opening=being_opened(attempt),
        back=back,
        long=turn >= LONG,
        checked=is_held(invoice),
        cancelled=invoice.order is not None and invoice.order.state == Order.State.CANCELLED,
        silent=state == Payment.State.OPEN and _silent(invoice, attempt),
        refused=refused,
    )
    return Standing(
        invoice=invoice,
        attempt=attempt,
        state=state,
        delivery=delivery,
        said=said(facts),
        amount=_amount(invoice, attempt),
        provider=provider(attempt),
        leave_url=leave_url,
        may_start=beginning and not refused,
        choices=_to_choose(invoice, ways),
        refused=refused,
        back=back,
        turn=turn,
        checked=() if state == Payment.State.HELD else tuple(being_checked(invoice)),
    )


def _silent(invoice: Invoice, attempt: Attempt | None) -> bool:
    """Whether the provider by whom the invoice is to be paid does not answer."""
    if attempt is not None:
        return silence.of(module=attempt.module, account=attempt.account, mode=attempt.mode) is not None
    gateway = invoice.order.gateway if invoice.order else ""
    return bool(gateway) and silence.of(module=gateway, mode=invoice.mode) is not None


def being_opened(attempt: Attempt | None) -> bool:
    """A call is on its way, or its answer named no address (yet): the next look says."""
    if attempt is None:
        return False
    # Where the caller was killed its time runs out, and the customer may press again: the same key makes no second page.
    called = attempt.calling_until is not None and attempt.calling_until > timezone.now()
    return (attempt.state == Attempt.State.CREATED and called) or (
        attempt.state == Attempt.State.OPEN and not attempt.url
    )


def _amount(invoice: Invoice, attempt: Attempt | None) -> Money:
    """What is to be paid, or is being paid; of an invoice that is paid or calls for nothing, its total."""
    if invoice.state == Invoice.State.IN_PROGRESS and attempt is not None:
        return attempt.amount
    return owed_on(invoice) or invoice.total


def _ways(invoice: Invoice) -> list[Choice]:
    """What the invoice can be paid with."""
    return choices(customer=invoice.customer, amount=owed_on(invoice), mode=invoice.mode)


def _refusal(invoice: Invoice) -> Text:
    """Why it can be paid with nothing, where the amount is the reason."""
    return refusal(customer=invoice.customer, amount=owed_on(invoice), mode=invoice.mode)


def _to_choose(invoice: Invoice, ways: list[Choice]) -> tuple[Choice, ...]:
    """Shown where there is something to choose; else the order's own way is taken."""
    usual = invoice.order.gateway if invoice.order else ""
    return () if [way.module for way in ways] == [usual] else tuple(ways)

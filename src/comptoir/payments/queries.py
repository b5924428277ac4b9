"""What a customer can pay with, and how a payment stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.kernel.whereabouts import elsewhere
from comptoir.ledger.models import CreditEntry, Entry
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import Mode, NoOffer, Offer, Subject, Text
from comptoir.payments.models import Attempt, Dispute, Payment, Rules


@dataclass(frozen=True)
class Choice:
    """A gateway that a customer may choose for an amount."""

    module: str
    mode: Mode
    offer: Offer


def choices(*, customer: Customer, amount: Money, mode: str | None = None) -> list[Choice]:
    """The gateways offered: enabled, configured, willing; in test mode only to testers and staff. `mode`: only in this one.

    None while this database is not at home here (`whereabouts`).
    """
    asked = _asked(customer=customer, amount=amount, mode=mode)
    return [Choice(module=name, mode=of, offer=offer) for name, of, offer in asked if not isinstance(offer, NoOffer)]


def refusal(*, customer: Customer, amount: Money, mode: str | None = None) -> Text:
    """What a customer reads where no gateway takes an amount; '' where one does, or where the amount is not the reason."""
    offers = [offer for _name, _mode, offer in _asked(customer=customer, amount=amount, mode=mode)]
    refused = [offer.sentence for offer in offers if isinstance(offer, NoOffer) and offer.sentence]
    return refused[0] if refused and len(refused) == len(offers) else ""


def _asked(*, customer: Customer, amount: Money, mode: str | None) -> Iterator[tuple[str, Mode, Offer | NoOffer]]:
    """What each gateway that this customer may use says to an amount."""
    if elsewhere():
        return
    for name, module in registry.installed().items():
        account = modules.offered_account(name) if module.gateway is not None else None
        if account is None or (mode is not None and account.mode != mode):
            continue
        if account.mode == "test" and not (customer.tester or customer.user.is_staff):
            continue
        yield name, account.mode, registry.gateway(name).offer(account, amount)


def free_mode(customer: Customer) -> Mode:
    """The mode of an order over nothing: that of the shop as this customer meets it, so that a try-out takes no real number."""
    accounts = [
        modules.offered_account(name) for name, each in registry.installed().items() if each.gateway is not None
    ]
    modes = {account.mode for account in accounts if account is not None}
    may_test = customer.tester or customer.user.is_staff
    return "test" if modes == {"test"} and may_test else "live"


SUMMARIES = {
    Invoice.State.PAID: Payment.State.SUCCEEDED,
    Invoice.State.REFUNDED: Payment.State.REFUNDED,
    Invoice.State.PARTIALLY_REFUNDED: Payment.State.PARTIALLY_REFUNDED,
    Invoice.State.VOID: Payment.State.CANCELLED,
}


def summary(invoice: Invoice) -> str:
    """How the payment of an invoice stands, in one word of the payment states."""
    settled = SUMMARIES.get(Invoice.State(invoice.state))
    void = invoice.state == Invoice.State.VOID
    if settled is not None and not void:
        return settled
    if Payment.objects.filter(invoice=invoice, state=Payment.State.HELD).exists():
        return Payment.State.HELD
    newest = payment_of(invoice)
    if settled is not None:
        return settled
    if invoice.state == Invoice.State.IN_PROGRESS:
        return Payment.State.IN_PROGRESS
    if newest is not None and newest.state == Payment.State.FAILED and newest.attempt == current_attempt(invoice):
        return Payment.State.FAILED
    return Payment.State.OPEN  # also when the attempt before has failed: a new page begins anew


def current_attempt(invoice: Invoice) -> Attempt | None:
    """The newest attempt of an invoice."""
    return Attempt.objects.filter(invoice=invoice).order_by("-created_at").first()


def payment_of(invoice: Invoice) -> Payment | None:
    """The newest payment of an invoice."""
    return Payment.objects.filter(invoice=invoice).select_related("attempt").order_by("-id").first()


def entries_of(payment: Payment) -> QuerySet[Entry]:
    """Its rows in the ledger: what came, and what went back of it."""
    named = {"source": payment.module, "account": payment.account, "mode": payment.mode}
    return Entry.objects.filter(**named, payment=payment.reference)


def kept_as_credit(invoice: Invoice) -> list[tuple[dt.datetime, Money]]:
    """What was paid for a void invoice and is its customer's credit instead: since when, and how much, less what has gone back since."""
    if invoice.state != Invoice.State.VOID:
        return []
    by_hand = CreditEntry.objects.filter(invoice=invoice, kind=CreditEntry.Kind.OVERPAYMENT, entry__payment="")
    parts = [*([row] for row in by_hand.select_related("credit").order_by("pk"))]
    for payment in Payment.objects.filter(invoice=invoice).order_by("pk"):
        rows = CreditEntry.objects.filter(entry__in=entries_of(payment)).select_related("credit")
        parts.append(list(rows.order_by("pk")))
    found = [
        (rows[0].occurred_at, Money(sum(each.amount_minor for each in rows), rows[0].credit.currency))
        for rows in parts
        if rows
    ]
    return sorted((each for each in found if each[1].minor > 0), key=lambda each: each[0])


def cause(module: str, failure: str) -> Text:
    """Why a payment has failed, in words for staff; the provider's code itself where nobody can say."""
    found = registry.installed().get(module)
    return registry.gateway(module).cause(failure) if found is not None and found.gateway is not None else failure


def dispute_subject(dispute: Dispute) -> Subject:
    """What to look at for a dispute: itself, for a payment need not say that its bank asks about it."""
    return Subject(dispute.module, dispute.account, dispute.mode, "dispute", dispute.reference)  # type: ignore[arg-type]


def rules() -> Rules:
    """The house's rules for what can happen to a payment; as they are from the start until the owner has set them."""
    return Rules.objects.filter(pk=1).first() or Rules(pk=1)

"""What becomes of the services of a disputed payment: by the house's rules, until a person says something else."""

from __future__ import annotations

from collections.abc import Iterable

from comptoir.invoices.models import Invoice
from comptoir.kernel import audit, locks
from comptoir.kernel.words import Words, code, words
from comptoir.orders.models import Order
from comptoir.payments.models import OPEN_DISPUTES, Dispute, Payment, ServicePolicy
from comptoir.payments.queries import rules
from comptoir.payments.refundable import paid_by
from comptoir.services.models import Service, Wanted
from comptoir.services.steering import DISPUTED, LOST, apply_policy, want

HOLDS = (*OPEN_DISPUTES, Dispute.State.LOST)


def because(row: Dispute) -> Words:
    """Why a service shall be suspended or ended, for staff; by these words it is known again when the dispute is over."""
    return words(LOST if row.state == Dispute.State.LOST else DISPUTED, dispute=code(row.reference))


def _is_because(service: Service, row: Dispute) -> bool:
    """Whether a service is suspended for a dispute, be it that this was lost meanwhile."""
    name = code(row.reference)
    return service.wanted == Wanted.SUSPENDED and service.wanted_because.stored() in {
        words(DISPUTED, dispute=name).stored(),
        words(LOST, dispute=name).stored(),
    }


def by_rules(rows: Iterable[Dispute], services: list[Service]) -> None:
    """Carry out what the house's rules say of disputes that have just come, or moved. What a person has decided stays.

    Within the transaction of `observe`, for a payment that has paid these services; it holds their locks.
    """
    for row in rows:
        _say_again(row, services)
        policy = _by_rules(row)
        if policy is not None and not row.policy_by:
            _carry(row, policy, services, who=row.module)


def _say_again(row: Dispute, services: list[Service]) -> None:
    """What was suspended while the bank decided stays so for another reason once it has."""
    for each in services:
        if _is_because(each, row):
            each.wanted_because = because(row)
            Service.objects.filter(pk=each.pk).update(wanted_because=each.wanted_because)


def _by_rules(row: Dispute) -> str | None:
    """None: nothing changes."""
    if row.state == Dispute.State.LOST:
        return str(rules().on_lost)
    if row.state in OPEN_DISPUTES:
        return None if row.inquiry or row.appeal else str(rules().on_dispute)
    return ServicePolicy.KEEP if row.policy == ServicePolicy.SUSPEND else None


def decide(*, dispute_id: int, policy: str, who: str) -> bool:
    """A person says what becomes of the services; False where that is so already. From then on the rules change nothing here."""
    with locks.transaction():
        payment_id, order_id, invoice_id = Dispute.objects.values_list(
            "payment_id", "payment__invoice__order_id", "payment__invoice_id"
        ).get(pk=dispute_id)
        if order_id:
            locks.take(Order, order_id)
        invoice = locks.take(Invoice, invoice_id) if invoice_id else None
        payment = locks.take(Payment, payment_id)
        row = locks.take(Dispute, dispute_id)
        if invoice is None or row.policy == policy or not paid_by(payment):
            return False
        before = row.policy
        Dispute.objects.filter(pk=row.pk).update(policy_by=who[:150])
        _carry(row, policy, services_of(invoice), who=who[:80])
        audit.record(who=who, verb="dispute.services", on=row, before={"policy": before}, after={"policy": policy})
    return True


def services_of(invoice: Invoice) -> list[Service]:
    """The services that an invoice has paid, locked."""
    return locks.take_all(Service, order_line__order=invoice.order_id) if invoice.order_id else []


def _carry(row: Dispute, policy: str, services: list[Service], *, who: str) -> None:
    if row.policy == policy:
        return
    row.policy = policy
    Dispute.objects.filter(pk=row.pk).update(policy=policy)
    if policy != ServicePolicy.KEEP:
        apply_policy(services=services, policy=policy, why=because(row), who=who)
        return
    siblings = list(Dispute.objects.filter(payment=row.payment_id))
    if any(each.policy == ServicePolicy.SUSPEND and each.state in HOLDS for each in siblings):
        return  # another dispute of this payment keeps them suspended
    ours = [each for each in services if any(_is_because(each, row) for row in siblings)]
    want(services=ours, wanted="", why=because(row), who=who)

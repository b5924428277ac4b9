"""What the team does: records transfers, gives money and credit back, decides what is held, steers services."""

from __future__ import annotations

import uuid

from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.proofs.steps import PICK, Steps, one, person

from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim
from comptoir.ledger.models import Source
from comptoir.ledger.queries import credit_used_on
from comptoir.orders.models import Order
from comptoir.payments import refundable
from comptoir.payments.actions import dispute_services, record, refund, refund_call, review, spend
from comptoir.payments.actions.cancel import cancel
from comptoir.payments.actions.rules import store_rules
from comptoir.payments.models import Dispute, Payment, Refund
from comptoir.services import actions as services, steering
from comptoir.services.models import Operation, Service

BORIS, OLIVE = "staff:boris@example.org", "staff:olive@example.org"
POLICY = st.sampled_from(["keep", "keep", "suspend", "end"])
PARTS = st.sampled_from(["all", "half", "one", "more"])


def part_of(whole: int, part: str) -> int:
    """Minor units."""
    return {"all": whole, "half": whole // 2, "one": 1, "more": whole + 7}[part]


class Staff(Steps):
    """Rules."""

    @rule(pick=PICK, source=st.sampled_from(["transfer", "cash", "gift"]), part=PARTS, again=st.booleans())
    def record_payment(self, pick: int, source: str, part: str, *, again: bool) -> None:
        """Money that came by another way, perhaps more than is owed, perhaps typed in twice."""
        invoice = one(Invoice.objects.exclude(state="draft"), pick)
        if invoice is None:
            return
        reference = f"R-{uuid.uuid4().hex[:12]}"
        for _time in range(2 if again else 1):
            person(
                lambda: record.record_payment(
                    invoice_id=invoice.pk,
                    source=Source(source),
                    amount=Money(part_of(invoice.total_minor, part), invoice.currency),
                    reference=reference,
                    occurred_at=clock.now(),
                    who=BORIS,
                )
            )

    @rule(who=st.integers(0, 2), minor=st.sampled_from([1, 999, 3500]), again=st.booleans())
    def give_credit(self, who: int, minor: int, *, again: bool) -> None:
        """Credit for a customer; the form may be sent twice."""
        key = uuid.uuid4()
        for _time in range(2 if again else 1):
            person(
                lambda: spend.give_credit(
                    customer=self.world.customers[who],
                    mode="test",
                    amount=Money(minor, self.world.currency),
                    note="sorry",
                    key=key,
                    who=BORIS,
                )
            )

    @rule(pick=PICK, part=PARTS, policy=POLICY, again=st.booleans())
    def ask_for_a_refund(self, pick: int, part: str, policy: str, *, again: bool) -> None:
        """Give money of a payment back; the form may be sent twice."""
        payment = one(Payment.objects.all(), pick)
        if payment is None:
            return
        left = refundable.left(payment).minor
        name = uuid.uuid4()
        for _time in range(2 if again else 1):
            person(
                lambda: refund.request(
                    refund_id=name,
                    payment_id=payment.pk,
                    amount=Money(part_of(left, part), payment.currency),
                    reason="requested_by_customer",
                    note="",
                    policy=policy,
                    who=BORIS,
                )
            )

    @rule(pick=PICK, says=st.sampled_from(["yes", "no", "stop"]), who=st.sampled_from([BORIS, OLIVE]))
    def decide_a_refund(self, pick: int, says: str, who: str) -> None:
        """A second person agrees or refuses; or somebody wants to stop what is under way."""
        row = one(Refund.objects.all(), pick, by="-created_at")
        if row is None:
            return
        deeds = {"yes": refund.approve, "no": refund.refuse, "stop": refund_call.call_off}
        person(lambda: deeds[says](refund_id=row.pk, who=who))

    @rule(pick=PICK, accepts=st.booleans())
    def decide_what_is_held(self, pick: int, *, accepts: bool) -> None:
        """A held payment pays its invoice, or becomes credit."""
        payment = one(Payment.objects.filter(state="held"), pick)
        if payment is None:
            return
        deed = review.accept if accepts else review.keep_as_credit
        person(lambda: deed(payment_id=payment.pk, who=OLIVE))

    @rule(pick=PICK, wanted=st.sampled_from(["suspended", "", "", "ended"]))
    def steer(self, pick: int, wanted: str) -> None:
        """Say what a service shall be."""
        service = one(Service.objects.all(), pick)
        if service is not None:
            person(
                lambda: steering.steer(service_id=service.pk, wanted=wanted, why=verbatim("as they wish"), who=BORIS)
            )

    @rule(pick=PICK)
    def try_a_delivery_again(self, pick: int) -> None:
        """The cause of a failed delivery is mended."""
        operation = Operation.objects.filter(state="failed").order_by("created_at").first()
        del pick
        if operation is not None:
            person(lambda: services.try_again(operation_id=operation.pk, who=BORIS))

    @rule(pick=PICK)
    def cancel_an_order(self, pick: int) -> None:
        """The team cancels an order that is not paid, perhaps while a debit is under way."""
        order = one(Order.objects.filter(state="open"), pick)
        if order is not None:
            person(lambda: cancel(order_id=order.pk, why="sold out", who=BORIS))

    @rule(pick=PICK, part=PARTS, policy=POLICY)
    def take_credit_back_off(self, pick: int, part: str, policy: str) -> None:
        """Credit that pays an invoice goes back to its customer."""
        used = Invoice.objects.filter(credit_entries__kind="used").distinct()
        invoice = one(used, pick)
        if invoice is None:
            return
        stands = credit_used_on(invoice)
        amount = Money(part_of(stands.minor, part), stands.currency)
        person(
            lambda: spend.take_back_off(
                invoice_id=invoice.pk, amount=amount, used_before=stands, policy=policy, who=BORIS
            )
        )

    @rule(pick=PICK, policy=POLICY)
    def decide_what_a_dispute_does(self, pick: int, policy: str) -> None:
        """What becomes of the services of a disputed payment."""
        row = one(Dispute.objects.all(), pick)
        if row is not None:
            person(lambda: dispute_services.decide(dispute_id=row.pk, policy=policy, who=OLIVE))

    @rule(
        above=st.sampled_from([None, 0, 2000]),
        late=st.sampled_from(["deliver", "credit"]),
        on_dispute=POLICY,
        on_lost=POLICY,
    )
    def set_the_rules(self, above: int | None, late: str, on_dispute: str, on_lost: str) -> None:
        """The owner says what is to be done by itself."""
        values = {
            "approval_above_minor": above,
            "currency": self.world.currency,
            "late_success": late,
            "on_dispute": on_dispute,
            "on_lost": on_lost,
        }
        person(lambda: store_rules(values=values, who=OLIVE))

"""What the team does: records transfers, gives money and credit back, decides what is held, steers services."""

from __future__ import annotations

import uuid
from typing import Literal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.proofs.steps import PICK, Steps, one, person, there

from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim
from comptoir.ledger.models import CreditEntry, Source
from comptoir.ledger.queries import credit_used_on
from comptoir.mail import actions as mails
from comptoir.mail.models import Mail
from comptoir.orders.models import Order
from comptoir.payments import refundable
from comptoir.payments.actions import dispute_services, record, refund, refund_call, review, spend
from comptoir.payments.actions.cancel import cancel
from comptoir.payments.actions.change import Change, change
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

    @precondition(there(Payment))
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

    @precondition(there(Refund))
    @rule(pick=PICK, says=st.sampled_from(["yes", "no", "stop"]), who=st.sampled_from([BORIS, OLIVE]))
    def decide_a_refund(self, pick: int, says: str, who: str) -> None:
        """A second person agrees or refuses; or somebody wants to stop what is under way."""
        row = one(Refund.objects.all(), pick, by="-created_at")
        if row is None:
            return
        deeds = {"yes": refund.approve, "no": refund.refuse, "stop": refund_call.call_off}
        person(lambda: deeds[says](refund_id=row.pk, who=who))

    @precondition(there(Invoice, state="open"))
    @rule(pick=PICK, deed=st.sampled_from(["price", "price", "discount"]), part=PARTS, late=st.booleans())
    def change_an_invoice(self, pick: int, deed: Literal["price", "discount"], part: str, *, late: bool) -> None:
        """What an open invoice costs is changed; `late`: somebody else was faster."""
        invoice = one(Invoice.objects.filter(state="open"), pick)
        if invoice is None:
            return
        line = invoice.lines.order_by("pk")[pick % invoice.lines.count()]
        amount = Money(part_of(abs(line.gross_minor), part), invoice.currency)
        person(
            lambda: change(
                invoice_id=invoice.pk,
                wanted=Change(line.pk, deed, amount, "as agreed by telephone"),
                revision=invoice.revision - late,
                who=BORIS,
            )
        )

    @precondition(there(Mail, state="uncertain"))
    @rule(pick=PICK, again=st.booleans())
    def decide_about_a_mail(self, pick: int, *, again: bool) -> None:
        """Nobody knows whether a mail has left: a person has it sent once more, or takes it for sent."""
        mail = one(Mail.objects.filter(state="uncertain"), pick)
        if mail is not None:
            deed = mails.send_again if again else mails.mark_sent
            person(lambda: deed(mail_id=mail.pk, who=BORIS))

    @precondition(there(Payment, state="held"))
    @rule(pick=PICK, accepts=st.booleans())
    def decide_what_is_held(self, pick: int, *, accepts: bool) -> None:
        """A held payment pays its invoice, or becomes credit: of its customer, or of whom the person names where no invoice does."""
        payment = one(Payment.objects.filter(state="held"), pick)
        if payment is None:
            return
        if accepts:
            person(lambda: review.accept(payment_id=payment.pk, who=OLIVE))
            return
        whose = self.world.customers[0] if payment.invoice_id is None else None
        person(lambda: review.keep_as_credit(payment_id=payment.pk, who=OLIVE, customer=whose))

    @precondition(there(Service))
    @rule(pick=PICK, wanted=st.sampled_from(["suspended", "", "", "ended"]))
    def steer(self, pick: int, wanted: str) -> None:
        """Say what a service shall be."""
        service = one(Service.objects.all(), pick)
        if service is not None:
            person(
                lambda: steering.steer(service_id=service.pk, wanted=wanted, why=verbatim("as they wish"), who=BORIS)
            )

    @precondition(there(Operation, state="failed"))
    @rule(pick=PICK)
    def try_a_delivery_again(self, pick: int) -> None:
        """The cause of a failed delivery is mended."""
        operation = Operation.objects.filter(state="failed").order_by("created_at").first()
        del pick
        if operation is not None:
            person(lambda: services.try_again(operation_id=operation.pk, who=BORIS))

    @precondition(there(Order, state="open"))
    @rule(pick=PICK)
    def cancel_an_order(self, pick: int) -> None:
        """The team cancels an order that is not paid, perhaps while a debit is under way."""
        order = one(Order.objects.filter(state="open"), pick)
        if order is not None:
            person(lambda: cancel(order_id=order.pk, why="sold out", who=BORIS))

    @precondition(there(CreditEntry, kind="used"))
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

    @precondition(there(Dispute))
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
        self._rules(approval_above_minor=above, late_success=late, on_dispute=on_dispute, on_lost=on_lost)

    @rule(
        risk=st.sampled_from(["", "elevated", "highest"]),
        above=st.sampled_from([None, None, 0, 5000]),
        orders=st.sampled_from([None, None, 1]),
    )
    def say_what_waits(self, risk: str, above: int | None, orders: int | None) -> None:
        """The owner says which deliveries wait for a person."""
        self._rules(hold_risk=risk, hold_new_above_minor=above, hold_orders_an_hour=orders)

    def _rules(self, **values: object) -> None:
        person(lambda: store_rules(values={"currency": self.world.currency, **values}, who=OLIVE))

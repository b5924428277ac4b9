"""Disputes and what may be a fraud: answered, given up, laid before the bank; deliveries that wait for a person, let go or given back."""

from __future__ import annotations

import uuid
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.proofs.staff import BORIS, OLIVE
from tests.proofs.steps import PICK, Steps, one, person, there

from comptoir.orders.models import Order
from comptoir.payments import refundable
from comptoir.payments.actions import answer, holds, refund
from comptoir.payments.models import Dispute, Payment
from comptoir.services.models import Service

VERDICTS = st.sampled_from(["", "winning_evidence", "losing_evidence", "escalate_inquiry_evidence"])
HELD_BACK = there(Service, state="pending", held_because__gt="")


class Answering(Steps):
    """Rules."""

    @precondition(there(Dispute))
    @rule(pick=PICK, verdict=VERDICTS)
    def write_evidence(self, pick: int, verdict: str) -> None:
        """A person writes what the bank is to read; some words of it bring the bank's verdict."""
        row = one(Dispute.objects.all(), pick)
        if row is not None:
            texts = {"product": "A server\r\nfor a year", "more": verdict}
            person(lambda: answer.keep(dispute_id=row.pk, texts=texts))

    @precondition(there(Dispute))
    @rule(pick=PICK, deed=st.sampled_from(["stage", "send", "send", "give up"]), again=st.booleans())
    def answer_a_dispute(self, pick: int, deed: str, *, again: bool) -> None:
        """Evidence is laid with Stripe or sent to the bank, or the dispute is given up; the button may be pressed twice."""
        row = one(Dispute.objects.all(), pick)
        if row is None:
            return
        does = {"stage": answer.stage, "send": answer.send, "give up": answer.give_up}[deed]
        for who in (BORIS, OLIVE) if again else (BORIS,):
            person(partial(does, dispute_id=row.pk, who=who))

    @precondition(HELD_BACK)
    @rule(pick=PICK, who=st.sampled_from([BORIS, OLIVE]))
    def let_a_delivery_go(self, pick: int, who: str) -> None:
        """A person has looked at an order that may be a fraud, and finds nothing."""
        order = self._held_back(pick)
        if order is not None:
            person(lambda: holds.release(order_id=order.pk, who=who))

    @precondition(HELD_BACK)
    @rule(pick=PICK)
    def refuse_a_delivery(self, pick: int) -> None:
        """It is a fraud: all of its money goes back, and nothing is delivered."""
        order = self._held_back(pick)
        if order is None:
            return
        for payment in Payment.objects.filter(invoice__order=order).order_by("pk"):
            ask = partial(
                refund.request, refund_id=uuid.uuid4(), payment_id=payment.pk, amount=refundable.left(payment)
            )
            person(partial(ask, reason="fraudulent", note="", policy="end", who=BORIS))

    def _held_back(self, pick: int) -> Order | None:
        waiting = Service.objects.filter(state="pending").exclude(held_because="")
        return one(Order.objects.filter(pk__in=waiting.values("order_line__order")), pick)

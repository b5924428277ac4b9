"""What happens at Stripe: debits settle and fail, money goes back in the dashboard, refunds fail late, others use the account, too."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.proofs.steps import PICK, Steps, one, stripe, there

from comptoir.kernel.records import installation
from comptoir.payments.models import Attempt, Dispute, Payment, Refund

CARD = "pm_card_visa"
WRONGS = ("nothing", "amount", "currency", "mode", "attempt", "installation")
EVIDENCE = {
    "evidence": {"evidence[uncategorized_text]": "served"},
    "appeal's evidence": {"evidence[appeal][card][reason_for_filing]": "winning_evidence"},
}
NO_REDIRECT = {"automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never"}


class Provider(Steps):
    """Rules."""

    @precondition(there(Payment, state="in_progress"))
    @rule(pick=PICK, do=st.sampled_from(["settle", "settle", "fail"]))
    def move_a_debit(self, pick: int, do: str) -> None:
        """A debit that is under way comes to its end."""
        payment = one(Payment.objects.filter(state="in_progress"), pick)
        if payment is not None:
            stripe(lambda: self.world.server.control.move(payment.reference, do))

    @precondition(there(Attempt, state__in=["open", "in_progress"]))
    @rule(pick=PICK)
    def close_a_page(self, pick: int) -> None:
        """Stripe ends a page."""
        attempt = one(Attempt.objects.filter(state__in=["open", "in_progress"]), pick, by="-invoice_id")
        if attempt is not None and attempt.reference:
            stripe(lambda: self.world.server.control.move(attempt.reference, "expire"))

    @precondition(there(Payment))
    @rule(pick=PICK, part=st.sampled_from([1, 2, 3]))
    def refund_in_the_dashboard(self, pick: int, part: int) -> None:
        """Somebody gives money back at Stripe: all of what is left, or a part."""
        payment = one(Payment.objects.all(), pick)
        if payment is None:
            return
        charge = stripe(lambda: self.world.api("GET", f"/v1/payment_intents/{payment.reference}", mode=payment.mode))
        latest = (charge or {}).get("latest_charge")
        if not latest:
            return
        told = stripe(lambda: self.world.api("GET", f"/v1/charges/{latest}", mode=payment.mode))
        if told is None:
            return
        amount = (told["amount"] - told["amount_refunded"]) // part
        amount -= amount % (100 if payment.currency == "ISK" else 1)
        if amount > 0:
            data = {"charge": latest, "amount": str(amount)}
            stripe(lambda: self.world.api("POST", "/v1/refunds", mode=payment.mode, data=data))

    @precondition(there(Refund))
    @rule(pick=PICK, do=st.sampled_from(["settle", "refund_fail", "refund_fail"]))
    def move_a_refund(self, pick: int, do: str) -> None:
        """A refund arrives, or comes back, perhaps weeks later."""
        row = one(Refund.objects.exclude(reference=""), pick, by="-created_at")
        if row is not None:
            stripe(lambda: self.world.server.control.move(row.reference, do))

    @precondition(there(Payment))
    @rule(pick=PICK, code=st.sampled_from(["fraudulent", "product_not_received", "inquiry"]))
    def dispute(self, pick: int, code: str) -> None:
        """The customer goes to their bank."""
        payment = one(Payment.objects.all(), pick)
        if payment is not None:
            stripe(lambda: self.world.server.control.move(payment.reference, "dispute", code=code))

    @precondition(there(Payment))
    @rule(pick=PICK)
    def warn(self, pick: int) -> None:
        """The card's issuer believes that it is fraud."""
        payment = one(Payment.objects.all(), pick)
        if payment is not None:
            stripe(lambda: self.world.server.control.move(payment.reference, "warn"))

    @precondition(there(Dispute))
    @rule(pick=PICK, do=st.sampled_from(["win", "win", "win a part", "lose", "lose", "escalate", "appeal", *EVIDENCE]))
    def move_a_dispute(self, pick: int, do: str) -> None:
        """The bank decides, goes on to the next stage; or somebody answers in the dashboard."""
        row = one(Dispute.objects.all(), pick)
        if row is None:
            return
        move = self.world.server.control.move
        part = str(row.amount_minor * (100 if row.currency == "ISK" else 1) // 200 * 100)
        if do in EVIDENCE:
            self.world.sent_there.add(row.reference)
            stripe(lambda: self.world.api("POST", f"/v1/disputes/{row.reference}", mode=row.mode, data=EVIDENCE[do]))
        elif do == "win a part":
            stripe(lambda: move(row.reference, "win", code=part))
        else:
            stripe(lambda: move(row.reference, do))

    @rule(amount=st.sampled_from([500, 2500]), mode=st.sampled_from(["test", "test", "live"]))
    def somebody_else_is_paid(self, amount: int, mode: str) -> None:
        """Another shop uses the same account."""
        currency = self.world.currency.lower()
        stripe(lambda: self.world.control("payments", amount=amount * 100, currency=currency, mode=mode))

    @precondition(there(Attempt))
    @rule(
        pick=PICK,
        wrong=st.sampled_from(WRONGS),
        declined=st.booleans(),
    )
    def pay_beside(self, pick: int, wrong: str, *, declined: bool) -> None:
        """A payment that names an attempt of ours and was not made on its page: a second real one, or one that does not match."""
        attempt = one(Attempt.objects.all(), pick, by="-created_at")
        if attempt is None:
            return
        hundred = 100 if attempt.currency == "ISK" else 1
        data: dict[str, Any] = {
            "amount": str((attempt.amount_minor + (5 if wrong == "amount" else 0)) * hundred),
            "currency": ("eur" if attempt.currency != "EUR" else "usd")
            if wrong == "currency"
            else attempt.currency.lower(),
            "confirm": "true",
            "payment_method": "pm_card_visa_chargeDeclined" if declined else CARD,
            "metadata[installation]": "another" if wrong == "installation" else installation(),
            "metadata[attempt]": str(uuid.uuid4()) if wrong == "attempt" else str(attempt.pk),
            **NO_REDIRECT,
        }
        mode = "live" if wrong == "mode" else "test"
        stripe(lambda: self.world.api("POST", "/v1/payment_intents", mode=mode, data=data))

    @rule()
    def pay_out(self) -> None:
        """The day's payouts."""
        self.world.control("payouts/run")

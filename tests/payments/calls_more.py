"""More calls that leave the house: answers to disputes, Stripe's books, fees and payouts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.payments.outward import Call, World

from comptoir.kernel import clock
from comptoir.kernel.money import Money
from comptoir.ledger import actions as ledger
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.payments import books, fees, payouts
from comptoir.payments.actions import answer
from comptoir.payments.models import (
    Attempt,
    BookReading,
    Dispute,
    Payout,
    PayoutRow,
    Reconciliation,
    ReconciliationLine,
    ReconciliationSum,
)
from comptoir.payments.reconcile import run

WHO = "staff:bertha@example.org"
DAY = 86400
FOUND_OUT = frozenset(
    {"timeout", "dropped after the change", "garbage"}
)  # a look after the call shows that it was carried out


def disputed(world: World) -> Dispute:
    """Somebody new has paid, and their bank disputes it."""
    payment = world.paid()
    world.stripe.control.move(payment.reference, "dispute")
    world.look(Attempt.objects.get(invoice=payment.invoice_id))
    return Dispute.objects.get(payment=payment)


class EvidenceStaged(Call):
    """Texts are laid with Stripe, other ones each time, and not sent on."""

    path = "/v1/disputes/*"
    honest = ("Nothing was sent to the bank", "Rien n’a été envoyé à la banque")

    def before(self, world: World) -> None:
        row = world.facts.setdefault("dispute", None) or disputed(world)
        world.facts.update(dispute=row, said=f"said {world.facts.get('said', '')}")
        answer.keep(dispute_id=row.pk, texts={"more": world.facts["said"]})
        Dispute.objects.filter(pk=row.pk).update(staged_at=None)

    def make(self, world: World) -> None:
        answer.stage(dispute_id=world.facts["dispute"].pk, who=WHO)

    def unknown(self, world: World, fault: str) -> None:
        world.facts["dispute"].refresh_from_db()
        assert (world.facts["dispute"].staged_at, world.facts["dispute"].sent_at) == (None, None)

    def done(self, world: World) -> None:
        world.facts["dispute"].refresh_from_db()
        assert (bool(world.facts["dispute"].staged_at), world.facts["dispute"].sent_at) == (True, None)
        there = self.at_stripe(world)
        assert there["evidence_details"]["submission_count"] == 0
        assert there["evidence"]["uncategorized_text"] == world.facts["said"].strip()

    def at_stripe(self, world: World) -> dict[str, Any]:
        return world.stripe.api("GET", f"/v1/disputes/{world.facts['dispute'].reference}")


class EvidenceSent(EvidenceStaged):
    """They are sent to the bank: once."""

    honest = (
        "nobody knows yet whether this has reached the bank",
        "personne ne sait encore si l’envoi est parvenu à la banque",
    )
    finds_out, looks = FOUND_OUT, True

    def before(self, world: World) -> None:
        world.facts["dispute"] = disputed(world)

    def make(self, world: World) -> None:
        answer.send(dispute_id=world.facts["dispute"].pk, who=WHO)

    def done(self, world: World) -> None:
        world.facts["dispute"].refresh_from_db()
        assert (bool(world.facts["dispute"].sent_at), world.facts["dispute"].sent_by) == (True, WHO)
        assert self.at_stripe(world)["evidence_details"]["submission_count"] == 1


class DisputeGivenUp(EvidenceSent):
    """A dispute is given up: it is lost at once."""

    path = "/v1/disputes/*/close"

    def make(self, world: World) -> None:
        answer.give_up(dispute_id=world.facts["dispute"].pk, who=WHO)

    def unknown(self, world: World, fault: str) -> None:
        world.facts["dispute"].refresh_from_db()
        assert world.facts["dispute"].state == "needs_response"

    def done(self, world: World) -> None:
        world.facts["dispute"].refresh_from_db()
        assert (world.facts["dispute"].state, self.at_stripe(world)["status"]) == ("lost", "lost")


def reading(world: World) -> BookReading:
    """The account whose books are read."""
    (row,) = books.readings()
    return row


def by_others(world: World) -> dict[str, Any]:
    """A payment that was made elsewhere through the same account, and is booked."""
    made = world.stripe.control.post("payments", amount=2500, currency="eur")
    world.stripe.control.advance(3)
    return world.stripe.api("GET", f"/v1/payment_intents/{made['id']}")


class FeesRead(Call):
    """Fee and net of what the ledger has."""

    method, path = "GET", "/v1/balance_transactions"

    def before(self, world: World) -> None:
        intent = by_others(world)
        world.facts["entry"] = ledger.record(
            source="stripe",
            account=world.stripe.account,
            mode="test",
            kind=Entry.Kind.PAYMENT,
            reference=intent["latest_charge"],
            payment=intent["id"],
            amount=Money(2500, "EUR"),
            occurred_at=clock.now(),
        )

    def make(self, world: World) -> None:
        fees.read(reading(world).pk, since=(clock.now() - dt.timedelta(days=1)).isoformat())

    def unknown(self, world: World, fault: str) -> None:
        assert not SettlementEntry.objects.filter(entry=world.facts["entry"]).exists()

    def done(self, world: World) -> None:
        booked = SettlementEntry.objects.get(entry=world.facts["entry"])
        assert (booked.amount.minor, booked.fee.minor) == (2500, 63)


class BooksCompared(Call):
    """A report of which no answer came is unfinished and says why; it is never one of nothing."""

    method, path = "GET", "/v1/balance_transactions"

    def before(self, world: World) -> None:
        by_others(world)
        now = clock.now()
        asked = run.ask(reading(world), since=now - dt.timedelta(days=1), until=now + dt.timedelta(days=1), who=WHO)
        assert asked is not None
        world.facts["report"] = asked

    def make(self, world: World) -> None:
        run.step(world.facts["report"].pk)

    def unknown(self, world: World, fault: str) -> None:
        report = Reconciliation.objects.get(pk=world.facts["report"].pk)
        assert (report.ended_at, bool(report.problem)) == (None, True)
        assert not ReconciliationLine.objects.filter(reconciliation=report).exists()
        assert not ReconciliationSum.objects.filter(reconciliation=report).exists()

    def done(self, world: World) -> None:
        report = Reconciliation.objects.get(pk=world.facts["report"].pk)
        assert (bool(report.ended_at), bool(report.problem)) == (True, False)
        assert ReconciliationLine.objects.filter(reconciliation=report, finding="others").exists()


class PayoutsListed(Call):
    """Payouts that no notice told of."""

    method, path = "GET", "/v1/payouts"

    def before(self, world: World) -> None:
        by_others(world)
        world.stripe.control.advance(5 * DAY)
        (made,) = world.stripe.control.post("payouts/run")["payouts"]
        world.facts["payout"] = made["id"]

    def make(self, world: World) -> None:
        payouts.read(reading(world).pk)

    def unknown(self, world: World, fault: str) -> None:
        assert not Payout.objects.filter(reference=world.facts["payout"]).exists()

    def done(self, world: World) -> None:
        assert Payout.objects.filter(reference=world.facts["payout"]).count() == 1


class PayoutRead(PayoutsListed):
    """What a payout contains."""

    path = "/v1/balance_transactions"

    def before(self, world: World) -> None:
        super().before(world)
        payouts.read(reading(world).pk)
        world.facts["row"] = Payout.objects.get(reference=world.facts["payout"])

    def make(self, world: World) -> None:
        payouts.read_rows(world.facts["row"].pk)

    def unknown(self, world: World, fault: str) -> None:
        world.facts["row"].refresh_from_db()
        assert (world.facts["row"].rows_read_at, world.facts["row"].contents_minor) == (None, None)
        assert not PayoutRow.objects.filter(payout=world.facts["row"]).exists()

    def done(self, world: World) -> None:
        world.facts["row"].refresh_from_db()
        assert world.facts["row"].difference == Money(0, "EUR")
        assert PayoutRow.objects.filter(payout=world.facts["row"]).count() == 1


MORE: list[type[Call]] = [
    EvidenceStaged, EvidenceSent, DisputeGivenUp, FeesRead, BooksCompared, PayoutsListed, PayoutRead,
]  # fmt: skip

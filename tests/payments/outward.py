"""The counter whose calls are made under faults, and what a row of them is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from tests import builders
from tests.jobs import run_jobs
from tests.stripe import Stripe

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Pace, Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel import clock
from comptoir.modules import queries
from comptoir.modules.api import Account
from comptoir.payments import sync
from comptoir.payments.actions.start import start, subject_of
from comptoir.payments.models import Attempt, Payment


@dataclass
class World:
    """A counter, its Stripe, and the customers that came."""

    stripe: Stripe
    count: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> Account:
        return queries.account(module="stripe", account=self.stripe.account, mode="test")

    def invoice(self) -> Invoice:
        """Somebody new has ordered."""
        self.count += 1
        return builders.invoice(builders.customer(f"Alice{self.count}"), builders.product(f"VPS {self.count}"))

    def paid(self) -> Payment:
        """Somebody new has paid by card, and it is known here."""
        invoice = self.invoice()
        ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
        self.stripe.pay(ready.url)
        self.look(ready.attempt)
        return Payment.objects.get(invoice=invoice)

    def look(self, attempt: Attempt) -> None:
        """A worker looks, and does the jobs; a pause after trouble is over."""
        attempt.refresh_from_db()
        subject = subject_of(attempt)
        assert subject is not None
        inbox.wish(subject)
        self.work()

    def work(self) -> None:
        """All that is due."""
        Pace.objects.update(held_until=None)
        Wish.objects.update(not_before=clock.now())
        while sync.look_once(by="test"):
            pass
        run_jobs()

    def listed(self, path: str, **params: str) -> list[dict[str, Any]]:
        """What Stripe has."""
        found: list[dict[str, Any]] = self.stripe.api("GET", path, params={"limit": "100", **params})["data"]
        return found


class Call(ABC):
    """One row. `before` readies it, `make` makes the call, `unknown` and `done` say what must hold after a fault and in the end.

    `honest`: what a person reads, in English or French. `looks`: a failed call is followed by a look of its own, which Stripe answers;
    `finds_out`: faults after which that look may show that the call was carried out.
    """

    method, path = "POST", ""
    honest = ("Nothing was charged", "Rien n’a été débité")
    looks = False
    finds_out: frozenset[str] = frozenset()

    def before(self, world: World) -> None:  # noqa: B027 - a row may have nothing to do here
        """Ready what the call needs."""

    @abstractmethod
    def make(self, world: World) -> None:
        """The call, as a person or a worker makes it. Raises where its outcome is not known."""

    def unknown(self, world: World, fault: str) -> None:  # noqa: B027 - a row may have nothing to do here
        """What is stored after a call without a clear answer."""

    def done(self, world: World) -> None:  # noqa: B027 - a row may have nothing to do here
        """What is there once it was answered."""

"""Every call that leaves the house: how it is readied and made, what must hold while nobody knows its outcome, and in the end."""

from __future__ import annotations

import uuid

import pytest
from tests.payments.outward import Call, World
from tests.payments.test_versions import ending

from comptoir.inbox import catchup
from comptoir.inbox.models import CatchUp, Notice, Pace, Wish
from comptoir.kernel import clock
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry
from comptoir.modules import queries, registry, setup
from comptoir.modules.api import CallRefusedError, OutcomeUnknownError
from comptoir.modules.models import ModuleAccount
from comptoir.payments import history, sweep, tasks
from comptoir.payments.actions import refund, refund_call
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, History, Payment, Refund
from comptoir_stripe import gateway

ENDPOINTS, SESSIONS = "/v1/webhook_endpoints", "/v1/checkout/sessions"


class CustomerMade(Call):
    """A customer's first payment."""

    path = "/v1/customers"

    def before(self, world: World) -> None:
        world.facts["invoice"] = world.invoice()

    def make(self, world: World) -> None:
        with_url = start(invoice_id=world.facts["invoice"].pk, gateway="stripe", who="test")
        assert with_url.url

    def unknown(self, world: World, fault: str) -> None:
        states = list(Attempt.objects.filter(invoice=world.facts["invoice"]).values_list("state", flat=True))
        # Under a stored failure it is looked first; there is no page, so another attempt may begin. Else nothing is ended on a guess.
        assert states == (["ended"] if fault == "replayed 500" else ["created"])

    def done(self, world: World) -> None:
        invoice = world.facts["invoice"]
        mine = [
            each for each in world.listed("/v1/customers") if each["metadata"]["customer"] == str(invoice.customer_id)
        ]
        assert len(mine) == 1
        pages = [each for each in world.listed(SESSIONS) if each["customer"] == mine[0]["id"]]
        assert [each["status"] for each in pages] == ["open"]
        world.stripe.pay(pages[0]["url"])
        world.look(Attempt.objects.get(invoice=invoice, state="open"))
        assert (ending(invoice)["payment"][0], ending(invoice)["invoice"]) == ("succeeded", ("paid", 9990))


class SessionMade(CustomerMade):
    """The payment page."""

    path = SESSIONS


class SessionExpired(Call):
    """A page that must not be paid any more is closed."""

    path = f"{SESSIONS}/*/expire"

    def before(self, world: World) -> None:
        invoice = world.invoice()
        world.facts["attempt"] = start(invoice_id=invoice.pk, gateway="stripe", who="test").attempt

    def make(self, world: World) -> None:
        tasks.end(str(world.facts["attempt"].pk))

    def unknown(self, world: World, fault: str) -> None:
        world.facts["attempt"].refresh_from_db()
        assert world.facts["attempt"].state == "open"

    def done(self, world: World) -> None:
        world.look(world.facts["attempt"])
        world.facts["attempt"].refresh_from_db()
        assert world.facts["attempt"].state == "ended"
        assert world.stripe.api("GET", f"{SESSIONS}/{world.facts['attempt'].reference}")["status"] == "expired"


class RefundMade(Call):
    """Money goes back: of one payment, a part a fault."""

    path = "/v1/refunds"

    def before(self, world: World) -> None:
        payment: Payment = world.facts.get("payment") or world.paid()
        wanted = refund.request(
            refund_id=uuid.uuid4(),
            payment_id=payment.pk,
            amount=Money(1000, "EUR"),
            reason="",
            note="",
            policy="keep",
            who="staff:b",
        )
        world.facts.update(payment=payment, refund=wanted)

    def make(self, world: World) -> None:
        refund_call.carry_out(world.facts["refund"].pk)

    def unknown(self, world: World, fault: str) -> None:
        world.facts["refund"].refresh_from_db()
        assert world.facts["refund"].state == "created"

    def done(self, world: World) -> None:
        payment: Payment = world.facts["payment"]
        made = world.listed("/v1/refunds", payment_intent=payment.reference)
        mine = [each for each in made if each["metadata"]["refund"] == str(world.facts["refund"].pk)]
        assert [each["amount"] for each in mine] == [1000]
        assert len(made) == Refund.objects.filter(payment=payment).count()
        world.look(Attempt.objects.get(invoice=payment.invoice_id))
        payment.refresh_from_db()
        assert payment.state == "partially_refunded"
        assert Refund.objects.get(pk=world.facts["refund"].pk).reference == mine[0]["id"]


class RefundStopped(RefundMade):
    """One that has left cannot be stopped: Stripe says so, for good, once it says anything."""

    path = "/v1/refunds/*/cancel"

    def before(self, world: World) -> None:
        if not world.facts:
            super().before(world)
            super().make(world)
        world.facts["state"] = Refund.objects.get().state

    def make(self, world: World) -> None:
        part = registry.refunds("stripe")
        assert part is not None
        with pytest.raises(CallRefusedError):
            part.cancel_refund(world.account, Refund.objects.get(pk=world.facts["refund"].pk).reference)

    def unknown(self, world: World, fault: str) -> None:
        assert Refund.objects.get().state == world.facts["state"]


class EndpointMade(Call):
    """The button."""

    path = ENDPOINTS

    def make(self, world: World) -> None:
        setup.make_endpoint(module="stripe", mode="test", who="test")

    def unknown(self, world: World, fault: str) -> None:
        assert world.account.values["webhook_secret"] == world.facts.get("secret", "whsec_" + "0" * 32)

    def done(self, world: World) -> None:
        (made,) = world.listed(ENDPOINTS)
        world.facts["secret"] = world.account.values["webhook_secret"]
        kept = world.stripe.server.world.test.facts(made["id"])
        assert world.facts["secret"] in str(kept)
        (seen,) = setup.endpoints(module="stripe", mode="test")
        assert seen.id == made["id"]


class EndpointMended(Call):
    """What it lacks is added."""

    path = f"{ENDPOINTS}/*"

    def before(self, world: World) -> None:
        for each in world.listed(ENDPOINTS):
            world.stripe.api("DELETE", f"{ENDPOINTS}/{each['id']}")
        data = {"url": setup.notice_address("stripe"), "enabled_events[]": "customer.updated"}
        world.facts["endpoint"] = world.stripe.api("POST", ENDPOINTS, data=data)["id"]

    def make(self, world: World) -> None:
        setup.mend_endpoint(module="stripe", mode="test", endpoint=world.facts["endpoint"], who="test")

    def done(self, world: World) -> None:
        (seen,) = setup.endpoints(module="stripe", mode="test")
        assert (seen.id, seen.missing) == (world.facts["endpoint"], ())


class ObjectRead(Call):
    """A look at a page that was paid."""

    method, path = "GET", f"{SESSIONS}/*"

    def before(self, world: World) -> None:
        invoice = world.invoice()
        ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
        world.stripe.pay(ready.url)
        world.facts.update(invoice=invoice, attempt=ready.attempt)

    def make(self, world: World) -> None:
        world.look(world.facts["attempt"])
        wish = Wish.objects.get(external_id=world.facts["attempt"].reference)
        if wish.wanted > wish.done:
            raise OutcomeUnknownError(wish.problem)

    def unknown(self, world: World, fault: str) -> None:
        world.facts["attempt"].refresh_from_db()
        assert world.facts["attempt"].state == "open"
        assert not Payment.objects.filter(invoice=world.facts["invoice"]).exists()

    def done(self, world: World) -> None:
        assert ending(world.facts["invoice"])["invoice"] == ("paid", 9990)


def refunds_known() -> int:
    return Entry.objects.filter(kind="refund").count()


class RefundsListed(Call):
    """Whether there are refunds is never taken for "none" because nobody answered."""

    method, path = "GET", "/v1/refunds"

    def before(self, world: World) -> None:
        payment: Payment = world.facts.setdefault("payment", None) or world.paid()
        world.stripe.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": "1000"})
        world.facts.update(payment=payment, known=refunds_known())

    def make(self, world: World) -> None:
        attempt = Attempt.objects.get(invoice=world.facts["payment"].invoice_id)
        world.look(attempt)
        wish = Wish.objects.get(external_id=attempt.reference)
        if wish.wanted > wish.done:
            raise OutcomeUnknownError(wish.problem)

    def unknown(self, world: World, fault: str) -> None:
        assert refunds_known() == world.facts["known"]

    def done(self, world: World) -> None:
        assert refunds_known() == world.facts["known"] + 1


class PageFound(Call):
    """A page that was made and not told is looked for by the sweep: no answer is not "there is none"."""

    method, path = "GET", SESSIONS

    def before(self, world: World) -> None:
        invoice = world.invoice()
        world.stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
        with pytest.raises(SaidError):
            start(invoice_id=invoice.pk, gateway="stripe", who="test")
        gateway.knock(world.account)
        world.facts["attempt"] = Attempt.objects.get(invoice=invoice)

    def make(self, world: World) -> None:
        attempt = world.facts["attempt"]
        Attempt.objects.filter(pk=attempt.pk).update(calling_until=None)
        Pace.objects.update(held_until=None)
        sweep.resume(attempt)
        attempt.refresh_from_db()
        if attempt.state == "created":
            raise OutcomeUnknownError("not resumed")

    def unknown(self, world: World, fault: str) -> None:
        assert world.facts["attempt"].state == "created"

    def done(self, world: World) -> None:
        assert (world.facts["attempt"].state, bool(world.facts["attempt"].url)) == ("open", True)


class EventsListed(Call):
    """The catch-up: a list that was not answered is read again, from the same time."""

    method, path = "GET", "/v1/events"

    def before(self, world: World) -> None:
        path = "/v1/customers"
        path = world.facts.setdefault("customer", None) or f"{path}/{world.stripe.api('POST', path)['id']}"
        world.stripe.api("POST", path, data={"description": str(Notice.objects.count())})
        world.facts["customer"] = path
        CatchUp.objects.update_or_create(
            module="stripe", account=world.stripe.account, mode="test", defaults={"read_until": clock.now()}
        )
        world.facts["read_until"] = CatchUp.objects.get().read_until
        world.facts["known"] = Notice.objects.count()

    def make(self, world: World) -> None:
        catchup.fetch_newest(module="stripe", account=world.account)

    def unknown(self, world: World, fault: str) -> None:
        assert CatchUp.objects.get().read_until == world.facts["read_until"]

    def done(self, world: World) -> None:
        assert Notice.objects.count() > world.facts["known"]


class HistoryListed(Call):
    """The first reading of an account."""

    method, path = "GET", "/v1/payment_intents"

    def before(self, world: World) -> None:
        ModuleAccount.objects.update(history_read_at=None)
        row = {"module": "stripe", "account": world.stripe.account, "mode": "test"}
        world.facts["history"] = History.objects.create(**row, since=clock.now() - history.READ)

    def make(self, world: World) -> None:
        history.read_page(world.facts["history"].pk)

    def unknown(self, world: World, fault: str) -> None:
        assert ModuleAccount.objects.get().history_read_at is None

    def done(self, world: World) -> None:
        assert ModuleAccount.objects.get().history_read_at is not None


class MethodsRead(Call):
    """What the account offers stays as it was read last."""

    method, path = "GET", "/v1/payment_method_configurations"

    def before(self, world: World) -> None:
        setup.read_methods(module="stripe", mode="test")
        world.facts["methods"] = ModuleAccount.objects.get().active_methods

    def make(self, world: World) -> None:
        setup.read_methods(module="stripe", mode="test")

    def unknown(self, world: World, fault: str) -> None:
        assert ModuleAccount.objects.get().active_methods == world.facts["methods"] != {}


class EndpointsListed(Call):
    """So do the endpoints."""

    method, path = "GET", ENDPOINTS

    def before(self, world: World) -> None:
        if not world.listed(ENDPOINTS):
            data = {"url": setup.notice_address("stripe"), "enabled_events[]": "*"}
            world.stripe.api("POST", ENDPOINTS, data=data)
        setup.endpoints(module="stripe", mode="test")

    def make(self, world: World) -> None:
        setup.endpoints(module="stripe", mode="test")

    def unknown(self, world: World, fault: str) -> None:
        assert len(queries.seen_endpoints(ModuleAccount.objects.get()) or ()) == 1


CALLS: list[type[Call]] = [
    CustomerMade, SessionMade, SessionExpired, RefundMade, RefundStopped, EndpointMade, EndpointMended,
    ObjectRead, RefundsListed, PageFound, EventsListed, HistoryListed, MethodsRead, EndpointsListed,
]  # fmt: skip

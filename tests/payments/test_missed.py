"""A day without notices, for whatever reason: the sweep and the catch-up bring everything right, and people are told why.

Each order ends as the same order does whose notices arrive. What is wrong is told in an alert once a day, which closes by itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from tests.jobs import run_jobs
from tests.payments.disputing import Later
from tests.payments.test_versions import Counter, End, ending
from tests.simulator.receiver import Receiver
from tests.stripe import SEPA_DELAYED, Stripe

from comptoir.inbox import actions as inbox, reach
from comptoir.inbox.models import CatchUp, Notice, Wish
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.modules import actions as modules, queries, setup
from comptoir.modules.models import FormerSettings, ModuleAccount
from comptoir.payments import sweep, sync
from comptoir.payments.actions.look import visit
from comptoir.payments.models import Attempt, Payment

pytestmark = pytest.mark.django_db(transaction=True)
ENDPOINT = "/v1/webhook_endpoints"


@dataclass
class World(Counter):
    """A counter whose address is the receiver's, with both clocks in hand."""

    later: Later | None = None

    def work(self) -> None:
        """What the workers do when they are left alone for a while."""
        for _round in range(2):
            sweep.sweep()
            run_jobs()
            while sync.look_once(by="test"):
                pass
        run_jobs()

    def come_back(self, invoice: Invoice) -> None:
        """The customer returns from Stripe's page, and is looked after."""
        visit(Attempt.objects.get(invoice=invoice))
        while sync.look_once(by="test"):
            pass
        run_jobs()

    def day(self) -> None:
        """A day and an hour pass, with nobody at work."""
        assert self.later is not None
        self.later.by(hours=25)

    @property
    def endpoint(self) -> str:
        """The only endpoint at Stripe."""
        (made,) = self.stripe.api("GET", ENDPOINT)["data"]
        return str(made["id"])

    def alerts(self) -> set[str]:
        """The last words of the open alerts about endpoints."""
        rows = Alert.objects.filter(key__startswith="endpoint:", closed_at=None)
        return {key.rpartition(":")[2] for key in rows.values_list("key", flat=True)}


@pytest.fixture
def world(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Nothing is connected yet."""
    with Receiver() as receiver:
        monkeypatch.setattr(setup, "notice_address", lambda _module: receiver.url)
        yield World(stripe, receiver, later=Later(stripe, monkeypatch))
    stripe.control.post("deliveries", rule="none")


# ------------------------------------------------------------------ what is wrong with the endpoint


def down(world: World) -> None:
    """All is well, and proven; then our address answers nobody for a day."""
    world.stripe.connect(webhook=world.receiver.url)
    others_pay(world)
    world.receive()
    world.stripe.control.post("deliveries", rule="drop")


def others_pay(world: World) -> None:
    """Somebody pays through another system of the same account: events, and nothing of ours."""
    methods = "automatic_payment_methods"
    data = {"amount": "100", "currency": "eur", "confirm": "true", "payment_method": "pm_card_visa"}
    world.stripe.api(
        "POST",
        "/v1/payment_intents",
        data={**data, f"{methods}[enabled]": "true", f"{methods}[allow_redirects]": "never"},
    )


def never(world: World) -> None:
    world.stripe.connect()


def disabled(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    world.stripe.api("POST", f"{ENDPOINT}/{world.endpoint}", data={"disabled": "true"})


def secret_lost(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    store(world, "whsec_" + "A1" * 16)
    FormerSettings.objects.all().delete()


def types_missing(world: World) -> None:
    data = {"url": world.receiver.url, "enabled_events[]": "customer.updated"}
    made = world.stripe.api("POST", ENDPOINT, data=data)
    world.stripe.connect()
    store(world, made["secret"])


OUTAGES: dict[str, Callable[[World], None]] = {
    "silent": down,
    "missing": never,
    "disabled": disabled,
    "secret": secret_lost,
    "lacking": types_missing,
}


def store(world: World, secret: str) -> None:
    values = {"webhook_secret": secret}
    modules.store_values(module="stripe", account=world.stripe.account, mode="test", values=values, who="test")


def mend(world: World) -> None:
    """As a person does: the network is back, or the button is pressed."""
    world.stripe.control.post("deliveries", rule="none")
    setup.make_endpoint(module="stripe", mode="test", who="test")
    reach.tell(module="stripe", mode="test")
    world.passed = len(world.receiver.bodies)


# ------------------------------------------------------------------ what happens meanwhile


def card(world: World, invoice: Invoice, begin: bool) -> None:
    if not begin:
        world.stripe.pay(page_of(invoice))


def debit_settles(world: World, invoice: Invoice, begin: bool) -> None:
    if begin:
        world.stripe.pay_by_sepa(page_of(invoice), iban=SEPA_DELAYED)
    else:
        world.stripe.control.move(Payment.objects.get(invoice=invoice).reference, "settle")


def refunded(world: World, invoice: Invoice, begin: bool) -> None:
    if begin:
        world.stripe.pay(page_of(invoice))
    else:
        data = {"payment_intent": Payment.objects.get(invoice=invoice).reference}
        world.stripe.api("POST", "/v1/refunds", data=data)


def disputed(world: World, invoice: Invoice, begin: bool) -> None:
    if begin:
        world.stripe.pay(page_of(invoice))
    else:
        world.stripe.control.move(Payment.objects.get(invoice=invoice).reference, "dispute")


HAPPENS: dict[str, Callable[[World, Invoice, bool], None]] = {
    "card": card,
    "debit": debit_settles,
    "refund": refunded,
    "dispute": disputed,
}


def page_of(invoice: Invoice) -> str:
    return Attempt.objects.get(invoice=invoice).url


def lived(world: World, word: str, between: Callable[[Invoice], None], after: Callable[[], None]) -> dict[str, End]:
    """Four orders; `between`: after they were begun; `after`: once everything has happened. How each of them ends."""
    orders = {name: world.order(f"{name.title()}{word}") for name in HAPPENS}
    for name, invoice in orders.items():
        world.page(invoice)
        HAPPENS[name](world, invoice, True)
        between(invoice)
    for name, invoice in orders.items():
        HAPPENS[name](world, invoice, False)
    after()
    return {name: ending(invoice) for name, invoice in orders.items()}


@functools.cache
def _remembered() -> dict[str, End]:
    return {}


def with_notices(world: World) -> dict[str, End]:
    """How the same orders end whose notices arrive: lived through once a run."""
    if not _remembered():
        _remembered().update(lived(world, "told", lambda _invoice: world.receive(), world.receive))
    return _remembered()


@pytest.mark.parametrize("fault", OUTAGES)
def test_after_a_day_without_notices_all_ends_as_with_them(fault: str, world: World) -> None:
    OUTAGES[fault](world)
    world.work()  # the endpoint is looked at for the first time
    before = world.alerts()

    def unheard() -> None:
        world.day()
        arrived = world.receiver.bodies[world.passed :]
        world.receive()
        assert set(world.answers[-len(arrived) :]) == {400} if fault == "secret" else not arrived
        world.work()

    without = lived(world, "out", world.come_back, unheard)
    assert not Notice.objects.filter(done_at=None).exists()
    assert Notice.objects.filter(fetched=True).exists()
    assert before == ({fault} - {"silent", "secret"}), "what can be seen at once is told at once"
    assert world.alerts() == {fault}
    mend(world)
    assert world.alerts() == set()
    told = with_notices(world)
    assert without == told
    assert [each["payment"][0] for each in told.values()] == ["succeeded", "succeeded", "refunded", "disputed"]


def test_the_alert_closes_when_notices_arrive_again(world: World) -> None:
    down(world)
    world.work()
    others_pay(world)
    world.day()
    world.work()
    assert world.alerts() == {"silent"}
    (told,) = Alert.objects.filter(key__contains=":silent")
    assert "any more" in told.text.english
    world.stripe.control.post("deliveries", rule="none")
    others_pay(world)
    world.receive()
    assert world.later is not None
    world.later.by(hours=1, minutes=1)
    world.work()
    assert world.alerts() == set()


# ------------------------------------------------------------------ the daily look at the endpoint


def endpoint_reads(stripe: Stripe) -> int:
    return len(stripe.calls("GET", ENDPOINT))


def test_the_endpoint_is_looked_at_once_a_day_whoever_sweeps(world: World) -> None:
    world.stripe.connect()
    assert [reach.start_due() for _ in range(3)] == [1, 0, 0]
    run_jobs()
    once = endpoint_reads(world.stripe)
    assert once
    assert world.later is not None
    world.later.by(hours=23)
    assert reach.start_due() == 0
    world.later.by(hours=2)
    assert reach.start_due() == 1
    run_jobs()
    assert endpoint_reads(world.stripe) == 2 * once


def test_no_answer_says_nothing_of_the_endpoint_and_is_asked_for_again_within_the_hour(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    world.stripe.fault("status:500", method="GET", path=f"{ENDPOINT}*", times=9)
    reach.start_due()
    run_jobs()
    assert ModuleAccount.objects.get().seen_endpoints is None
    assert world.alerts() == set()
    assert world.later is not None
    world.later.by(minutes=61)
    world.stripe.server.world.faults.clear()
    assert reach.start_due() == 1
    run_jobs()
    assert ModuleAccount.objects.get().seen_endpoints
    assert world.alerts() == set()


def test_a_key_that_may_not_read_endpoints_is_told(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    world.stripe.fault("status:403", method="GET", path=f"{ENDPOINT}*", times=9)
    reach.check(module="stripe", mode="test")
    assert world.alerts() == {"refused"}


def test_an_endpoint_of_ours_that_sends_to_another_address_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stripe.connect()
    with monkeypatch.context() as before:
        before.setattr(setup, "notice_address", lambda _module: "https://former.example.org/stripe/api")
        made = setup.make_endpoint(module="stripe", mode="test", who="test")
    reach.check(module="stripe", mode="test")
    (alert,) = Alert.objects.filter(key__endswith=":missing")
    assert made.id in alert.text.english
    assert "https://former.example.org/stripe/api instead of" in alert.text.english
    setup.make_endpoint(module="stripe", mode="test", who="test")
    reach.tell(module="stripe", mode="test")
    assert world.alerts() == set()
    left = {each["url"] for each in world.stripe.api("GET", ENDPOINT)["data"]}
    assert left == {"https://former.example.org/stripe/api", world.receiver.url}, "what sends elsewhere is left alone"


def go_live(world: World) -> None:
    """Customers are offered live mode, which has no endpoint."""
    keys = world.stripe.server.settings
    values = {"secret_key": keys.live_secret_key, "publishable_key": keys.live_publishable_key, "webhook_secret": ""}
    modules.store_account(module="stripe", account=world.stripe.account, mode="live", values=values, who="test")
    modules.use_mode(name="stripe", mode="live", who="test")


def test_an_endpoint_of_the_other_mode_alone_is_named(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    setup.endpoints(module="stripe", mode="test")
    go_live(world)
    assert reach.start_due() == 1
    run_jobs()
    (alert,) = Alert.objects.filter(key__endswith=":live:missing")
    assert "belongs to the other mode (test)" in alert.text.english


def test_a_look_at_the_other_mode_closes_no_alert_of_the_one_that_customers_are_offered(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    go_live(world)
    reach.check(module="stripe", mode="live")
    assert world.alerts() == {"missing"}
    setup.endpoints(module="stripe", mode="test")
    reach.tell(module="stripe", mode="test")
    assert world.alerts() == {"missing"}


def test_of_a_disabled_module_nothing_is_told(world: World) -> None:
    world.stripe.connect()
    modules.set_enabled(name="stripe", enabled=False, who="test")
    assert reach.start_due() == 0


def test_on_a_machine_that_nobody_reaches_nothing_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stripe.connect()
    monkeypatch.setattr(queries, "api_base", lambda _module: "")
    assert reach.start_due() == 0


# ------------------------------------------------------------------ the net beneath


def test_a_notice_that_nobody_looks_after_any_more_is_taken_up(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    invoice = world.order("Alice")
    world.page(invoice)
    world.stripe.pay(page_of(invoice))
    world.receive()
    Notice.objects.update(done_at=None)
    assert inbox.take_up_forgotten() == 0, "not before some minutes"
    waiting = Notice.objects.exclude(subject_id="").first()
    assert waiting is not None
    Notice.objects.filter(pk=waiting.pk).update(received_at=waiting.received_at - sweep.OPEN_LOOK * 2)
    assert (inbox.take_up_forgotten(), inbox.take_up_forgotten()) == (1, 0)
    Wish.objects.all().delete()
    assert inbox.take_up_forgotten() == 1
    while sync.look_once(by="test"):
        pass
    assert not Notice.objects.filter(done_at=None).exclude(subject_id="").exists()


def test_a_former_account_is_read_once_a_day(world: World) -> None:
    world.stripe.connect(webhook=world.receiver.url)
    invoice = world.order("Alice")
    world.page(invoice)
    world.stripe.pay(page_of(invoice))
    world.receive()
    world.work()
    ModuleAccount.objects.update(current=False)
    world.stripe.control.post("deliveries", rule="drop")
    world.stripe.api("POST", "/v1/refunds", data={"payment_intent": Payment.objects.get().reference})
    assert world.later is not None
    world.later.by(hours=2)
    reads = len(world.stripe.calls("GET", "/v1/events"))
    world.work()
    assert len(world.stripe.calls("GET", "/v1/events")) == reads
    world.later.by(hours=23)
    world.work()
    assert Payment.objects.get().state == "refunded"
    assert CatchUp.objects.get().own_problem.english == ""

"""Notices arrive in order, twice, in any order, hours late, or never: each story ends the same, to the cent and to the last mail.

The customer always comes back from the payment page; all that happens later is known from notices alone, or from the net beneath.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from tests.payments.disputing import Later, agrees
from tests.payments.test_missed import World, page_of
from tests.payments.test_versions import ENDS, PAID_BY_CARD, End, ending
from tests.simulator.receiver import Receiver
from tests.stripe import SEPA_DELAYED, Stripe

from comptoir.inbox.models import Notice
from comptoir.invoices.models import Invoice
from comptoir.kernel.models import Alert
from comptoir.modules import setup
from comptoir.payments.models import Dispute, Payment

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[Stripe, Invoice], object]


# ------------------------------------------------------------------ what happens


def card(stripe: Stripe, invoice: Invoice) -> None:
    stripe.pay(page_of(invoice))


def debit(stripe: Stripe, invoice: Invoice) -> None:
    stripe.pay_by_sepa(page_of(invoice), iban=SEPA_DELAYED)


def intent(invoice: Invoice) -> str:
    """Known since the customer has come back."""
    return Payment.objects.get(invoice=invoice).reference


def settled(stripe: Stripe, invoice: Invoice) -> None:
    stripe.control.move(intent(invoice), "settle")


def failed(stripe: Stripe, invoice: Invoice) -> None:
    stripe.control.move(intent(invoice), "fail")


def refunded(stripe: Stripe, invoice: Invoice) -> None:
    stripe.api("POST", "/v1/refunds", data={"payment_intent": intent(invoice), "amount": "4000"})


def disputed(stripe: Stripe, invoice: Invoice) -> None:
    stripe.control.move(intent(invoice), "dispute")


def the_dispute(stripe: Stripe, invoice: Invoice) -> str:
    """Stripe's id of it: we may not have heard of it."""
    (made,) = stripe.api("GET", "/v1/disputes", params={"payment_intent": intent(invoice)})["data"]
    return str(made["id"])


def lost(stripe: Stripe, invoice: Invoice) -> None:
    stripe.control.move(the_dispute(stripe, invoice), "lose")


def won(stripe: Stripe, invoice: Invoice) -> None:
    stripe.control.move(the_dispute(stripe, invoice), "win")


STORIES: dict[str, tuple[Act, ...]] = {
    "Alice": (card,),
    "Charlie": (debit, settled),
    "Dora": (debit, failed),
    "Emil": (card, refunded),
    "Gina": (card, disputed, lost),
    "Hugo": (card, disputed, won),
}
DISPUTED: dict[str, End] = {
    "Gina": {
        **PAID_BY_CARD,
        "payment": ("disputed", 9990, "EUR", "Visa ·· 4242", ""),
        "invoice": ("refunded", 0),
        "way": ["draft", "open", "paid", "refunded"],
        "ledger": [("dispute", -9990, "EUR"), ("payment", 9990, "EUR")],
        "booked": [(-9990, 1500, -11490, "EUR"), (9990, 175, 9815, "EUR")],
        "allocated": 0,
        "services": [("suspended", ["done", "done"])],
        "mails": [("delivered", "sent"), ("paid", "sent"), ("service_suspend", "sent")],
    },
    "Hugo": {
        **PAID_BY_CARD,
        "ledger": [("dispute", -9990, "EUR"), ("dispute_reversal", 9990, "EUR"), ("payment", 9990, "EUR")],
        "booked": [(-9990, 1500, -11490, "EUR"), (9990, 0, 9990, "EUR"), (9990, 175, 9815, "EUR")],
    },
}
EXPECTED = {name: ({**ENDS, **DISPUTED})[name] for name in STORIES}
# What people are left with to read: a refund from the dashboard, a dispute that is lost, and nothing that is over.
ALERTS = ["dispute-end", "refund"]


# ------------------------------------------------------------------ how notices arrive


@dataclass(frozen=True)
class Way:
    """`rule`: what the network does. `at_once`: each is handed in when it arrives; else all at the end, by `seed` in any order, twice."""

    rule: str = "none"
    at_once: bool = True
    seed: int | None = None
    hours: int = 0


WAYS = {
    "in order": Way(),
    "doubled": Way(rule="duplicate"),
    **{f"shuffled {seed}": Way(at_once=False, seed=seed) for seed in range(3)},
    "hours late": Way(rule="delay:7200", at_once=False, hours=3),
    "dropped": Way(rule="drop", at_once=False, hours=25),
}


@pytest.fixture
def world(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A counter with an endpoint that is in order."""
    with Receiver() as receiver:
        monkeypatch.setattr(setup, "notice_address", lambda _module: receiver.url)
        stripe.connect(webhook=receiver.url)
        yield World(stripe, receiver, later=Later(stripe, monkeypatch))
    stripe.control.post("deliveries", rule="none")


def lived(world: World, way: Way) -> dict[str, Invoice]:
    """Every story; its notices wait at our door, or are handed in as they come."""
    orders = {name: world.order(name) for name in STORIES}
    for name, invoice in orders.items():
        world.page(invoice)
        first, *later = STORIES[name]
        first(world.stripe, invoice)
        world.come_back(invoice)
        for act in later:
            if way.at_once:
                world.receive()
            act(world.stripe, invoice)
    return orders


def shuffle(world: World, seed: int) -> None:
    """Each notice that waits twice, in any order, some at a time: what is looked at in between has not heard of the others yet."""
    world.stripe.control.advance(3)
    order = random.Random(seed)  # noqa: S311 - a fixed order, not a secret
    waiting = [*zip(world.receiver.bodies, world.receiver.headers, strict=True)] * 2
    order.shuffle(waiting)
    world.receiver.bodies.clear()
    world.receiver.headers.clear()
    world.passed = 0
    while waiting:
        for _notice in range(min(order.randint(1, 15), len(waiting))):
            body, signature = waiting.pop()
            world.receiver.bodies.append(body)
            world.receiver.headers.append(signature)
        world.receive()


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_every_story_ends_the_same(way: Way, world: World) -> None:
    world.stripe.control.post("deliveries", rule=way.rule)
    orders = lived(world, way)
    if way.seed is not None:
        shuffle(world, way.seed)
    if way.hours:
        assert world.later is not None
        world.later.by(hours=way.hours)
    world.receive()
    if way.rule == "drop":
        assert not world.receiver.bodies, "nothing was told"
        world.work()
    twice = len(world.receiver.bodies) - len({each["id"] for each in world.receiver.events})
    assert bool(twice) == (way.rule == "duplicate" or way.seed is not None)
    assert set(world.answers) <= {200}
    assert {name: ending(invoice) for name, invoice in orders.items()} == EXPECTED
    ends = Dispute.objects.order_by("payment__invoice__customer_id").values_list("state", "lost_minor")
    assert list(ends) == [("lost", 9990), ("won", 0)]
    heads = {key.partition(":")[0] for key in Alert.objects.filter(closed_at=None).values_list("key", flat=True)}
    assert sorted(heads - {"endpoint"}) == ALERTS
    assert not Notice.objects.filter(done_at=None).exists()
    agrees(world.stripe)

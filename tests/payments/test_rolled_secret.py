"""A webhook secret is replaced: at Stripe, where both sign for a while, or here by the button. No event is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone
from tests.simulator.receiver import Receiver
from tests.stripe import Stripe

from comptoir.inbox.models import Notice
from comptoir.modules import actions as modules, queries, setup
from comptoir.modules.api import proof_of
from comptoir.modules.models import FormerSettings

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Sent:
    """One event as the endpoint got it."""

    body: bytes
    signature: str

    @property
    def signed_by(self) -> int:
        """How many secrets have signed it."""
        return self.signature.count("v1=")

    def arrives(self) -> int:
        """At our door; the answer's status."""
        headers = {"Stripe-Signature": self.signature}
        return Client().post("/stripe/api", self.body, content_type="application/json", headers=headers).status_code


class Roll:
    """An endpoint that is ours, and what it is sent."""

    def __init__(self, stripe: Stripe, receiver: Receiver) -> None:
        self.stripe, self.receiver = stripe, receiver
        self.old = stripe.connect(webhook=receiver.url)
        self.endpoint = stripe.api("GET", "/v1/webhook_endpoints")["data"][0]["id"]

    def send(self) -> Sent:
        """Something happens at Stripe, and its event leaves."""
        before = len(self.receiver.bodies)
        self.stripe.api("POST", "/v1/customers", data={"name": "Alice"})
        self.stripe.control.advance(1)
        self.receiver.wait_for(before + 1)
        return Sent(self.receiver.bodies[-1], self.receiver.headers[-1])

    def roll(self, *, overlap: int) -> str:
        """Replace the secret in the dashboard; the new one."""
        return str(self.stripe.control.post(f"secrets/{self.endpoint}/roll", overlap=overlap)["secret"])

    def store(self, secret: str) -> None:
        """Type the new one in the settings."""
        account = self.stripe.account
        modules.store_values(
            module="stripe", account=account, mode="test", values={"webhook_secret": secret}, who="test"
        )

    @property
    def proof(self) -> str:
        """The digest of the secret that is proven."""
        return queries.account(module="stripe", account=self.stripe.account, mode="test").proof


@pytest.fixture
def rolling(stripe: Stripe) -> Iterator[Roll]:
    with Receiver() as receiver:
        yield Roll(stripe, receiver)


def test_rolled_at_stripe_with_an_overlap_loses_nothing(rolling: Roll) -> None:
    before, late = rolling.send(), rolling.send()
    new = rolling.roll(overlap=DAY)
    by_both, by_both_later = rolling.send(), rolling.send()
    assert [each.signed_by for each in (before, late, by_both, by_both_later)] == [1, 1, 2, 2]
    assert [before.arrives(), by_both.arrives()] == [200, 200], "nobody has typed the new one yet"
    assert rolling.proof == proof_of(rolling.old)
    rolling.store(new)
    assert [late.arrives(), by_both_later.arrives()] == [200, 200], "signed by the old one alone, and by both"
    assert rolling.proof == proof_of(new)
    rolling.stripe.control.advance(DAY + 1)
    by_new = rolling.send()
    assert by_new.signed_by == 1
    assert by_new.arrives() == 200
    assert Notice.objects.count() == 5


def test_rolled_without_an_overlap_what_is_on_its_way_still_counts_for_a_day(rolling: Roll) -> None:
    on_its_way, later = rolling.send(), rolling.send()
    new = rolling.roll(overlap=0)
    by_new = rolling.send()
    assert by_new.signed_by == 1
    assert by_new.arrives() == 400, "refused until the new one is typed: Stripe sends it again"
    rolling.store(new)
    assert [on_its_way.arrives(), by_new.arrives()] == [200, 200]
    FormerSettings.objects.update(until=timezone.now())
    assert later.arrives() == 400
    assert Notice.objects.count() == 2


def test_an_endpoint_made_anew_by_the_button_loses_nothing(rolling: Roll, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "notice_address", lambda _module: rolling.receiver.url)
    on_its_way = rolling.send()
    made = setup.make_endpoint(module="stripe", mode="test", who="test")
    assert made.id != rolling.endpoint
    assert on_its_way.arrives() == 200
    assert rolling.proof == proof_of(rolling.old)

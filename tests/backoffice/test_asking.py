"""An id that nobody here knows: one button asks the provider, in every account and mode of which we have the keys."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests import builders
from tests.backoffice.reading import Reading
from tests.journeys.words import strangers
from tests.stripe import Stripe, stripe, stripe_server

from comptoir.backoffice import asking
from comptoir.customers.models import User
from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.kernel.words import code
from comptoir.modules import actions as modules, registry
from comptoir.modules.api import Account, OutcomeUnknownError, Subject
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start
from comptoir.payments.models import Foreign, Payment, PaymentReference, Payout
from comptoir.payments.sync import look_once

__all__ = ["stripe", "stripe_server"]
pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/billing/stripe/"
UNKNOWN = "pi_3QUnknown00000000000000"
EN = {"accept-language": "en"}


def may_ask(client: Client, text: str) -> bool:
    return b'data-test="ask"' in client.get(LIST, {"q": text}).content


def ask(client: Client, text: str) -> tuple[str, str]:
    """Press the button: where it leads, and what that page says at its top."""
    answer = client.post(LIST + "ask/", {"q": text}, headers=EN)
    assert answer.status_code == 302
    where = answer.headers["Location"]
    page = client.get(where, headers=EN)
    said = re.search(r'class="notice[^>]*>(.*?)</p>', page.content.decode(), re.DOTALL)
    return where, html.unescape(re.sub(r"<[^>]*>", "", said.group(1))).strip() if said else ""


def made_by_others(stripe: Stripe) -> str:
    name: str = stripe.api("POST", "/v1/payment_intents", data={"amount": 500, "currency": "eur"})["id"]
    return name


@pytest.fixture
def shop(stripe: Stripe) -> Stripe:
    """A shop with the simulator's account."""
    builders.shop()
    stripe.connect()
    return stripe


def test_a_payout_leads_to_its_own_page(shop: Stripe, owner: Client) -> None:
    shop.control.post("payments", amount=5000, currency="eur")
    shop.control.advance(5 * 86400)
    (made,) = shop.control.post("payouts/run")["payouts"]
    where, _said = ask(owner, made["id"])
    while look_once(by="test"):
        pass
    assert owner.get(where).headers["Location"] == f"/admin/payouts/{Payout.objects.get(reference=made['id']).pk}/"


def test_the_button_stands_where_an_id_can_be_one_and_is_not_known(shop: Stripe, owner: Client) -> None:
    assert may_ask(owner, UNKNOWN)
    assert may_ask(owner, f"  {UNKNOWN} ")
    for text in ("pi_", "pi_3Q", "anything", "", "alice@example.org", "prod_12345678", f"{UNKNOWN}!"):
        assert not may_ask(owner, text), text
    narrowings = ({"show": "others"}, {"show": "ours"}, {"mode": "live"}, {"show": "all", "state": "held"})
    for narrowed in narrowings:
        assert b'data-test="ask"' in owner.get(LIST, {"q": UNKNOWN, **narrowed}).content, narrowed
        assert b'data-test="ask"' not in owner.get(LIST, {"q": "pi_3Q", **narrowed}).content, narrowed
    Foreign.objects.create(
        module="stripe", account=shop.account, mode="test", kind="payment", reference=UNKNOWN, why=code("x"),
        seen_at="2026-01-01T00:00Z",
    )  # fmt: skip
    assert not may_ask(owner, UNKNOWN)
    for narrowed in narrowings[1:]:  # it is known, though not with that filter: there is nothing to ask
        page = owner.get(LIST, {"q": UNKNOWN, **narrowed}, headers=EN).content.decode()
        assert 'data-test="ask"' not in page, narrowed
        assert ("Search without the filters" in page) == ('data-test="nothing"' in page), narrowed


def test_the_heading_says_whose_transactions_are_listed(shop: Stripe, owner: Client) -> None:
    heading = re.compile(r'data-test="heading">([^<]*)<')
    assert heading.findall(owner.get(LIST, headers=EN).content.decode()) == ["Stripe"]
    assert heading.findall(owner.get(LIST, {"show": "others"}, headers=EN).content.decode()) == ["Stripe: not ours"]


def test_only_those_who_may_have_the_provider_asked(shop: Stripe, staff: Client, sam: User) -> None:
    from django.contrib.auth.models import Permission

    sam.user_permissions.add(Permission.objects.get(codename="view_payment"))
    assert not may_ask(staff, UNKNOWN)
    assert staff.post(LIST + "ask/", {"q": UNKNOWN}).status_code == 403
    assert shop.calls("GET", "/v1/payment_intents/") == []


def test_what_stripe_does_not_know_either_is_said_with_where_we_asked(shop: Stripe, owner: Client) -> None:
    where, said = ask(owner, UNKNOWN)
    assert where == f"{LIST}?q={UNKNOWN}"
    assert said == f"Stripe knows no payment of {UNKNOWN}. We asked in: account {shop.account}, test mode."
    assert not Wish.objects.exists()
    assert may_ask(owner, UNKNOWN)


def test_every_account_and_mode_is_asked(shop: Stripe, owner: Client) -> None:
    live = shop.control.get("keys")["live"]
    modules.store_account(
        module="stripe", account=shop.account, mode="live", values={"secret_key": live["secret"]}, who="test"
    )
    _where, said = ask(owner, UNKNOWN)
    assert f"account {shop.account}, live mode" in said
    assert f"account {shop.account}, test mode" in said
    _where, said = ask(owner, "cs_test_a1UnknownSession000")
    assert said.startswith("Stripe knows no payment of cs_test_")


def test_what_is_no_id_is_not_asked_for(shop: Stripe, owner: Client) -> None:
    for text in ("anything", "", "pi_'; DROP TABLE", "x" * 10_000, "pi_\0abc"):
        _where, said = ask(owner, text)
        assert said == "That is no id of the provider’s: nobody was asked."
    assert shop.calls("GET", "/v1/payment_intents/") == []


def test_without_keys_there_is_nobody_to_ask(owner: Client) -> None:
    builders.shop()
    _where, said = ask(owner, UNKNOWN)
    assert said == "No keys of Stripe are stored: there is no account that we could ask."


def test_a_provider_that_does_not_answer_is_said(shop: Stripe, owner: Client) -> None:
    shop.fault("status:500", method="GET", path="/v1/payment_intents*", times=9)
    _where, said = ask(owner, UNKNOWN)
    assert said.startswith(f"In account {shop.account}, test mode there was no clear answer (")
    assert said.endswith("Nothing is lost: ask again later.")


def test_the_wait_is_bounded(shop: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asking.ask("stripe", UNKNOWN, patience=-1)
    assert [(each.asked, each.mode) for each in asked.answers] == [(False, "test")]
    assert shop.calls("GET", "/v1/payment_intents/") == []


def test_a_payment_of_others_is_found_read_and_shown(shop: Stripe, owner: Client) -> None:
    name = made_by_others(shop)
    where, said = ask(owner, name)
    assert where.startswith(f"{LIST}asked/?")
    assert said == "Stripe knows it. It is being read afresh, and its page opens here as soon as that is done."
    page = owner.get(where).content.decode()
    part = re.search(r'hx-get="([^"]*)" hx-trigger="every 1s"', page)
    assert part is not None
    address = f"{LIST}asked/{html.unescape(part.group(1))}"
    htmx = {"HX-Request": "true"}
    waits = owner.get(address, headers=htmx)
    assert waits.status_code == 200
    assert b'hx-trigger="every 1s"' in waits.content
    assert b"<html" not in waits.content
    assert look_once(by="test")
    row = Foreign.objects.get()
    assert owner.get(address, headers=htmx).headers["HX-Redirect"] == f"{LIST}others/{row.pk}/"
    assert owner.get(where).headers["Location"] == f"{LIST}others/{row.pk}/"


def test_every_id_of_one_of_ours_leads_to_it(shop: Stripe, owner: Client) -> None:
    """A payment of which we know one id alone (a backup was restored, say) is found at Stripe by each of the others."""
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    shop.pay(ready.url)
    visit(ready.attempt)
    while look_once(by="test"):
        pass
    payment = Payment.objects.get()
    refund = shop.api("POST", "/v1/refunds", data={"payment_intent": payment.reference, "amount": 100})["id"]
    events = shop.api("GET", "/v1/events", params={"limit": 100})["data"]
    told = next(each["id"] for each in events if each["type"] == "payment_intent.succeeded")
    charge = shop.api("GET", f"/v1/payment_intents/{payment.reference}")["latest_charge"]
    for name in (refund, told, charge):
        PaymentReference.objects.filter(reference=charge).delete()
        assert may_ask(owner, name), name
        where, _said = ask(owner, name)
        assert parse_qs(urlsplit(where).query)["id"] == [payment.reference]
        assert owner.get(where).headers["Location"] == f"{LIST}{payment.pk}/"


def test_what_the_look_finds_is_searched_for_from_then_on(shop: Stripe, owner: Client) -> None:
    ready = start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test")
    shop.pay(ready.url)
    visit(ready.attempt)
    while look_once(by="test"):
        pass
    refund = shop.api("POST", "/v1/refunds", data={"payment_intent": Payment.objects.get().reference, "amount": 100})
    assert may_ask(owner, refund["id"])
    ask(owner, refund["id"])
    while look_once(by="test"):
        pass
    for name in (refund["id"], refund["balance_transaction"], refund["id"][:12]):
        page = owner.get(LIST, {"q": name}).content.decode()
        assert page.count('data-test="payment-id"') == 1, name
    assert Payment.objects.get().state == "partially_refunded"


def subject(stripe: Stripe, name: str) -> Subject:
    return Subject("stripe", stripe.account, "test", "payment", name)


def test_what_was_gone_when_it_was_read_is_said(shop: Stripe, owner: Client) -> None:
    inbox.wish(subject(shop, UNKNOWN))
    assert look_once(by="test")
    page = owner.get(
        f"{LIST}asked/", {"q": UNKNOWN, "account": shop.account, "mode": "test", "kind": "payment", "id": UNKNOWN},
        headers=EN,
    ).content.decode()  # fmt: skip
    assert "Stripe was read and shows no payment for it. Nothing was changed here." in page
    assert "hx-get" not in page


def test_a_look_that_fails_says_why_and_the_page_stops_asking_in_time(
    shop: Stripe, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def look(self, account: Account, subject: Subject) -> object:
            raise OutcomeUnknownError("RateLimitError")

    inbox.wish(subject(shop, UNKNOWN))
    with monkeypatch.context() as patch:
        patch.setattr(registry, "gateway", lambda _name: Silent())
        assert look_once(by="test")
    asked = {"q": UNKNOWN, "account": shop.account, "mode": "test", "kind": "payment", "id": UNKNOWN}
    for language in ("fr", "en"):
        page = owner.get(f"{LIST}asked/", asked, headers={"accept-language": language}).content.decode()
        assert "RateLimitError" in page
        assert 'hx-trigger="every 1s"' in page
        assert strangers(language, Reading(page).texts) == []
    for turn, pace in (("29", "1s"), ("30", "3s"), ("60", "10s")):
        page = owner.get(f"{LIST}asked/", {**asked, "turn": turn}).content.decode()
        assert f'hx-trigger="every {pace}"' in page
    for turn in ("120", "999"):
        page = owner.get(f"{LIST}asked/", {**asked, "turn": turn}).content.decode()
        assert "hx-get" not in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=pi_1",
        "q=pi_1&account=x&mode=live&kind=payment&id=pi_1",
        "id=%00&kind=%00&account=%00",
        "turn=-1",
        f"id={'x' * 3000}",
    ],
)
def test_the_page_that_waits_is_no_page_of_its_own(shop: Stripe, owner: Client, query: str) -> None:
    """Nobody has asked for what its address says: back to the search, and nothing is asked or wished for."""
    answer = owner.get(f"{LIST}asked/?{query}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{LIST}?q=")
    assert not Wish.objects.exists()

"""Fraud hold: what is paid and looks odd is delivered once a person has said so; once, and never after its money went back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from tests import builders
from tests.jobs import run_jobs
from tests.payments.disputing import disputed
from tests.payments.steps import look_again
from tests.payments.test_credit import transfer
from tests.stripe import GOOD, Stripe

from comptoir.backoffice import holding, trail
from comptoir.customers.models import Customer, User
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert, AuditEntry
from comptoir.kernel.money import Money
from comptoir.kernel.words import verbatim
from comptoir.ledger.queries import credit_used_on
from comptoir.mail.models import Mail
from comptoir.payments.actions import answer, holds, refund, spend
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment, Rules
from comptoir.services import actions as services, steering
from comptoir.services.models import Operation, Service
from stripe_simulator.payments import cards

pytestmark = pytest.mark.django_db(transaction=True)
OLIVE = "staff:olive@example.org"
HIGHEST, ELEVATED = "4000000000004954", "4000000000009235"


@pytest.fixture
def alice(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> Customer:
    """A customer of a shop that is paid through the simulator."""
    stripe.connect()
    # The account's own rule that blocks payments at the highest risk is off.
    monkeypatch.setitem(cards.CARDS, HIGHEST, cards.Behaviour(risk="highest"))
    return builders.customer("Alice")


def rule(**values: object) -> None:
    """The house's rules, with none of the holds but these."""
    Rules.objects.create(pk=1, **{"hold_risk": "", **values})


def pay(stripe: Stripe, invoice: Invoice, number: str = GOOD) -> Invoice:
    stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="test").url, number=number)
    look_again()
    run_jobs()
    invoice.refresh_from_db()
    return invoice


def give_back(minor: int, *, policy: str = "keep") -> None:
    payment = Payment.objects.get()
    amount = type(payment.amount)(minor, "EUR")
    refund.request(
        refund_id=uuid.uuid4(), payment_id=payment.pk, amount=amount, reason="", note="", policy=policy, who=OLIVE
    )


def service() -> Service:
    return Service.objects.get()


@pytest.mark.parametrize(
    ("from_risk", "number", "held"),
    [
        ("highest", HIGHEST, True),
        ("highest", ELEVATED, False),
        ("elevated", ELEVATED, True),
        ("elevated", HIGHEST, True),
        ("elevated", GOOD, False),
        ("", HIGHEST, False),
    ],
)
def test_by_risk(alice: Customer, stripe: Stripe, from_risk: str, number: str, held: bool) -> None:
    rule(hold_risk=from_risk)
    invoice = pay(stripe, builders.invoice(alice), number)
    assert invoice.state == "paid"  # the money is here, whatever is delivered
    assert (service().state, bool(service().held_because)) == (("pending", True) if held else ("active", False))
    assert Alert.objects.filter(key__startswith="service-held:", closed_at=None).exists() == held
    assert holding.orders().count() == held


def test_highest_is_held_where_nobody_has_set_a_rule(alice: Customer, stripe: Stripe) -> None:
    pay(stripe, builders.invoice(alice), HIGHEST)
    assert "highest" in service().held_because.english


def test_by_a_new_customers_amount(alice: Customer, stripe: Stripe) -> None:
    rule(hold_new_above_minor=9989)
    pay(stripe, builders.invoice(alice))
    assert (service().state, "99.90" in service().held_because.english) == ("pending", True)


def test_up_to_the_amount_is_delivered(alice: Customer, stripe: Stripe) -> None:
    rule(hold_new_above_minor=9990)
    pay(stripe, builders.invoice(alice))
    assert service().state == "active"


def test_an_amount_in_another_currency_always_asks_for_a_person(alice: Customer, stripe: Stripe) -> None:
    rule(hold_new_above_minor=10_000_000, currency="CHF")
    pay(stripe, builders.invoice(alice))
    assert service().state == "pending"


def test_who_has_paid_for_a_month_is_known(alice: Customer, stripe: Stripe) -> None:
    rule(hold_new_above_minor=1)
    first = pay(stripe, builders.invoice(alice))
    Invoice.objects.filter(pk=first.pk).update(paid_at="2026-01-01T00:00:00Z")
    pay(stripe, builders.invoice(alice, builders.product("Autre")))
    assert [bool(each.held_because) for each in Service.objects.order_by("pk")] == [True, False]
    Invoice.objects.filter(pk=first.pk).update(state="refunded")  # what went back makes nobody known
    Attempt.objects.filter(invoice=first).update(reference="")  # a look at it would find its money here
    pay(stripe, builders.invoice(alice, builders.product("Encore")))
    assert [bool(each.held_because) for each in Service.objects.order_by("pk")] == [True, False, True]


def test_by_the_number_of_orders_an_hour(alice: Customer, stripe: Stripe) -> None:
    rule(hold_orders_an_hour=2)
    for number in range(3):
        pay(stripe, builders.invoice(alice, builders.product(f"VPS {number}")))
    assert [bool(each.held_because) for each in Service.objects.order_by("pk")] == [False, False, True]
    assert "3" in Service.objects.latest("pk").held_because.english


def test_what_the_team_has_taken_is_not_held(alice: Customer) -> None:
    rule(hold_new_above_minor=1, hold_orders_an_hour=0)
    transfer(builders.invoice(alice), 9990)
    run_jobs()
    assert service().state == "active"


def test_the_customer_reads_that_it_is_paid_and_checked(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice), HIGHEST)
    client = Client(headers={"accept-language": "fr"})
    client.force_login(alice.user)
    page = client.get(f"/pay/{invoice.pay_token}/").content.decode()
    assert 'data-state="succeeded"' in page
    assert "Nous vérifions votre commande" in page
    assert "Nous vérifions votre commande" in client.get("/client/services/").content.decode()
    mail = Mail.objects.get(template="paid").body
    assert "Notre équipe vérifie votre commande" in mail
    for told in (page, mail):  # nothing of why: it would tell a thief what to change
        assert "risque" not in told


def test_released_once_and_delivered_once(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice, quantity=2, total_minor=19980), HIGHEST)
    assert services.take_up_late() == 0
    assert invoice.order_id is not None
    holds.release(order_id=invoice.order_id, who=OLIVE)
    with pytest.raises(SaidError) as told:
        holds.release(order_id=invoice.order_id, who="staff:boris@example.org")
    assert told.value.sentence is holds.DECIDED
    run_jobs()
    look_again()
    run_jobs()
    assert list(Service.objects.values_list("state", flat=True)) == ["active", "active"]
    assert Operation.objects.count() == 2
    entries = AuditEntry.objects.filter(verb="service.released")
    assert {entry.who for entry in entries} == {OLIVE}
    with translation.override("fr"):
        told_why = {each.before for entry in entries for each in trail.told(entry).differences}
    assert told_why == {"le service de paiement juge son risque «\xa0très élevé\xa0»"}
    assert Alert.objects.get(key__startswith="service-held:").closed_at is not None
    assert list(holding.held()) == []


def forecast(boris: User, **said: str) -> str:
    """What the page of the refund says of the service, in English, for somebody of billing."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(boris)
    address = reverse("backoffice:payment_refund", args=["stripe", Payment.objects.get().pk])
    hidden = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get(address).content.decode())
    )
    page = client.post(address, {**hidden, "look": "1", "policy": "keep", **said}).content.decode()
    (found,) = re.findall(r'data-test="service-after">([^<]*)<', page)
    return str(found)


def test_the_page_of_the_refund_says_what_becomes_of_a_held_delivery(alice: Customer, stripe: Stripe) -> None:
    boris = builders.staff("Boris", "billing")
    pay(stripe, builders.invoice(alice), HIGHEST)
    for policy in ("keep", "end"):
        assert "never delivered: it is cancelled" in forecast(boris, how="whole", policy=policy)
    assert "goes on waiting" in forecast(boris, how="part", amount="40")
    assert "as long as it is suspended" in forecast(boris, how="part", amount="40", policy="suspend")
    assert "never delivered: it is cancelled" in forecast(boris, how="part", amount="40", policy="end")
    Service.objects.update(held_because="")
    assert "it is delivered all the same" in forecast(boris, how="whole")
    Service.objects.update(state="active")
    assert forecast(boris, how="whole") == "The service goes on."


def test_what_was_given_back_is_never_delivered(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice), HIGHEST)
    give_back(9990)
    with pytest.raises(SaidError) as told:  # while the refund is under way already
        holds.release(order_id=invoice.order_id or 0, who=OLIVE)
    assert told.value.sentence is holds.GOES_BACK
    run_jobs()
    look_again()
    run_jobs()
    invoice.refresh_from_db()
    assert (invoice.state, service().state, Operation.objects.get().state) == ("refunded", "cancelled", "cancelled")
    with pytest.raises(SaidError):
        holds.release(order_id=invoice.order_id or 0, who=OLIVE)
    assert Alert.objects.get(key__startswith="service-held:").closed_at is not None
    assert (list(holding.held()), services.take_up_late()) == ([], 0)


def test_a_part_that_went_back_leaves_it_held(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice), HIGHEST)
    give_back(1000)
    run_jobs()
    look_again()
    invoice.refresh_from_db()
    assert (invoice.state, service().state) == ("partially_refunded", "pending")
    holds.release(order_id=invoice.order_id or 0, who=OLIVE)
    run_jobs()
    assert service().state == "active"


def partly_by_credit(alice: Customer, stripe: Stripe) -> Invoice:
    """30 of 99.90 are paid by credit, the rest by a card of the highest risk: held."""
    given = uuid.uuid4()
    spend.give_credit(customer=alice, mode="test", amount=Money(3000, "EUR"), note="", key=given, who=OLIVE)
    invoice = builders.invoice(alice)
    spend.use_credit(invoice_id=invoice.pk, who=OLIVE)
    return pay(stripe, invoice, HIGHEST)


def by_card(invoice: Invoice, minor: int = 6990, *, policy: str = "keep") -> None:
    give_back(minor, policy=policy)
    run_jobs()
    look_again()


def as_credit(invoice: Invoice, minor: int = 3000, *, policy: str = "keep") -> None:
    money = Money(minor, "EUR")
    used = credit_used_on(invoice)
    spend.take_back_off(invoice_id=invoice.pk, amount=money, used_before=used, policy=policy, who=OLIVE)


def by_hand(invoice: Invoice, *, policy: str) -> None:
    assert invoice.pk
    steering.steer(service_id=service().pk, wanted=f"{policy}ed", why=verbatim("a thief"), who=OLIVE)


def standing(invoice: Invoice) -> tuple[str, str, bool, bool]:
    """Of the invoice and its service; whether people are told that it waits, and whether it is in their queue."""
    invoice.refresh_from_db()
    told = Alert.objects.filter(key=f"service-held:{invoice.order_id}", closed_at=None).exists()
    return invoice.state, service().state, told, holding.orders().exists()


@pytest.mark.parametrize("ways", [(by_card, as_credit), (as_credit, by_card)])
def test_what_went_back_by_card_and_as_credit_is_never_delivered(
    alice: Customer, stripe: Stripe, ways: tuple[Callable[[Invoice], None], ...]
) -> None:
    invoice = partly_by_credit(alice, stripe)
    assert standing(invoice) == ("paid", "pending", True, True)
    ways[0](invoice)
    assert standing(invoice) == ("partially_refunded", "pending", True, True), "somebody still has to decide"
    ways[1](invoice)
    assert standing(invoice) == ("refunded", "cancelled", False, False)
    assert Operation.objects.get().state == "cancelled"


@pytest.mark.parametrize("way", [by_card, as_credit, by_hand])
def test_a_held_service_that_is_ended_waits_for_nobody(
    alice: Customer, stripe: Stripe, way: Callable[..., None]
) -> None:
    invoice = partly_by_credit(alice, stripe)
    way(invoice, policy="end")
    state = "paid" if way is by_hand else "partially_refunded"
    assert standing(invoice) == (state, "cancelled", False, False)


def test_of_two_held_services_the_other_one_still_waits(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice, quantity=2, total_minor=19980), HIGHEST)
    one, other = Service.objects.order_by("pk")
    key = f"service-held:{invoice.order_id}"
    for each, waits in ((one, True), (other, False)):
        steering.steer(service_id=each.pk, wanted="ended", why=verbatim("a thief"), who=OLIVE)
        assert Alert.objects.filter(key=key, closed_at=None).exists() == waits


def test_while_the_bank_has_taken_the_money_nobody_is_told_that_it_is_paid_and_waits(
    alice: Customer, stripe: Stripe
) -> None:
    invoice = pay(stripe, builders.invoice(alice), HIGHEST)
    reference = Payment.objects.get().reference
    dispute = stripe.control.post(f"objects/{reference}", do="dispute")["id"]
    stripe.api("POST", f"/v1/disputes/{dispute}", data={"evidence[uncategorized_text]": "She signed in."})
    for what, expected in (
        ("lose", ("refunded", "pending", False, False)),
        ("appeal", ("refunded", "pending", False, False)),
        ("win", ("paid", "pending", True, True)),
    ):
        stripe.control.post(f"objects/{dispute}", do=what)
        look_again()
        run_jobs()
        assert standing(invoice) == expected, what


def test_of_a_dispute_that_is_given_up_nobody_is_told_either(alice: Customer, stripe: Stripe) -> None:
    invoice = pay(stripe, builders.invoice(alice), HIGHEST)
    assert standing(invoice) == ("paid", "pending", True, True)
    row = disputed(stripe, Payment.objects.get())
    answer.give_up(dispute_id=row.pk, who=OLIVE)
    assert standing(invoice) == ("refunded", "pending", False, False)


def test_what_is_known_is_told(alice: Customer, stripe: Stripe) -> None:
    rule(hold_new_above_minor=1)
    earlier = pay(stripe, builders.invoice(alice))
    invoice = builders.invoice(alice, builders.product("Autre"))
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url, number="4000000000000002")
    look_again()
    stripe.pay(ready.url)
    look_again()
    told = list(holding.held())
    assert [each.invoice for each in told] == [earlier, invoice]
    known = told[1].known
    assert (known.paid, known.orders, known.tries, known.disputes) == (1, 2, 1, 0)
    assert [risk for _payment, risk in told[1].risks] == ["normal"]

"""Currencies whose minor units are not hundredths, or not quite: ordered, paid, refunded in part, booked and agreed."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils.translation import override
from tests import builders
from tests.payments import ledger_world as world
from tests.stripe import Stripe

from comptoir.catalogue.models import Price, Shop
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.money import Money
from comptoir.ledger.models import Entry, SettlementEntry
from comptoir.ledger.queries import paid_on
from comptoir.modules.models import ModuleAccount
from comptoir.payments.actions import refund, refund_call
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.place import place
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt, Payment, Refund
from comptoir.payments.reconcile.compare import reconciled
from comptoir.payments.reconcile.result import Finding, Side
from comptoir.services.models import Service

pytestmark = pytest.mark.django_db(transaction=True)

# Price, what Stripe is told, a part to give back, the fee here (1.5 % and 25 of Stripe's minor units, as whole as the currency is).
PAID = {
    "JPY": (5000, 5000, 1200, 100),
    "KWD": (49_900, 49_900, 12_340, 770),
    "ISK": (5000, 500_000, 1200, 75),
    "UGX": (90_000, 9_000_000, 12_000, 1350),
    "HUF": (349_050, 349_050, 50_010, 5261),
    "TWD": (99_990, 99_990, 10_050, 1525),
}


def ordered(currency: str, minor: int) -> Invoice:
    """Alice's order from a shop that sells in a currency."""
    shop = builders.shop()
    Shop.objects.update(currency=currency)
    product = builders.product(currency=currency, prices={"annually": minor})
    shop.refresh_from_db()
    buyer = builders.customer("Alice")
    return place(
        basket_key=builders.basket(product),
        customer=buyer,
        shop=shop,
        choice=builders.choice(buyer, minor, currency=currency),
        shown_total_minor=minor,
        locale="fr",
        who="test",
    )


def paid(stripe: Stripe, invoice: Invoice) -> Payment:
    """The invoice is paid by card, booked by Stripe and seen here."""
    ready = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    stripe.pay(ready.url)
    stripe.control.advance(3)
    visit(ready.attempt)
    world.look()
    return Payment.objects.get(attempt=ready.attempt)


def given_back(payment: Payment, minor: int) -> Refund:
    """A part is asked for in the back office, and what became of it."""
    row = refund.request(
        refund_id=uuid.uuid4(),
        payment_id=payment.pk,
        amount=Money(minor, payment.currency),
        reason="",
        note="",
        policy="keep",
        who="staff:bertha@example.org",
    )
    refund_call.carry_out(row.pk)
    world.look_at(payment)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(("currency", "settles"), [(each, each) for each in PAID] + [("JPY", "EUR"), ("KWD", "EUR")])
def test_ordered_paid_refunded_and_agreed(stripe: Stripe, currency: str, settles: str) -> None:
    minor, at_stripe, part, fee = PAID[currency]
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur", settles.lower()])
    invoice = ordered(currency, minor)
    payment = paid(stripe, invoice)
    intent = stripe.api("GET", f"/v1/payment_intents/{payment.reference}")
    assert (intent["amount"], intent["currency"]) == (at_stripe, currency.lower())
    invoice.refresh_from_db()
    assert (invoice.state, paid_on(invoice), payment.amount) == ("paid", Money(minor, currency), invoice.total)
    assert Service.objects.exists()
    assert given_back(payment, part).state == "succeeded"
    rows = Entry.objects.filter(payment=payment.reference).order_by("pk")
    assert [row.amount for row in rows] == [Money(minor, currency), Money(-part, currency)]
    booked = SettlementEntry.objects.filter(entry__in=rows).order_by("entry_id")
    assert {each.currency for each in booked} == {settles}
    if settles == currency:
        assert [(each.amount, each.fee.minor) for each in booked] == [(rows[0].amount, fee), (rows[1].amount, 0)]
    else:
        assert all(each.exchange_rate and each.amount.currency != rows[0].currency for each in booked)
    found = reconciled(module="stripe", account=world.account(stripe), **world.period(stripe))
    assert found.lines == ()
    sums = {(key.side, key.currency) for key in found.sums}
    assert sums == {(Side.HERE, settles), (Side.THERE, settles)}


def test_a_part_that_stripe_cannot_give_back_exactly_stays_here(stripe: Stripe) -> None:
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur", "kwd"])
    payment = paid(stripe, ordered("KWD", 49_900))
    assert given_back(payment, 1234).state == "refused"
    assert not stripe.api("GET", f"/v1/refunds?payment_intent={payment.reference}")["data"]
    assert Entry.objects.filter(payment=payment.reference).count() == 1


def test_what_others_were_paid_in_a_currency_of_small_coins_stops_no_report(stripe: Stripe) -> None:
    """12.50 Serbian dinars: CLDR writes them without decimals, Stripe and ISO 4217 have two."""
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur", "rsd"])
    made = stripe.control.post("payments", amount=125_050, currency="rsd")
    stripe.control.advance(3)
    found = reconciled(module="stripe", account=world.account(stripe), **world.period(stripe))
    (line,) = found.lines
    assert (line.finding, line.payment) == (Finding.OTHERS, made["id"])
    assert line.there is not None
    assert line.there.amount == Money(125_050, "RSD")
    with override("en"):
        assert str(line.there.amount) == "RSD1,250.50"


# ------------------------------------------------------------------ what Stripe does not take


@pytest.mark.parametrize(
    ("currency", "minor", "says"),
    [
        ("EUR", 49, "trop peu pour un paiement en ligne"),
        ("JPY", 49, "trop peu pour un paiement en ligne"),
        ("EUR", 1_000_000_000_000, "plus que ce qui peut être payé en ligne en une fois"),
        ("KWD", 1234, "ne peut pas être payé en ligne au dernier chiffre près"),
    ],
)
def test_nobody_is_sent_away_with_an_amount_that_stripe_does_not_take(
    stripe: Stripe, client: Client, currency: str, minor: int, says: str
) -> None:
    """The price has changed since the choice was shown: what is owed is asked about again, before anything is begun."""
    stripe.connect()
    invoice = builders.invoice(builders.customer("Alice"))
    Invoice.objects.filter(pk=invoice.pk).update(currency=currency, net_minor=minor, tax_minor=0, total_minor=minor)
    with override("fr"), pytest.raises(SaidError) as refused:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    with override("fr"):
        sentence = str(refused.value.sentence)
    assert says in sentence
    assert "Rien n’a été débité." in sentence
    assert not Attempt.objects.exists()
    assert not stripe.calls("POST")
    page = client.get(f"/pay/{invoice.pay_token}/", headers={"accept-language": "fr"}).content.decode()
    assert says in page.replace("&#x27;", "’")
    assert 'data-test="no-way"' in page
    assert "Ce montant ne peut pas être payé en ligne" in page
    assert 'data-test="pay"' not in page


def test_the_checkout_says_why_nothing_can_be_chosen(stripe: Stripe, client: Client) -> None:
    stripe.connect()
    builders.shop()
    alice = builders.customer("Alice", locale="en")
    product = builders.product()
    Price.objects.update(amount_minor=30)
    client.force_login(alice.user)
    client.post(f"/basket/add/{product.pk}")
    page = client.get("/checkout/", headers={"accept-language": "en"}).content.decode()
    assert "€0.30 is too little to be paid online. Nothing was charged." in page
    assert 'data-test="checkout-submit"' not in page
    ModuleAccount.objects.all().delete()
    page = client.get("/checkout/", headers={"accept-language": "en"}).content.decode()
    assert "There is no way of paying at the moment" in page  # the amount is not the reason


def test_too_little_in_the_currency_of_settlement_is_told_honestly(stripe: Stripe) -> None:
    """Only Stripe knows what the account settles in: it refuses the page, and the customer reads why."""
    stripe.connect()
    stripe.control.post("account", settlement_currencies=["eur"])
    invoice = builders.invoice(builders.customer("Alice"))
    Invoice.objects.filter(pk=invoice.pk).update(currency="JPY", net_minor=60, tax_minor=0, total_minor=60)
    with pytest.raises(SaidError) as refused:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    with override("en"):
        assert str(refused.value.sentence).startswith("¥60 is too little to be paid online. Nothing was charged.")
    assert Attempt.objects.get().state == "ended"
    (alert,) = Alert.objects.filter(key__startswith="refused:")
    assert "¥60" in alert.text.english, "other amounts can be paid: nobody reads that no customer can pay"

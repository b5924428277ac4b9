"""Payment method types: read from the account, shown as tiles, offered where they fit, sent as the pinned version wants them."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from tests import builders
from tests.stripe import Stripe
from tests.stripe_module.ground import account, request

from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.modules import actions as modules
from comptoir.modules.api import MethodTile, NoOffer, Offer
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from comptoir.payments.queries import choices
from comptoir_stripe import checkout, method_types, methods
from comptoir_stripe.module import module

SESSIONS = "/v1/checkout/sessions"
ACTIVE = {"card": True, "apple_pay": True, "google_pay": False, "sepa_debit": True, "bancontact": True, "paypal": False}


def switch(stripe: Stripe, **types: str) -> None:
    """Switch types on or off in the account's configuration, as its dashboard does."""
    (listed,) = stripe.api("GET", "/v1/payment_method_configurations")["data"]
    data = {f"{name}[display_preference][preference]": value for name, value in types.items()}
    stripe.api("POST", f"/v1/payment_method_configurations/{listed['id']}", data=data)


def offered(stripe: Stripe, amount: Money, **more: object) -> Offer | NoOffer:
    assert module.gateway is not None
    return module.gateway().offer(account(stripe, **more), amount)


def tiles(known: dict[str, bool]) -> dict[str, MethodTile]:
    assert module.setup is not None
    return {tile.type: tile for tile in module.setup().tiles(known, account="acct_1", mode="test")}


# ------------------------------------------------------------------ what the account offers


def test_the_default_configuration_says_which_types_are_active(stripe: Stripe) -> None:
    assert module.setup is not None
    before = module.setup().methods(account(stripe))
    assert (before["card"], before["bancontact"], before["paypal"]) == (True, True, False)
    switch(stripe, bancontact="off")
    after = module.setup().methods(account(stripe))
    assert {name for name in before if before[name] != after[name]} == {"bancontact"}


def test_of_several_configurations_the_accounts_own_default_counts() -> None:
    def configuration(*, on: str = "on", available: bool = True, **more: object) -> dict[str, object]:
        return {
            "id": "pmc_1",
            "active": True,
            "card": {"available": available, "display_preference": {"value": on}},
            **more,
        }

    for listed, active in (
        ([configuration(is_default=True)], {"card": True}),
        ([configuration(is_default=True, on="off")], {"card": False}),
        ([configuration(is_default=True, available=False)], {"card": False}),
        ([configuration(is_default=False), configuration(is_default=True, on="off")], {"card": False}),
        (
            [configuration(is_default=True, application="ca_1"), configuration(is_default=True, on="off")],
            {"card": False},
        ),
        ([configuration(is_default=False)], {}),
        ([], {}),
    ):
        assert methods.of_configurations({"data": listed}) == active


def test_tiles_are_in_a_fixed_order_with_wallets_folded_into_cards() -> None:
    found = tiles(
        {"paypal": False, "google_pay": True, "bancontact": True, "zebra_pay": True, "apple_pay": True, "card": True}
    )
    assert list(found) == ["card", "bancontact", "paypal", "zebra_pay"]
    assert found["card"].parts == ("Apple Pay", "Google Pay")
    assert (found["card"].currencies, found["bancontact"].currencies) == ((), ("EUR",))
    assert [found[name].active for name in found] == [True, True, False, True]
    assert (found["zebra_pay"].title, found["zebra_pay"].letters) == ("Zebra Pay", "ZEBR")
    assert {tile.url for tile in found.values()} == {
        "https://dashboard.stripe.com/acct_1/test/settings/payment_methods"
    }
    assert tiles({"card": True, "apple_pay": False})["card"].parts == ()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_type_has_letters_of_its_own_and_few(language: str) -> None:
    with override(language):
        letters = [str(kind.letters) for kind in method_types.TYPES.values()]
    assert len(letters) == len(set(letters))
    assert all(each.isascii() and each.isalnum() and len(each) <= 5 for each in letters)


def test_a_new_type_of_the_library_would_be_noticed() -> None:
    import inspect
    import re

    from stripe.params.checkout import _session_create_params as params

    source = inspect.getsource(params).partition("allowed_payment_method_types")[2].partition("automatic_tax")[0]
    assert set(re.findall(r'"([a-z0-9_]+)"', source)) == set(method_types.TYPES)


# ------------------------------------------------------------------ what a customer is offered

EUR, CHF, JPY = Money(9990, "EUR"), Money(9990, "CHF"), Money(9990, "JPY")


@pytest.mark.parametrize(
    ("amount", "ticked", "english", "french"),
    [
        (EUR, (), "Card, SEPA Direct Debit, Bancontact", "Carte, Prélèvement SEPA, Bancontact"),
        (EUR, ("bancontact", "sepa_debit"), "SEPA Direct Debit, Bancontact", "Prélèvement SEPA, Bancontact"),
        (EUR, ("card", "paypal"), "Card", "Carte"),
        (CHF, (), "Card", "Carte"),
        (JPY, ("card", "sepa_debit"), "Card", "Carte"),
    ],
)
def test_the_types_that_fit_are_named_in_the_readers_language(
    stripe: Stripe, amount: Money, ticked: tuple[str, ...], english: str, french: str
) -> None:
    offer = offered(stripe, amount, allowed_methods=ticked, active_methods=ACTIVE)
    assert isinstance(offer, Offer)
    with override("en"):
        assert str(offer.hint) == english
    with override("fr"):
        assert str(offer.hint) == french


@pytest.mark.parametrize(
    ("amount", "ticked", "active", "says"),
    [
        (CHF, ("sepa_debit", "bancontact"), ACTIVE, "takes CHF"),
        (CHF, ("sepa_debit",), None, "takes CHF"),
        (EUR, ("paypal",), ACTIVE, "None of the ticked"),
        (EUR, ("ideal",), ACTIVE, "None of the ticked"),
        (EUR, (), {"card": False}, "No payment method type is active"),
        (EUR, (), {}, "No payment method type is active"),
        (Money(30, "EUR"), (), ACTIVE, "too small or too large"),
        (Money(30, "EUR"), ("card", "bancontact"), None, "too small or too large"),
        (Money(100_000_000, "EUR"), ("sepa_debit",), None, "too small or too large"),
        (Money(1_000_000_000_000, "EUR"), (), None, "does not take this amount"),
        (Money(0, "EUR"), (), None, "does not take this amount"),
        (Money(1234, "KWD"), (), ACTIVE, "does not take this amount"),
    ],
)
def test_where_no_type_is_left_the_reason_is_told_to_staff(
    stripe: Stripe, amount: Money, ticked: tuple[str, ...], active: dict[str, bool] | None, says: str
) -> None:
    refused = offered(stripe, amount, allowed_methods=ticked, active_methods=active)
    assert isinstance(refused, NoOffer)
    with override("en"):
        english = str(refused.why)
    with override("fr"):
        assert str(refused.why) != english
    assert says in english


@pytest.mark.parametrize(
    ("amount", "ticked", "english", "french"),
    [
        (Money(30, "EUR"), ("card",), "€0.30 is too little to be paid online.", "0,30\u00a0€, c’est trop peu pour"),
        (
            Money(100_000_000, "EUR"),
            ("sepa_debit",),
            "€1,000,000.00 is more than",
            "1\u202f000\u202f000,00\u00a0€, c’est plus",
        ),
        (Money(1234, "KWD"), (), "KWD1.234 cannot be paid online to the last figure", "1,234\u00a0KWD ne peut pas"),
        (CHF, ("sepa_debit",), "Our online payment does not take CHF.", "n’accepte pas la monnaie CHF"),
        (EUR, ("paypal",), "", ""),  # the amount is not the reason
    ],
)
def test_the_customer_reads_why_an_amount_is_not_taken(
    stripe: Stripe, amount: Money, ticked: tuple[str, ...], english: str, french: str
) -> None:
    refused = offered(stripe, amount, allowed_methods=ticked, active_methods=ACTIVE)
    assert isinstance(refused, NoOffer)
    for language, begins in (("en", english), ("fr", french)):
        with override(language):
            said = str(refused.sentence)
            assert begins in said
            assert ("Nothing was charged." in said or "Rien n’a été débité." in said) == bool(english)


def test_ideal_alone_takes_less_than_cards_do(stripe: Stripe) -> None:
    known = {**ACTIVE, "ideal": True}
    small = offered(stripe, Money(30, "EUR"), active_methods=known)
    assert isinstance(small, Offer)
    with override("en"):
        assert (str(small.hint), str(small.title)) == ("iDEAL", "Online payment")


def test_of_many_types_five_are_named(stripe: Stripe) -> None:
    known = dict.fromkeys(["card", "link", "sepa_debit", "bancontact", "ideal", "paypal", "klarna"], True)
    offer = offered(stripe, EUR, active_methods=known)
    assert isinstance(offer, Offer)
    with override("en"):
        assert str(offer.hint) == "Card, Link, SEPA Direct Debit, Bancontact, iDEAL…"


# ------------------------------------------------------------------ what is sent


def params(stripe: Stripe, *ticked: str) -> dict[str, object]:
    return checkout.session_params(account(stripe, allowed_methods=ticked), request(), "cus_1")


def test_nothing_ticked_sends_nothing_and_the_pinned_versions_word_is_used(stripe: Stripe) -> None:
    assert "allowed_payment_method_types" not in params(stripe)
    assert params(stripe, "bancontact", "card")["allowed_payment_method_types"] == ["bancontact", "card"]
    assert "payment_method_types" not in params(stripe, "card")


def ready(stripe: Stripe, *ticked: str) -> None:
    stripe.connect()
    modules.allow_methods(module="stripe", account=stripe.account, mode="test", types=ticked, who="test")


def types_of(stripe: Stripe) -> list[list[str]]:
    """The types of each page that was made, the newest first."""
    return [sorted(each["payment_method_types"]) for each in stripe.api("GET", SESSIONS)["data"]]


@pytest.mark.django_db(transaction=True)
def test_a_page_offers_the_ticked_types_that_fit_its_currency(stripe: Stripe) -> None:
    ready(stripe, "bancontact", "card", "paypal")
    assert start(invoice_id=builders.invoice(builders.customer("Alice")).pk, gateway="stripe", who="test").url
    assert types_of(stripe) == [["bancontact", "card"]]


@pytest.mark.django_db(transaction=True)
def test_ticks_that_change_between_two_calls_of_an_attempt_lead_to_the_page_that_was_made(stripe: Stripe) -> None:
    ready(stripe, "card")
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    modules.allow_methods(module="stripe", account=stripe.account, mode="test", types=["bancontact"], who="test")
    again = start(invoice_id=invoice.pk, gateway="stripe", who="test")
    refused = [call for call in stripe.calls("POST", SESSIONS) if call["status"] == 400]
    assert len(refused) == 1  # the key was used with other words: Stripe says so
    assert again.url
    assert types_of(stripe) == [["card"]]
    assert (Attempt.objects.count(), Attempt.objects.get().state) == (1, "open")


@pytest.mark.django_db(transaction=True)
def test_ticks_that_change_while_nothing_was_made_lead_to_a_page_with_the_new_ones(stripe: Stripe) -> None:
    ready(stripe, "card")
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_before", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    modules.allow_methods(module="stripe", account=stripe.account, mode="test", types=["bancontact"], who="test")
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url
    assert types_of(stripe) == [["bancontact"]]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_spent_on_a_failure_is_left_for_a_new_attempt(stripe: Stripe) -> None:
    """The first call's failure is stored under its key; after the ticks have changed Stripe refuses the key, and nothing was made."""
    ready(stripe, "card")
    invoice = builders.invoice(builders.customer("Alice"))
    stripe.fault("drop_after", method="POST", path=SESSIONS, times=2)
    with pytest.raises(SaidError):
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    (page,) = stripe.api("GET", SESSIONS)["data"]
    stripe.api(
        "POST", f"{SESSIONS}/{page['id']}", data={"metadata[attempt]": ""}
    )  # as if it were not there to be found
    modules.allow_methods(module="stripe", account=stripe.account, mode="test", types=["bancontact"], who="test")
    with pytest.raises(SaidError) as said:
        start(invoice_id=invoice.pk, gateway="stripe", who="test")
    with override("en"):
        assert "Nothing was charged" in str(said.value.sentence)
    assert Attempt.objects.get().state == "ended"
    assert start(invoice_id=invoice.pk, gateway="stripe", who="test").url
    assert types_of(stripe)[0] == ["bancontact"]


@pytest.mark.django_db(transaction=True)
def test_stripe_is_not_among_the_choices_of_an_amount_that_no_ticked_type_takes(stripe: Stripe) -> None:
    ready(stripe, "sepa_debit", "bancontact")
    alice = builders.customer("Alice")
    builders.shop()
    assert [each.module for each in choices(customer=alice, amount=EUR)] == ["stripe"]
    assert [each.module for each in choices(customer=alice, amount=CHF)] == []

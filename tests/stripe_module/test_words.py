"""What customers and staff read: sentences for failures of each kind of method, the manifest, addresses in the dashboard."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override
from tests.stripe import Stripe
from tests.stripe_module.ground import account, control, request

from comptoir.modules.api import Mode, PaymentSeen, PaymentStatus, Subject
from comptoir_stripe import event_types, permissions
from comptoir_stripe.claims import Claim
from comptoir_stripe.module import module
from comptoir_stripe.sentences import DEBITS, SENTENCES
from comptoir_stripe.webhooks import CLAIMS, OF_ITSELF

manifest = module.manifest


def sentence(failure: str, language: str) -> str:
    assert module.gateway is not None
    with override(language):
        return str(module.gateway().sentence(failure))


FAILURES = [
    *SENTENCES,
    *[f"sepa_debit/{code}" for code in DEBITS],
    "sepa_debit/generic_could_not_process",
    "bancontact/payment_intent_authentication_failure",
    "ideal/payment_intent_authentication_failure",
    "invented_tomorrow",
    "stolen_card",
    "",
]


@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_has_a_sentence_that_says_that_nothing_was_charged(failure: str) -> None:
    english, french = sentence(failure, "en"), sentence(failure, "fr")
    assert "Nothing was charged" in english
    assert "Rien n’a été débité" in french
    assert failure == "" or failure not in english + french
    assert "%(" not in english + french


def test_a_debit_and_a_bank_page_are_not_told_of_cards() -> None:
    for failure in FAILURES:
        if "/" in failure:
            assert "card" not in sentence(failure, "en"), failure
            assert "carte" not in sentence(failure, "fr"), failure
    assert "Bancontact" in sentence("bancontact/whatever", "fr")
    assert "stolen" not in sentence("stolen_card", "en")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["bancontact", "ideal"])
def test_a_payment_that_was_refused_on_a_banks_page_can_be_tried_again_on_the_same_page(
    stripe: Stripe, method: str
) -> None:
    assert module.gateway is not None
    gateway = module.gateway()
    page = gateway.start(account(stripe), request())
    led_to = stripe._submit(page.url, {"method": method, f"name_{method}": "Alice Durand"}).headers["location"]
    abandoned = gateway.look(account(stripe), page.subject)
    assert isinstance(abandoned, PaymentSeen)
    assert (abandoned.status, abandoned.ended, abandoned.failure) == (PaymentStatus.OPEN, False, "")

    step = led_to if led_to.startswith("http") else stripe.server.base_url + led_to
    stripe._submit(step, {"do": "fail"})
    refused = gateway.look(account(stripe), page.subject)
    assert isinstance(refused, PaymentSeen)
    assert (refused.status, refused.ended) == (PaymentStatus.FAILED, False)
    assert refused.failure.startswith(f"{method}/")
    assert {"bancontact": "Bancontact", "ideal": "iDEAL"}[method] in sentence(refused.failure, "fr")

    stripe._submit(page.url, {"method": method, f"name_{method}": "Alice Durand"})
    gateway.end(account(stripe), page.subject)
    gone = gateway.look(account(stripe), page.subject)
    assert isinstance(gone, PaymentSeen)
    assert (gone.status, gone.ended) == (PaymentStatus.CANCELLED, True)


@pytest.mark.django_db(transaction=True)
def test_a_debit_that_comes_back_says_why(stripe: Stripe) -> None:
    assert module.gateway is not None
    gateway = module.gateway()
    page = gateway.start(account(stripe), request())
    stripe.pay_by_sepa(page.url)
    control(stripe, f"objects/{page.subject.id}", do="fail", code="insufficient_funds")
    seen = gateway.look(account(stripe), page.subject)
    assert isinstance(seen, PaymentSeen)
    assert seen.failure == "sepa_debit/insufficient_funds"
    assert "compte bancaire" in sentence(seen.failure, "fr")


# ------------------------------------------------------------------ the manifest


def test_each_setting_says_where_it_is_found_in_both_modes() -> None:
    fields = {field.name: field for field in manifest.settings}
    assert list(fields) == ["secret_key", "publishable_key", "webhook_secret"]
    assert [field.secret for field in manifest.settings] == [True, False, True]
    assert [field.required for field in manifest.settings] == [True, True, False]
    keys = {"test": "https://dashboard.stripe.com/test/apikeys", "live": "https://dashboard.stripe.com/apikeys"}
    webhooks = {"test": "https://dashboard.stripe.com/test/webhooks", "live": "https://dashboard.stripe.com/webhooks"}
    assert [dict(field.links) for field in manifest.settings] == [keys, keys, webhooks]
    for field in manifest.settings:
        _in_both_languages(field.label, field.help)


def _in_both_languages(*texts: object) -> None:
    for text in texts:
        with override("en"):
            english = str(text)
        with override("fr"):
            assert str(text) != english
        assert english


def test_each_permission_is_named_in_stripes_words_with_its_purpose_and_can_be_tried_without_an_effect() -> None:
    assert [each.name for each in manifest.permissions] == [right.name for right in permissions.RIGHTS]
    for right in permissions.RIGHTS:
        assert re.fullmatch(r"rak_[a-z_]+_(read|write)", right.name)
        assert (right.method == "post") is right.name.endswith("_write")
        assert right.method == "get" or permissions.NOBODY in right.path  # nothing can be written to what cannot exist
        _in_both_languages(right.purpose)
    _in_both_languages(*manifest.notices_by_hand)


def test_every_claim_of_a_notice_is_one_that_a_look_can_show() -> None:
    assert set(CLAIMS.values()) <= set(Claim)
    assert set(CLAIMS) | OF_ITSELF <= {*event_types.NEEDED, "charge.succeeded", "charge.refund.updated"}


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    ("held", "mode", "page", "address"),
    [
        ("", "test", "keys", "https://dashboard.stripe.com/test/apikeys"),
        ("acct_1", "live", "keys", "https://dashboard.stripe.com/acct_1/apikeys"),
        ("acct_1", "test", "webhooks", "https://dashboard.stripe.com/acct_1/test/webhooks"),
        ("", "live", "methods", "https://dashboard.stripe.com/settings/payment_methods"),
        ("", "test", "methods", "https://dashboard.stripe.com/test/settings/payment_methods"),
        ("acct_1", "test", "account", "https://dashboard.stripe.com/acct_1/account/onboarding"),
        ("acct_1", "test", "moon", ""),
    ],
)
def test_pages_of_the_dashboard(held: str, mode: Mode, page: str, address: str) -> None:
    assert module.setup is not None
    assert module.setup().settings_url(held, mode, page) == address


def test_a_payment_has_its_page_in_the_dashboard() -> None:
    assert module.gateway is not None
    address = module.gateway().dashboard_url(
        "acct_1", "test", Subject("stripe", "acct_1", "test", "payment", "pi_1").id
    )
    assert address == "https://dashboard.stripe.com/acct_1/test/payments/pi_1"

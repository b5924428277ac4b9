"""The Stripe module: what it says of itself, and its answers to the house, each kept in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from comptoir.kernel.money import Money
from comptoir.modules.api import (
    Account,
    CheckoutRequest,
    Envelope,
    Manifest,
    Mode,
    Module,
    NoOffer,
    Observation,
    Offer,
    PaymentGateway,
    SettingField,
    Started,
    Subject,
    Text,
)


class StripeGateway:
    """Answers of the Stripe module. Files are imported when they are first asked: the manifest is read before Django is up."""

    def identify(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
        """See `account.identify`."""
        from comptoir_stripe import account

        return account.identify(values, mode=mode, api_base=api_base)

    def offer(self, account: Account, amount: Money) -> Offer | NoOffer:  # noqa: ARG002 - the contract's form
        """Offered for every amount that Stripe takes."""
        from comptoir_stripe import amounts

        if not amounts.payable(amount):
            return NoOffer(
                _("Stripe does not take this amount: it is too small, too large or not exact in this currency.")
            )
        return Offer(title=_("Card or another online payment"), hint=_("Secure payment page of Stripe"))

    def receive(self, body: bytes, headers: Mapping[str, str], accounts: Sequence[Account]) -> Envelope:
        """See `webhooks.receive`."""
        from comptoir_stripe import webhooks

        return webhooks.receive(body, headers, accounts)

    def start(self, account: Account, request: CheckoutRequest) -> Started:
        """See `checkout.start`."""
        from comptoir_stripe import checkout

        return checkout.start(account, request)

    def find(self, account: Account, request: CheckoutRequest) -> Started | None:
        """See `checkout.find`."""
        from comptoir_stripe import checkout

        return checkout.find(account, request)

    def end(self, account: Account, subject: Subject) -> None:
        """See `checkout.end`."""
        from comptoir_stripe import checkout

        checkout.end(account, subject)

    def look(self, account: Account, subject: Subject) -> Observation:
        """See `look.look`."""
        from comptoir_stripe import look

        return look.look(account, subject)

    def sentence(self, failure: str) -> Text:
        """See `sentences.sentence`."""
        from comptoir_stripe import sentences

        return sentences.sentence(failure)

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """A payment's page in Stripe's dashboard."""
        return f"https://dashboard.stripe.com/{account}/{'test/' if mode == 'test' else ''}payments/{payment_id}"


def _gateway() -> PaymentGateway:
    return StripeGateway()


module = Module(
    manifest=Manifest(
        name="stripe",
        title="Stripe",
        purpose=_("Cards, Apple Pay, Google Pay, SEPA and more, on Stripe's own payment page."),
        version="1.0",
        settings=(
            SettingField("secret_key", _("Secret key"), _("Begins with sk_ or rk_."), secret=True),
            SettingField("publishable_key", _("Publishable key"), _("Begins with pk_.")),
            SettingField("webhook_secret", _("Webhook secret"), _("Begins with whsec_."), secret=True),
        ),
    ),
    gateway=_gateway,
)

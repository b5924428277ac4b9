"""The Stripe module: what it says of itself, and its answers to the house, each kept in a file of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from comptoir.kernel.money import Money
from comptoir.modules.api import (
    Account,
    BookPage,
    Books,
    CheckoutRequest,
    Connection,
    DisputeReason,
    Disputes,
    DisputeSeen,
    EndpointMade,
    EndpointSeen,
    Envelope,
    Evidence,
    GatewaySetup,
    Manifest,
    MethodTile,
    Mode,
    Module,
    NoOffer,
    Observation,
    Offer,
    PaymentGateway,
    PayoutPage,
    Problem,
    RefundRequest,
    Refunds,
    RefundSeen,
    SeenPage,
    SettingField,
    Silence,
    Started,
    Subject,
    Text,
    ToldPage,
    Vocabulary,
)
from comptoir_stripe.links import payment_url, payout_url, settings_url
from comptoir_stripe.permissions import PERMISSIONS


class StripeGateway:
    """Answers of the Stripe module. Files are imported when they are first asked: the manifest is read before Django is up."""

    def identify(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> str:
        """See `account.identify`."""
        from comptoir_stripe import account

        return account.identify(values, mode=mode, api_base=api_base)

    def offer(self, account: Account, amount: Money) -> Offer | NoOffer:
        """See `methods.offer`."""
        from comptoir_stripe import methods

        return methods.offer(account, amount)

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

    def recent(self, account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
        """See `lists.recent`."""
        from comptoir_stripe import lists

        return lists.recent(account, since=since, cursor=cursor)

    def notices(self, account: Account, *, since: dt.datetime, cursor: str = "") -> ToldPage:
        """See `lists.notices`."""
        from comptoir_stripe import lists

        return lists.notices(account, since=since, cursor=cursor)

    def silences(self) -> tuple[Silence, ...]:
        """See `silence.silences`."""
        from comptoir_stripe import silence

        return silence.silences()

    def knock(self, account: Account) -> None:
        """See `gateway.knock`."""
        from comptoir_stripe import gateway

        gateway.knock(account)

    def well_formed(self, reference: str) -> bool:
        """See `references.well_formed`."""
        from comptoir_stripe import references

        return references.well_formed(reference)

    def resolve(self, account: Account, reference: str) -> Subject | None:
        """See `references.resolve`."""
        from comptoir_stripe import references

        return references.resolve(account, reference)

    def sentence(self, failure: str) -> Text:
        """See `sentences.sentence`."""
        from comptoir_stripe import sentences

        return sentences.sentence(failure)

    def cause(self, failure: str) -> Text:
        """See `causes.of_payment`."""
        from comptoir_stripe import causes

        return causes.of_payment(failure)

    def dashboard_url(self, account: str, mode: Mode, payment_id: str) -> str:
        """A payment's page in Stripe's dashboard."""
        return payment_url(account, mode, payment_id)


class StripeSetup:
    """Setting the Stripe module up. Files are imported when they are first asked."""

    def check(self, values: Mapping[str, str], *, mode: Mode) -> tuple[Problem, ...]:
        """See `keys.check`."""
        from comptoir_stripe import keys

        return keys.check(values, mode=mode)

    def test(self, values: Mapping[str, str], *, mode: Mode, api_base: str) -> Connection:
        """See `account.test`."""
        from comptoir_stripe import account

        return account.test(values, mode=mode, api_base=api_base)

    def methods(self, account: Account) -> dict[str, bool]:
        """See `methods.methods`."""
        from comptoir_stripe import methods

        return methods.methods(account)

    def tiles(self, methods: Mapping[str, bool], *, account: str, mode: Mode) -> tuple[MethodTile, ...]:
        """See `methods.tiles`."""
        from comptoir_stripe import methods as kinds

        return kinds.tiles(methods, account=account, mode=mode)

    def endpoints(self, account: Account, *, address: str) -> tuple[EndpointSeen, ...]:
        """See `endpoint.endpoints`."""
        from comptoir_stripe import endpoint

        return endpoint.endpoints(account, address=address)

    def make_endpoint(self, account: Account, *, address: str, key: str) -> EndpointMade:
        """See `endpoint.make_endpoint`."""
        from comptoir_stripe import endpoint

        return endpoint.make_endpoint(account, address=address, key=key)

    def mend_endpoint(self, account: Account, *, endpoint: str) -> EndpointSeen:
        """See `endpoint.mend_endpoint`."""
        from comptoir_stripe import endpoint as subscriptions

        return subscriptions.mend_endpoint(account, endpoint=endpoint)

    def remove_endpoint(self, account: Account, *, endpoint: str) -> None:
        """See `endpoint.remove_endpoint`."""
        from comptoir_stripe import endpoint as subscriptions

        subscriptions.remove_endpoint(account, endpoint=endpoint)

    def settings_url(self, account: str, mode: Mode, page: str) -> str:
        """See `links.settings_url`."""
        return settings_url(account, mode, page)


class StripeRefunds:
    """Money that goes back through Stripe. Files are imported when they are first asked."""

    def refund(self, account: Account, request: RefundRequest) -> RefundSeen:
        """See `refunds.refund`."""
        from comptoir_stripe import refunds

        return refunds.refund(account, request)

    def find_refund(self, account: Account, request: RefundRequest) -> RefundSeen | None:
        """See `refunds.find_refund`."""
        from comptoir_stripe import refunds

        return refunds.find_refund(account, request)

    def cancel_refund(self, account: Account, refund: str) -> RefundSeen:
        """See `refunds.cancel_refund`."""
        from comptoir_stripe import refunds

        return refunds.cancel_refund(account, refund)


class StripeBooks:
    """Stripe's books. Files are imported when they are first asked."""

    def books(self, account: Account, *, since: dt.datetime, until: dt.datetime, cursor: str = "") -> BookPage:
        """See `reconcile.books`."""
        from comptoir_stripe import reconcile

        return reconcile.books(account, since=since, until=until, cursor=cursor)

    def category_title(self, category: str) -> Text:
        """See `categories.category_title`."""
        from comptoir_stripe import categories

        return categories.category_title(category)

    def payout_cause(self, word: str) -> Text:
        """See `causes.of_payout`."""
        from comptoir_stripe import causes

        return causes.of_payout(word)

    def payout_url(self, account: str, mode: Mode, payout: str) -> str:
        """A payout's page in Stripe's dashboard."""
        return payout_url(account, mode, payout)

    def payouts(self, account: Account, *, since: dt.datetime, cursor: str = "") -> PayoutPage:
        """See `reconcile.payouts`."""
        from comptoir_stripe import reconcile

        return reconcile.payouts(account, since=since, cursor=cursor)

    def payout_rows(self, account: Account, payout: str, *, cursor: str = "") -> BookPage:
        """See `reconcile.payout_rows`."""
        from comptoir_stripe import reconcile

        return reconcile.payout_rows(account, payout, cursor=cursor)


class StripeDisputes:
    """Answering disputes."""

    def stage_evidence(self, account: Account, evidence: Evidence) -> DisputeSeen:
        """See `disputes.stage_evidence`."""
        from comptoir_stripe import disputes

        return disputes.stage_evidence(account, evidence)

    def send_evidence(self, account: Account, evidence: Evidence) -> DisputeSeen:
        """See `disputes.send_evidence`."""
        from comptoir_stripe import disputes

        return disputes.send_evidence(account, evidence)

    def accept_dispute(self, account: Account, dispute: Subject) -> DisputeSeen:
        """See `disputes.accept_dispute`."""
        from comptoir_stripe import disputes

        return disputes.accept_dispute(account, dispute)

    def reason(self, word: str) -> DisputeReason:
        """See `dispute_reasons.reason`."""
        from comptoir_stripe import dispute_reasons

        return dispute_reasons.reason(word)

    def suspicion(self, word: str) -> Text:
        """See `dispute_reasons.suspicion`."""
        from comptoir_stripe import dispute_reasons

        return dispute_reasons.suspicion(word)


def _gateway() -> PaymentGateway:
    return StripeGateway()


def _setup() -> GatewaySetup:
    return StripeSetup()


def _refunds() -> Refunds:
    return StripeRefunds()


def _books() -> Books:
    return StripeBooks()


def _disputes() -> Disputes:
    return StripeDisputes()


def _vocabulary() -> tuple[Vocabulary, ...]:
    from comptoir_stripe import vocabulary

    return vocabulary.vocabulary()


def _links(page: str) -> dict[Mode, str]:
    return {"test": settings_url("", "test", page), "live": settings_url("", "live", page)}


module = Module(
    manifest=Manifest(
        name="stripe",
        title="Stripe",
        purpose=_("Cards, Apple Pay, Google Pay, SEPA and more, on Stripe's own payment page."),
        version="1.0",
        # Stripe takes 25 calls a second for one endpoint, in a sandbox for all of them together; a look makes one, or two or three.
        looks_per_second={"test": 10, "live": 20},
        settings=(
            SettingField(
                "secret_key",
                _("Secret key"),
                _(
                    "In Stripe under Developers › API keys. It begins with sk_; a restricted key, which may do only what it needs to, "
                    "with rk_."
                ),
                secret=True,
                links=_links("keys"),
            ),
            SettingField(
                "publishable_key",
                _("Publishable key"),
                _("On the same page as the secret key, right above it. It begins with pk_."),
                links=_links("keys"),
            ),
            SettingField(
                "webhook_secret",
                _("Webhook secret"),
                _(
                    "In Stripe under Developers › Webhooks, on the page of the endpoint: reveal its signing secret. It begins with whsec_. "
                    "Leave it empty to have the endpoint made here by a click."
                ),
                secret=True,
                required=False,
                links=_links("webhooks"),
                signs=True,
            ),
        ),
        permissions=PERMISSIONS,
        notices_by_hand=(
            _("In Stripe, open Developers › Webhooks and add an event destination for the events of your account."),
            _(
                "Choose any API version, the payload as snapshot or thin, and select all events: what is not needed is left aside here."
            ),
            _("As the type of destination choose a webhook endpoint, and paste the address above as its address."),
            _("Give it a name such as the name of your shop, and create it."),
            _(
                "Reveal its signing secret, which begins with whsec_, "
                "paste it among the keys as the webhook secret and test the connection."
            ),
        ),
    ),
    gateway=_gateway,
    setup=_setup,
    refunds=_refunds,
    books=_books,
    disputes=_disputes,
    vocabulary=_vocabulary,
)

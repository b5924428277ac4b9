"""The people of the back office: Olive owns it, Boris is billing, Sam has no permission, Alice is a customer, a guest is nobody."""

from __future__ import annotations

import pytest
from django.test import Client
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.setting_up import Setter
from tests.stripe import Stripe, stripe, stripe_server

from comptoir.customers.models import Customer, User
from comptoir.payments.models import Payment

__all__ = ["stripe", "stripe_server"]


@pytest.fixture
def alice() -> Customer:
    """A customer of a shop that is set up."""
    builders.shop()
    scenes.gateway()
    return builders.customer("Alice")


@pytest.fixture
def guest() -> Client:
    """Nobody."""
    return Client()


@pytest.fixture
def customer(alice: Customer) -> Client:
    """Alice, signed in."""
    return _signed_in(alice.user)


@pytest.fixture
def sam() -> User:
    """Staff, without any permission."""
    return User.objects.create_user("sam@example.org", builders.PASSWORD, is_staff=True)


@pytest.fixture
def staff(sam: User) -> Client:
    """Sam, signed in."""
    return _signed_in(sam)


@pytest.fixture
def owner() -> Client:
    """Olive, signed in."""
    return _signed_in(builders.owner())


@pytest.fixture
def boris() -> Client:
    """Billing, signed in: decides what is held, answers disputes, asks for refunds and approves those of others."""
    return _signed_in(builders.staff("Boris", "billing"))


@pytest.fixture
def payment(alice: Customer) -> Payment:
    """Alice has paid 99.90 by card."""
    return scenes.paid(alice)


@pytest.fixture
def olive(owner: Client, stripe: Stripe) -> Setter:
    """Olive, who sets the Stripe module up with the keys of the simulator's account."""
    builders.shop()
    return Setter(owner, stripe)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client

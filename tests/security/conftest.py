"""One world and one walk for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from tests.security.walk import Visit, Walked, undone, walk
from tests.security.world import World, build, secrets
from tests.stripe import Stripe, stripe, stripe_server

from comptoir.conf import conf
from comptoir.modules import queries as modules
from stripe_simulator.server import Server

__all__ = ["stripe", "stripe_server"]


@pytest.fixture(scope="session")
def walked(stripe_server: Server, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Walked:
    """The whole walk, made once; nothing of it is left in the database."""
    settings = conf().model_copy(update={"stripe_api_base": stripe_server.base_url})
    stripe_server.control.post("reset")
    with override_settings(STAFF_MFA_REQUIRED=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules, "conf", lambda: settings)
        with django_db_blocker.unblock(), undone():
            made = build(Stripe(stripe_server))
            return Walked(walk(made), secrets(made))


@pytest.fixture
def visits(walked: Walked) -> list[Visit]:
    """What everybody got."""
    return walked.visits


@pytest.fixture
def world(stripe: Stripe, db: None) -> Iterator[World]:
    """A world of the test's own."""
    with override_settings(STAFF_MFA_REQUIRED=True):
        yield build(stripe)

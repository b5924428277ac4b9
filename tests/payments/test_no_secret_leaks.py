"""Whatever answers in Stripe's place and says back: no key and no webhook secret is in a log line, an alert or a stored text."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import stripe as library
from django.apps import apps
from tests import builders
from tests.payments.steps import look

from comptoir.conf import conf
from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Pace, Wish
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.modules import queries as modules, setup
from comptoir.modules.api import CallRefusedError, OutcomeUnknownError, Subject
from comptoir.payments.actions.start import start
from comptoir.payments.models import Attempt
from comptoir_stripe import gateway

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = ("sk_test_51" + "s" * 40, "whsec_" + "w" * 32)


class Echo(BaseHTTPRequestHandler):
    """Answers every call with all that it was sent, its headers too: a proxy that is being debugged, or somebody who means harm."""

    protocol_version = "HTTP/1.0"
    how: ClassVar[str] = ""

    def answer(self) -> None:
        """As `how` says."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        said = f"{self.headers} {body} {SECRETS[1]}"
        error = {
            "type": "invalid_request_error",
            "message": said,
            "param": said,
            "doc_url": said,
            "request_log_url": said,
        }
        codes = {"code": said, "key": SECRETS[0], "param": ""}
        word, _space, named = self.how.partition(" ")
        told = json.dumps({"error": error | ({"code": codes[named], "param": SECRETS[0]} if named else {})})
        status = int(word) if word.isdigit() else 200
        told = f"<html>{said}</html>" if word == "page" else told
        self.send_response(status)
        self.send_header("X-Echo", said.replace("\n", " ").replace("\r", " "))
        self.send_header("Content-Length", str(len(told) + (100 if word == "half" else 0)))
        self.end_headers()
        self.wfile.write(told.encode())

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - as their parent calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of its parent
        """Say nothing: what this says is not ours."""


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody else answers in Stripe's place."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = conf().model_copy(update={"stripe_api_base": f"http://127.0.0.1:{server.server_port}"})
    monkeypatch.setattr(modules, "conf", lambda: settings)
    monkeypatch.setattr(library.RequestsClient, "_sleep_time_seconds", lambda _self, _count: 0)
    monkeypatch.setattr(gateway, "TIMEOUT_SECONDS", (1, 1))
    gateway._clients.clear()
    yield
    gateway._clients.clear()
    server.shutdown()
    server.server_close()


def calls() -> Iterator[str]:
    """What people and workers do, each under whatever comes back; the sentences that they read."""
    where = {"module": "stripe", "mode": "test"}
    alice = builders.customer("Alice")
    invoice = builders.invoice(alice, builders.product("VPS"))
    deeds = (
        lambda: start(invoice_id=invoice.pk, gateway="stripe", who="test"),
        lambda: setup.make_endpoint(**where, who="test"),  # type: ignore[arg-type]
        lambda: setup.endpoints(**where),  # type: ignore[arg-type]
        lambda: setup.read_methods(**where),  # type: ignore[arg-type]
        lambda: inbox.wish(Subject("stripe", "acct_echo", "test", "payment", "pi_1")),
        look,
    )
    for deed in deeds:
        Pace.objects.update(held_until=None)
        try:
            deed()
        except SaidError as error:
            yield str(error.sentence)
            yield error.cause
        except (CallRefusedError, OutcomeUnknownError) as error:
            yield str(error)


def stored() -> str:
    """Every row of every table, in words. What is sealed is stored as it cannot be read."""
    return "\n".join(repr(list(model._base_manager.values())) for model in apps.get_models())


@pytest.mark.parametrize(
    "how",
    [
        "500",
        "400",
        "400 code",
        "401",
        "400 key",
        "400 param",
        "402 code",
        "403 code",
        "404",
        "409",
        "429",
        "503",
        "page",
        "half",
        "200",
    ],
)
def test_no_secret_is_told_or_stored(
    how: str, echo: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Log lines are read before the net that hides secrets in production: none may need it."""
    monkeypatch.setattr(Echo, "how", how)
    builders.stripe_account(
        account="acct_echo", secret_key=SECRETS[0], publishable_key="pk_test_51" + "p" * 40, webhook_secret=SECRETS[1]
    )
    told = list(calls())
    assert told
    assert Attempt.objects.exists()
    assert Wish.objects.exists() or Alert.objects.exists()
    with contextlib.suppress(OSError):
        out, err = capfd.readouterr()
    for text in (*told, out, err, stored()):
        assert not any(secret in text for secret in SECRETS), how

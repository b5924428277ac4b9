"""What reaches `/stripe/api`: genuine notices are stored once; everything else is refused in a sentence and leaves nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.test import Client
from tests.stripe import Stripe

from comptoir.inbox.models import Notice, Wish
from comptoir.payments.models import Foreign, Payment
from comptoir.payments.sync import look_once

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/stripe/api"
SECRET = "whsec_" + "7" * 32


@pytest.fixture(autouse=True)
def _connected(stripe: Stripe) -> None:
    from tests import builders

    builders.stripe_account(
        account=stripe.account,
        secret_key=stripe.server.secret_key,
        publishable_key=stripe.server.publishable_key,
        webhook_secret=SECRET,
    )


def event(thing: dict[str, Any], kind: str = "payment_intent.succeeded", **more: Any) -> bytes:
    """A snapshot notice as Stripe's documentation has it."""
    body = {
        "id": "evt_1Nabc",
        "object": "event",
        "api_version": "2019-09-09",
        "created": int(time.time()),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return json.dumps({**body, **more}).encode()


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """The header Stripe-Signature."""
    stamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def post(body: bytes, signature: str | None, *, address: str = ADDRESS) -> tuple[int, str]:
    """Send a notice; returns status and text."""
    headers = {} if signature is None else {"Stripe-Signature": signature}
    answer = Client().post(address, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.content.decode()


INTENT = {"id": "pi_1", "object": "payment_intent", "metadata": {}}


@pytest.mark.parametrize("address", ["/stripe/api", "/stripe/api/"])
def test_a_genuine_notice_is_stored_with_its_wish(address: str) -> None:
    body = event(INTENT)
    assert post(body, sign(body), address=address) == (200, "Stored.")
    notice = Notice.objects.get()
    assert (notice.event_id, notice.claim, notice.subject_id, notice.done_at) == (
        "evt_1Nabc",
        "succeeded",
        "pi_1",
        None,
    )
    assert bytes(notice.payload or b"") == body
    wish = Wish.objects.get()
    assert (wish.kind, wish.external_id, wish.wanted, wish.done) == ("payment", "pi_1", 1, 0)


def test_the_same_notice_again_changes_nothing() -> None:
    body = event(INTENT)
    assert [post(body, sign(body))[0] for _ in range(3)] == [200, 200, 200]
    assert (Notice.objects.count(), Wish.objects.get().wanted) == (1, 1)


def test_another_notice_of_the_same_object_raises_the_wish() -> None:
    for number in range(3):
        body = event(INTENT, id=f"evt_{number}")
        post(body, sign(body))
    assert (Notice.objects.count(), Wish.objects.get().wanted) == (3, 3)


BODY = event(INTENT)


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        pytest.param(BODY, None, 400, id="no header"),
        pytest.param(BODY, "", 400, id="empty header"),
        pytest.param(BODY, "t=,v1=", 400, id="hollow header"),
        pytest.param(BODY, "t=abc,v1=00", 400, id="no time"),
        pytest.param(BODY, "\u00e9=1", 400, id="not ASCII"),
        pytest.param(BODY, sign(BODY, secret="whsec_other"), 400, id="forged"),
        pytest.param(BODY + b" ", sign(BODY), 400, id="changed on the way"),
        pytest.param(BODY, sign(BODY, at=time.time() - 400), 400, id="too old"),
        pytest.param(BODY, sign(BODY, at=time.time() + 86_400), 400, id="from the future"),
        pytest.param(b"\xff\xfe", sign(b"\xff\xfe"), 400, id="bytes"),
        pytest.param(b"[]", sign(b"[]"), 400, id="no event"),
        pytest.param(b"", sign(b""), 400, id="empty"),
        pytest.param(
            b'{"object": "event", "id": "evt_1"}', sign(b'{"object": "event", "id": "evt_1"}'), 400, id="half"
        ),
        pytest.param(b"[" * 100_000, sign(b"[" * 100_000), 400, id="deep"),
        pytest.param(BODY, f"v0=0, t={int(time.time())},{sign(BODY, at=time.time() - 86_400)}", 400, id="two times"),
        pytest.param(BODY, f"t={int(time.time())},v1=\u00e9", 400, id="digest not ASCII"),
        pytest.param(event(INTENT, type="\ud800"), sign(event(INTENT, type="\ud800")), 400, id="half a character"),
        pytest.param(
            event(INTENT, id="evt_" + "x" * 300), sign(event(INTENT, id="evt_" + "x" * 300)), 400, id="long id"
        ),
        pytest.param(b"x" * (1024 * 1024 + 1), "t=1,v1=00", 413, id="too large"),
    ],
)
def test_anything_else_is_refused_and_leaves_nothing(body: bytes, signature: str | None, status: int) -> None:
    got, text = post(body, signature)
    assert got == status, text
    assert "Nothing was stored." in text or "nothing was stored" in text
    assert "Traceback" not in text
    assert not Notice.objects.exists()
    assert not Wish.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options"])
def test_only_post_is_answered(method: str) -> None:
    answer = getattr(Client(), method)(ADDRESS)
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_an_unknown_module_is_a_404() -> None:
    assert post(BODY, sign(BODY), address="/nobody/api")[0] == 404


def test_live_and_test_never_meet() -> None:
    body = event(INTENT, livemode=True)
    assert post(body, sign(body))[0] == 400
    assert not Notice.objects.exists()


def test_a_genuine_notice_over_256_kib_is_stored_without_its_payload() -> None:
    body = event({**INTENT, "description": "x" * 300_000})
    assert post(body, sign(body))[0] == 200
    assert Notice.objects.get().payload is None


def test_a_type_that_we_do_not_know_is_stored_and_done() -> None:
    body = event({"id": "prod_1", "object": "product"}, "product.created")
    assert post(body, sign(body))[0] == 200
    assert Notice.objects.get().done_at is not None
    assert not Wish.objects.exists()


def test_a_foreign_payment_is_recorded_and_has_no_effect(stripe: Stripe) -> None:
    made = stripe.api("POST", "/v1/payment_intents", data={"amount": "500", "currency": "eur"})
    body = event(made, "payment_intent.created")
    assert post(body, sign(body))[0] == 200
    assert look_once(by="test")
    assert (Foreign.objects.get().reference, Payment.objects.count()) == (made["id"], 0)
    assert Notice.objects.get().note.english.startswith("not ours")


def test_an_object_that_does_not_exist_is_no_error(stripe: Stripe) -> None:
    body = event(INTENT, "payment_intent.created")
    post(body, sign(body))
    assert look_once(by="test")
    assert Notice.objects.get().done_at is not None


def test_a_replaced_secret_is_valid_for_a_day_and_no_longer(stripe: Stripe) -> None:
    from django.utils import timezone

    from comptoir.modules.models import FormerSettings

    stripe.connect()  # another secret is stored now
    body = event(INTENT)
    assert post(body, sign(body))[0] == 200
    FormerSettings.objects.update(until=timezone.now())
    later = event(INTENT, id="evt_later")
    assert post(later, sign(later))[0] == 400


def test_an_object_with_an_impossible_id_is_stored_and_nobody_looks() -> None:
    body = event({**INTENT, "id": "pi_" + "x" * 300})
    assert post(body, sign(body))[0] == 200
    assert not Wish.objects.exists()

"""The webhook: made with one button, checked, repaired; what the inbox lacks is counted and fetched."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone
from tests import builders
from tests.backoffice.setting_up import ADDRESS, WEBHOOK, Setter, attribute, lacks, shown, stored, told
from tests.jobs import run_jobs

from comptoir.inbox import catchup
from comptoir.inbox.models import LOST, CatchUp, Notice
from comptoir.kernel.models import AuditEntry
from comptoir.modules import actions, queries
from comptoir.modules.models import ModuleAccount
from comptoir.payments.actions.start import start

pytestmark = pytest.mark.django_db


def endpoints(olive: Setter) -> list[dict[str, object]]:
    found: list[dict[str, object]] = olive.stripe.api("GET", "/v1/webhook_endpoints")["data"]
    return found


def endpoint(olive: Setter, url: str = ADDRESS, **more: str) -> str:
    """An endpoint made by hand, for all events unless told otherwise."""
    made = olive.stripe.api("POST", "/v1/webhook_endpoints", data={"url": url, "enabled_events[]": "*", **more})
    return str(made["id"])


@pytest.fixture
def ready(olive: Setter) -> Setter:
    """The keys are stored, and the module is enabled."""
    olive.try_out(olive.keys())
    olive.client.post("/admin/modules/stripe/enabled/", {"enabled": "yes"})
    return olive


def test_before_the_keys_there_is_only_the_way(olive: Setter) -> None:
    page = olive.look()
    assert shown(page, "endpoint-address") == [ADDRESS]
    assert 'data-test="create-endpoint"' not in page
    assert shown(page, "by-hand")[0].count("whsec_") == 1
    assert "No keys are stored" in told(olive.press("endpoint"))
    assert "No keys are stored" in told(olive.press("missing"))


def test_one_button_makes_the_endpoint_and_stores_its_secret(ready: Setter) -> None:
    assert lacks(ready) == {"webhook-secret"}
    page = ready.press("endpoint")
    (made,) = endpoints(ready)
    assert (made["url"], "*" in made["enabled_events"]) == (ADDRESS, False)  # type: ignore[operator]
    assert made["api_version"]
    assert stored()["webhook_secret"].startswith("whsec_")
    assert stored()["secret_key"] == ready.keys()["secret_key"]
    assert str(made["id"]) in told(page)
    assert attribute(page, "endpoint", "data-id") == [made["id"]]
    assert "Made by this counter." in shown(page, "endpoint")[0]
    assert "not proven" in shown(page, "secret-state")[0]
    assert lacks(ready) == set()
    assert AuditEntry.objects.filter(verb="endpoint.made").count() == 1


def test_others_at_our_address_are_replaced_and_no_more(ready: Setter) -> None:
    old, elsewhere = endpoint(ready), endpoint(ready, "https://other.example/stripe/api")
    assert "(1 known)" in ready.press("check")
    ready.press("endpoint")
    ready.press("endpoint")
    left = {str(each["id"]): each["url"] for each in endpoints(ready)}
    assert len(left) == 2
    assert old not in left
    assert left.pop(elsewhere) == "https://other.example/stripe/api"
    assert list(left.values()) == [ADDRESS]
    row = queries.account(module="stripe", account=ready.stripe.account, mode="test")
    assert row.former_values, "what is on its way may be signed with the former secret"


def test_while_one_is_made_a_second_click_is_told_so(ready: Setter) -> None:
    actions.claim_endpoint(module="stripe", account=ready.stripe.account, mode="test")
    assert "Somebody else is doing this" in told(ready.press("endpoint"))
    assert endpoints(ready) == []


def test_a_refusal_is_a_sentence(ready: Setter) -> None:
    ready.stripe.fault("status:403", method="POST", path="/v1/webhook_endpoints")
    assert "permission that is missing" in told(ready.press("endpoint"))
    ready.stripe.fault("status:400", method="POST", path="/v1/webhook_endpoints")
    assert "Stripe refused this" in told(ready.press("endpoint"))
    ready.stripe.fault("drop_before", method="POST", path="/v1/webhook_endpoints", times=5)
    assert "no clear answer" in told(ready.press("endpoint"))
    assert stored()["webhook_secret"] == ""


def test_in_live_mode_no_endpoint_is_offered_without_https(ready: Setter, settings: Any) -> None:
    ready.try_out(ready.keys(mode="live"), mode="live")
    page = ready.look("live")
    assert "In live mode Stripe sends to https addresses alone" in shown(page, "endpoint-refusal")[0]
    assert 'data-test="create-endpoint"' not in page
    assert page.index('data-test="endpoint-refusal"') < page.index('data-test="by-hand"')
    assert shown(page, "endpoint-refusal")[0] in told(ready.press("endpoint", mode="live"))
    assert "/v1/webhook_endpoints" not in [each["path"] for each in ready.stripe.calls("POST")]
    page = ready.look("test")
    assert 'data-test="endpoint-refusal"' not in page
    assert 'data-test="create-endpoint"' in page
    settings.PUBLIC_URL = "https://shop.example.org"
    page = ready.look("live")
    assert 'data-test="endpoint-refusal"' not in page
    assert 'data-test="create-endpoint"' in page


def test_an_address_that_stripe_cannot_reach_is_a_sentence(ready: Setter, settings: Any) -> None:
    settings.PUBLIC_URL = "ftp://shop.example.org"  # the simulator takes any http address in test mode; Stripe does not
    said = told(ready.press("endpoint"))
    assert "does not take the address of this counter, ftp://shop.example.org (url_invalid)" in said
    assert "public address" in said
    assert stored()["webhook_secret"] == ""


def test_what_an_endpoint_lacks_is_shown_and_repaired(ready: Setter) -> None:
    lame = endpoint(ready, **{"enabled_events[]": "charge.succeeded", "api_version": "2019-09-09"})
    ready.stripe.api("POST", f"/v1/webhook_endpoints/{lame}", data={"disabled": "true"})
    ready.try_out(webhook_secret=WEBHOOK)
    page = ready.press("check")
    assert "switched off or lacks events" in told(page)
    for fact in ("switched off", "Made by hand.", "API version 2019-09-09.", "checkout.session.completed"):
        assert fact in shown(page, "endpoint")[0], fact
    assert lacks(ready) == {"endpoint"}
    page = ready.press("repair", endpoint=lame)
    assert "repaired" in told(page)
    (mended,) = endpoints(ready)
    assert mended["status"] == "enabled"
    assert "charge.succeeded" in mended["enabled_events"]  # type: ignore[operator]
    assert "checkout.session.completed" in mended["enabled_events"]  # type: ignore[operator]
    assert 'data-test="repair-endpoint"' not in page
    assert lacks(ready) == set()
    assert "no such endpoint" in told(ready.press("repair", endpoint="we_nothing"))


def test_an_endpoint_for_all_events_is_fine(ready: Setter) -> None:
    endpoint(ready, api_version="2019-09-09")
    page = ready.press("check")
    assert "sends us all that we need" in told(page)
    assert 'data-test="repair-endpoint"' not in page


def paid_unseen(ready: Setter) -> None:
    """Alice has paid, and no event has reached us."""
    invoice = builders.invoice(builders.customer("Alice"))
    ready.stripe.pay(start(invoice_id=invoice.pk, gateway="stripe", who="customer").url)
    ready.stripe.control.advance(5)  # what is booked a moment later has happened, too


def test_what_the_inbox_lacks_is_counted_and_fetched(ready: Setter) -> None:
    paid_unseen(ready)
    page = ready.press("check")
    (counted,) = attribute(page, "missing-events", "data-count")
    assert int(counted) > 0
    assert "payment_intent.succeeded" in shown(page, "missing-events")[0]
    assert Notice.objects.count() == 0, "the check stores nothing"
    page = ready.press("missing")
    assert attribute(page, "missing-events", "data-under-way") == ["true"]
    run_jobs()
    page = ready.look()
    assert attribute(page, "missing-events", "data-under-way") == ["false"]
    assert attribute(page, "missing-events", "data-count") == ["0"]
    assert Notice.objects.count() == int(counted)
    assert CatchUp.objects.get().stored == int(counted)
    ready.press("missing")
    run_jobs()
    assert Notice.objects.count() == int(counted), "each is stored once"
    assert CatchUp.objects.get().stored == 0


def test_a_fetch_that_stops_says_so_and_can_be_asked_for_again(ready: Setter) -> None:
    paid_unseen(ready)
    ready.press("check")
    ready.stripe.fault("drop_before", method="GET", path="/v1/events", times=9)
    ready.press("missing")
    run_jobs()
    page = ready.look()
    assert "The fetching stopped" in shown(page, "missing-events")[0]
    assert 'data-test="fetch-missing"' in page
    requests.delete(f"{ready.stripe.server.base_url}/_control/faults", timeout=10).raise_for_status()
    ready.press("missing")
    run_jobs()
    assert not CatchUp.objects.get().problem
    assert Notice.objects.exists()


def test_a_fetch_that_came_to_a_halt_says_so_and_gives_its_button_back(ready: Setter) -> None:
    paid_unseen(ready)
    page = ready.press("missing")
    assert attribute(page, "missing-events", "hx-trigger") == ["every 2s"]
    assert 'data-test="fetch-missing"' not in page
    CatchUp.objects.update(alive_at=timezone.now() - LOST)  # its worker was killed
    page = ready.look()
    assert attribute(page, "missing-events", "hx-trigger") == [], "nothing comes on: nobody asks every two seconds"
    assert "came to a halt" in shown(page, "missing-events")[0]
    assert 'data-test="fetch-missing"' in page
    ready.press("missing")
    run_jobs()
    assert "Fetched" in shown(ready.look(), "missing-events")[0]


def test_what_is_read_by_itself_is_said(ready: Setter) -> None:
    assert 'data-test="own-reading"' not in ready.look()
    catchup.start_due()
    run_jobs()
    assert "About every hour" in shown(ready.look(), "own-reading")[0]
    ready.stripe.fault("status:403", method="GET", path="/v1/events", times=9)
    CatchUp.objects.update(due_at=None)
    catchup.start_due()
    run_jobs()
    assert "The last reading stopped: no clear answer: reading was refused" in shown(ready.look(), "own-reading")[0]
    french = ready.look(language="fr")
    assert "La dernière lecture s’est interrompue" in shown(french, "own-reading")[0]


def test_the_last_event_is_found_by_an_index(ready: Setter) -> None:
    """The page must not read the whole inbox, least of all for a mode in which nothing ever arrived."""
    rows = Notice.objects.filter(module="stripe", account=ready.stripe.account, mode="live").order_by("-id")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.values_list("received_at", "type")[:1].explain()
    assert "inbox_notice_newest" in plan
    assert "Sort" not in plan


def test_two_clicks_are_one_fetch(ready: Setter) -> None:
    paid_unseen(ready)
    ready.press("missing")
    assert "being fetched already" in told(ready.press("missing"))
    assert run_jobs() >= 1
    assert CatchUp.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_endpoint(ready: Setter) -> None:
    """Two requests at the same moment, each slow at Stripe: one makes it, the other is told that somebody is at it."""
    from django.db import connections

    requests.post(f"{ready.stripe.server.base_url}/_control/latency", json={"ms": 300}, timeout=10).raise_for_status()
    answers: list[str] = []

    def click() -> None:
        other = Setter(ready.client.__class__(), ready.stripe)
        other.client.cookies = ready.client.cookies
        answers.append(told(other.press("endpoint")))
        connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
        time.sleep(0.05)
    for each in clicks:
        each.join()
    requests.post(f"{ready.stripe.server.base_url}/_control/latency", json={"ms": 0}, timeout=10).raise_for_status()
    assert len(endpoints(ready)) == 1
    assert sorted("is made" in each for each in answers) == [False, True]
    assert ModuleAccount.objects.get().busy_until is None


def deliver(ready: Setter, secret: str) -> int:
    """Our newest event arrives, signed with a secret as Stripe signs; returns the status of the answer."""
    event = ready.stripe.api("GET", "/v1/events")["data"][0]
    body, at = json.dumps(event), int(time.time())
    signature = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"stripe-signature": f"t={at},v1={signature}"}
    answer = ready.client.post("/stripe/api", body, content_type="application/json", headers=headers)
    return answer.status_code


def test_a_secret_is_proven_by_the_first_event_until_another_is_pasted(ready: Setter) -> None:
    ready.press("endpoint")
    paid_unseen(ready)
    former = stored()["webhook_secret"]
    assert "not proven" in shown(ready.look(), "secret-state")[0]
    assert deliver(ready, former) == 200
    page = ready.look()
    assert shown(page, "secret-state")[0].startswith("proven since")
    assert shown(page, "last-event")[0].startswith("now")
    ready.try_out(webhook_secret=WEBHOOK)
    assert "not proven" in shown(ready.look(), "secret-state")[0]
    assert deliver(ready, former) == 200, "for 24 hours what is on its way may be signed so"
    assert "not proven" in shown(ready.look(), "secret-state")[0], "it proves the former one alone"
    assert deliver(ready, WEBHOOK) == 200
    assert shown(ready.look(), "secret-state")[0].startswith("proven since")

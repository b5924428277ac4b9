"""The dashboard's clock, and what a hand can do to an object, by the pages alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests
from tests.simulator.conftest import pay_by_card, session_params
from tests.simulator.test_dashboard import submit

from stripe_simulator.dashboard.clock import DAY, business_days
from stripe_simulator.dashboard.keys import resources
from stripe_simulator.dashboard.texts import TEXTS
from stripe_simulator.moves import MOVES, Impossible, move, verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import stripe
    from tests.simulator.browser import Page
    from tests.simulator.receiver import Receiver

    from stripe_simulator.server import Server
    from stripe_simulator.types import Json
    from stripe_simulator.world import Mode

PAYMENTS = "/test/payments"


@pytest.fixture
def paid(
    client: stripe.StripeClient, simulator: Server, visiting: Callable[[str | None], Page]
) -> stripe.PaymentIntent:
    pay_by_card(visiting(client.v1.checkout.sessions.create(session_params()).url), "4242424242424242")
    simulator.control.advance(3)
    return client.v1.payment_intents.list().data[0]


def offset(simulator: Server) -> float:
    found: float = simulator.control.get("clock")["offset"]
    return found


def test_the_clock_is_moved_from_any_page(simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    page = visiting(simulator.base_url + PAYMENTS)
    shown = datetime.strptime(page.text("clock-now"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    assert abs(shown - simulator.control.get("clock")["now"]) < 5
    page = submit(page, "clock-hour")
    assert page.url == simulator.base_url + PAYMENTS  # back where the person was
    assert offset(simulator) == pytest.approx(3600, abs=2)
    page = submit(page, "clock-day")
    assert offset(simulator) == pytest.approx(3600 + 86400, abs=2)
    page = submit(page, "clock-advance", seconds="1 800")
    assert offset(simulator) == pytest.approx(3600 + 86400 + 1800, abs=2)
    before = offset(simulator)
    submit(page, "clock-business")
    assert offset(simulator) - before in (pytest.approx(8 * DAY, abs=2), pytest.approx(10 * DAY, abs=2))


def test_the_clock_stops_and_goes(simulator: Server, visiting: Callable[[str | None], Page]) -> None:
    page = submit(visiting(simulator.base_url + PAYMENTS), "clock-stop")
    assert simulator.control.get("clock")["frozen"]
    assert "clock-stop" not in page.tests
    assert page.find("clock-state").attrs["data-state"] == "stopped"
    page = submit(page, "clock-go")
    assert not simulator.control.get("clock")["frozen"]
    assert page.find("clock-state").attrs["data-state"] == "running"


@pytest.mark.parametrize("typed", ["", "0", "-5", "soon", "1.5", "9999999999"])
def test_what_is_no_step_of_the_clock(simulator: Server, visiting: Callable[[str | None], Page], typed: str) -> None:
    refused = submit(visiting(simulator.base_url + PAYMENTS), "clock-advance", seconds=typed)
    assert refused.status == 400
    assert refused.text("error") == TEXTS["fr"]["bad_seconds"]
    assert refused.find("back").attrs["href"] == PAYMENTS
    assert offset(simulator) == pytest.approx(0, abs=2)


def test_the_clock_leads_back_to_this_dashboard_only(simulator: Server) -> None:
    url = simulator.base_url + "/test/clock"
    for back in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", ""):
        sent = requests.post(url, data={"do": "hour", "back": back}, allow_redirects=False, timeout=5)
        assert (sent.status_code, sent.headers["Location"]) == (303, "/"), back
    refused = requests.post(url, data={"do": "hour"}, headers={"Origin": "https://evil.example"}, timeout=5)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("start", "days", "weekdays"),
    [("2026-11-23", 6, 8), ("2026-11-26", 6, 8), ("2026-11-28", 6, 9), ("2026-11-27", 1, 3), ("2026-11-29", 1, 1)],
)
def test_business_days_leave_out_the_weekend(start: str, days: int, weekdays: int) -> None:
    now = datetime.fromisoformat(start + "T15:30:00+00:00").timestamp()
    assert business_days(now, days) == weekdays * DAY


def test_six_business_days_settle_a_debit(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient
) -> None:
    page = visiting(client.v1.checkout.sessions.create(session_params()).url).choose("method-sepa_debit")
    page.fill(iban="FR1420041010050500013M02606", iban_name="Camille").press("pay")
    intent = client.v1.payment_intents.list().data[0]
    shown = visiting(f"{simulator.base_url}{PAYMENTS}/{intent.id}")
    assert shown.find("payment-state").attrs["data-state"] == "processing"
    assert submit(shown, "clock-business").find("payment-state").attrs["data-state"] == "succeeded"


@pytest.fixture
def applaud() -> Iterator[None]:
    """A move that nobody knew of when the page was written."""

    @move("applaud", "payment_intent")
    def run(_mode: Mode, intent: Json, code: str | None) -> Json:
        if code == "never":
            raise Impossible("Nobody claps.")
        intent["description"] = f"applauded {code}"
        return intent

    yield
    del MOVES["payment_intent", "applaud"]


@pytest.mark.usefixtures("applaud")
def test_a_new_move_appears_by_itself(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, paid: stripe.PaymentIntent
) -> None:
    page = visiting(f"{simulator.base_url}{PAYMENTS}/{paid.id}")
    refused = submit(page, "applaud", code="never")
    assert refused.status == 400
    assert TEXTS["fr"]["impossible"] in refused.text("error")
    assert "Nobody claps." in refused.text("error")
    submit(page, "applaud", code="loudly")
    assert client.v1.payment_intents.retrieve(paid.id).description == "applauded loudly"


def test_every_move_of_payments_is_offered(
    simulator: Server, visiting: Callable[[str | None], Page], paid: stripe.PaymentIntent
) -> None:
    page = visiting(f"{simulator.base_url}{PAYMENTS}/{paid.id}")
    wanted = {*verbs("payment_intent"), *verbs("charge")} - {"settle", "fail"}  # nothing waits here
    assert wanted <= page.tests
    assert not {"settle", "fail"} & page.tests


def test_an_unknown_move_is_refused(simulator: Server, paid: stripe.PaymentIntent) -> None:
    url = f"{simulator.base_url}{PAYMENTS}/{paid.id}/move"
    reply = requests.post(url, data={"do": "vanish"}, headers={"Accept-Language": "en"}, timeout=5)
    assert reply.status_code == 400
    assert TEXTS["en"]["unknown_move"] in reply.text
    foreign = requests.post(url, data={"do": "settle"}, headers={"Origin": "https://evil.example"}, timeout=5)
    assert foreign.status_code == 403


def test_every_move_has_words() -> None:
    for words in TEXTS.values():
        assert [verb for _, verb in MOVES if f"move_{verb}" not in words] == []


def test_every_permission_has_words() -> None:
    for words in TEXTS.values():
        assert [name for name in resources() if name not in words] == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_object_has_a_page(simulator: Server, paid: stripe.PaymentIntent, lang: str) -> None:
    assert paid.latest_charge
    secret = simulator.control.post("endpoints", url="https://shop.example/hook")["secret"]
    mode = simulator.world.test
    kinds = {thing["object"] for thing in mode.objects.values()}
    assert {"payment_intent", "charge", "event", "balance_transaction", "checkout.session"} <= kinds
    for thing in list(mode.objects.values()):
        url = f"{simulator.base_url}/test/objects/{thing['id']}"
        reply = requests.get(url, headers={"Accept-Language": lang}, timeout=5)
        assert reply.status_code == 200, thing
        assert f'<html lang="{lang}">' in reply.text
        assert thing["id"] in reply.text
        assert secret not in reply.text
    for path in ("objects", "disputes", "payouts", *(f"objects?kind={kind}" for kind in kinds)):
        reply = requests.get(f"{simulator.base_url}/test/{path}", headers={"Accept-Language": lang}, timeout=5)
        assert reply.status_code == 200, path
        assert "<script" not in reply.text


def test_objects_are_listed_by_kind(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, paid: stripe.PaymentIntent
) -> None:
    for _ in range(2):
        client.v1.customers.create({})
    page = visiting(simulator.base_url + "/test/objects?kind=customer")
    assert page.text("kind-customer") == f"customer {len(client.v1.customers.list().data)}"
    shown = {element.text for element in page.elements if element.test == "object-id"}
    assert shown == {customer.id for customer in client.v1.customers.list().data}
    assert paid.id not in page.html
    assert paid.id in visiting(simulator.base_url + "/test/objects").html
    assert visiting(simulator.base_url + "/test/objects?kind=unicorn").text("none") == TEXTS["fr"]["no_objects"]
    assert visiting(simulator.base_url + "/test/disputes").text("none") == TEXTS["fr"]["no_disputes"]
    assert visiting(simulator.base_url + "/objects/" + paid.id).status == 404  # the other mode


def test_an_object_tells_its_events_and_is_moved(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient
) -> None:
    session = client.v1.checkout.sessions.create(session_params())
    page = visiting(f"{simulator.base_url}/test/objects/{session.id}")
    assert page.find("expire").attrs["value"] == "expire"
    moved = submit(page, "expire")
    assert moved.text("object-state").startswith("expired")
    assert "checkout.session.expired" in moved.text("event")
    assert "expire" not in moved.tests
    stale = submit(page, "expire")  # pressed on a page that was open for long
    assert stale.status == 400
    assert TEXTS["fr"]["impossible"] in stale.text("error")
    reply = requests.post(page.url + "/move", data={"do": "expire"}, headers={"Origin": "null"}, timeout=5)
    assert reply.status_code == 403


def test_a_dispute_by_hand(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, paid: stripe.PaymentIntent
) -> None:
    submit(visiting(f"{simulator.base_url}{PAYMENTS}/{paid.id}"), "dispute", code="fraudulent")
    (dispute,) = client.v1.disputes.list().data
    listed = visiting(simulator.base_url + "/test/disputes")
    assert listed.text("object-id") == dispute.id
    page = visiting(f"{simulator.base_url}/test/objects/{dispute.id}")
    assert {"win", "lose"} <= page.tests
    assert submit(page, "lose").text("object-state") == "lost"
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"


def test_every_attempt_of_an_event_is_shown(
    simulator: Server, visiting: Callable[[str | None], Page], client: stripe.StripeClient, receiver: Receiver
) -> None:
    client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    silent = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/none", "enabled_events": ["*"]})
    customer = client.v1.customers.create({})
    receiver.wait_for(1)
    simulator.control.advance(6)  # the silent one is called again
    page = visiting(f"{simulator.base_url}/test/objects/{customer.id}")
    again = submit(page, "resend")
    rows = [element.text for element in again.elements if element.test == "delivery"]
    assert sum(silent.id in row for row in rows) == 3
    assert sum("200" in row for row in rows) == 2
    numbers = [element.text for element in again.elements if element.test == "delivery-attempt"]
    assert sorted(numbers) == ["1", "1", "2", *[TEXTS["fr"]["by_hand"]] * 2]
    assert len(receiver.events) == 2

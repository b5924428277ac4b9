"""`bin/live-check`, simulator beside simulator: the same when they are the same, and what differs is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import requests
from bin.live_check.__main__ import main, refused
from bin.live_check.compare import Difference, compare
from bin.live_check.run import Records, differing, obstacle, report, run
from bin.live_check.scenarios import DECLINES, SCENARIOS
from bin.live_check.side import Record, Side

from stripe_simulator.schema import load_requests
from stripe_simulator.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Change = Callable[[str, Any], None]

VERSION = load_requests().version


@pytest.fixture(scope="module")
def other() -> Iterator[Server]:
    with Server() as server:
        yield server


def beside(there: str, key: str, ours: Server, *names: str) -> Records:
    """The records of these scenarios at an address and in a simulator."""
    sides = (
        Side("there", there, key, VERSION, poll=0.1),
        Side("here", ours.base_url, ours.secret_key, VERSION, poll=0.1),
    )
    try:
        return run(*sides, names=names, quiet=0.3, say=lambda _text: None)
    finally:
        for side in sides:
            side.close()


def told(there: str, key: str, ours: Server, *names: str) -> list[str]:
    return [f"{one.step}: {one.text}" for one in differing(beside(there, key, ours, *names))]


class Changed:
    """A proxy that changes answers on their way. `with Changed(server, change) as url:`."""

    def __init__(self, server: Server, change: Change) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                kept = {
                    name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}
                }
                url = server.base_url + self.path
                reply = requests.request(self.command, url, data=body, headers=kept, timeout=30)
                thing = reply.json()
                change(self.path, thing)
                raw = json.dumps(thing).encode()
                self.send_response(reply.status_code)
                for name in reply.headers.keys() - {"content-length", "date", "server"}:
                    self.send_header(name, reply.headers[name])
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_POST = do_DELETE = do_GET  # noqa: N815 - names of the standard library

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_two_simulators_do_not_differ_in_any_scenario(simulator: Server, other: Server) -> None:
    records = beside(other.base_url, other.secret_key, simulator)
    assert differing(records) == []
    assert set(records) == set(SCENARIOS)
    assert [record.stopped for pair in records.values() for record in pair if record.stopped] == []


def test_the_scenarios_meet_what_they_are_named_after(simulator: Server, other: Server) -> None:
    names = ("declined cards", "the bank asks, and nobody is there", "refunds", "idempotency", "bad cursors")
    _, here = zip(*beside(other.base_url, other.secret_key, simulator, *names).values(), strict=True)
    declines, alone, refunds, repeated, cursors = here
    assert [answer.status for answer in declines.steps.values()] == [402] * len(DECLINES)
    assert alone.steps["charge without the customer"].need("error", "code") == "authentication_required"
    assert {name for name, answer in refunds.steps.items() if answer.status == 400} == {"too much", "once more"}
    assert "charge.refunded" in [event["type"] for event in refunds.events]
    assert repeated.steps["first"].need("id") == repeated.steps["again"].need("id")
    assert "Idempotent-Replayed" in repeated.steps["again"].headers
    assert {step for step, answer in cursors.steps.items() if answer.status != 400} == {"events of no such type"}


def test_a_changed_field_is_told(simulator: Server, other: Server) -> None:
    def change(path: str, thing: Any) -> None:
        if path == "/v1/customers" and thing.get("object") == "customer":
            del thing["balance"]
            thing["colour"], thing["invoice_prefix"] = "green", 7

    with Changed(other, change) as url:
        found = told(url, other.secret_key, simulator, "a customer")
    assert "create: balance: here alone (number)" in found
    assert "create: colour: there alone (text)" in found
    assert any(text.startswith("create: invoice_prefix: number there") for text in found)
    assert all(text.startswith("create: ") for text in found)


def test_another_word_of_an_error_is_told(simulator: Server, other: Server) -> None:
    def change(_path: str, thing: Any) -> None:
        if thing.get("error", {}).get("param") == "colour":
            thing["error"]["code"] = "colour_unknown"

    with Changed(other, change) as url:
        found = told(url, other.secret_key, simulator, "bad parameters")
    assert found[0] == "unknown: error.code: 'colour_unknown' there, 'parameter_unknown' here"
    assert len(found) == 2


def test_events_in_another_order_are_told(simulator: Server, other: Server) -> None:
    def change(path: str, thing: Any) -> None:
        if path.startswith("/v1/events?"):
            thing["data"].reverse()

    with Changed(other, change) as url:
        found = told(url, other.secret_key, simulator, "a card payment and its fee")
    assert any("in another order there: charge.updated" in text for text in found)


def test_an_answer_that_is_cut_or_missing_is_told(simulator: Server, other: Server) -> None:
    other.control.post("faults", method="DELETE", path="/v1/customers/*", do="garbage")
    other.control.post("faults", method="GET", path="/v1/customers/*/payment_methods", do="drop_after", times=5)
    found = told(other.base_url, other.secret_key, simulator, "a customer")
    other.control.delete("faults")
    assert "delete: no JSON there" in found
    assert "payment methods: status 0 there, 200 here" in found


def test_a_scenario_that_cannot_go_on_is_told(simulator: Server, other: Server) -> None:
    other.control.post("faults", method="POST", path="/v1/checkout/sessions", do="status:500")
    found = told(other.base_url, other.secret_key, simulator, "a Checkout Session")
    other.control.delete("faults")
    assert "create: status 500 there, 200 here" in found
    assert ": stopped there: no id came (status 500); here: no" in found


def test_timing_is_told_only_when_it_is_far_apart() -> None:
    near, far = Record(waits={"fee": 2.0}), Record(waits={"fee": 9.0})
    assert compare("fees", near, near) == []
    assert compare("fees", far, near) == [Difference("fees", "fee", "timing", "after 9.0 s there, 2.0 s here")]


@pytest.mark.parametrize(
    "key", ["", "sk_test_", "pk_test_51abc", "rk_test_51abc", "sk_live_51abc", "rk_live_51abc", "abc"]
)
def test_only_a_secret_test_key_is_used(
    key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", key)
    assert main([]) == 2  # before anything is sent: the tests may not leave this machine
    shown = capsys.readouterr()
    assert "51abc" not in shown.out + shown.err
    assert refused("sk_test_51abcABC") is None


def test_a_side_that_cannot_be_asked_is_said_in_one_sentence(simulator: Server) -> None:
    key = "sk_test_51NobodysOwn"
    for base, words in (
        (simulator.base_url, "refuses the key (status 401)"),
        ("http://127.0.0.1:9", "cannot be reached"),
    ):
        side = Side("Stripe", base, key, VERSION, poll=0.1)
        found = obstacle(side)
        side.close()
        assert found is not None
        assert words in found
        assert key not in found
    side = Side("Stripe", simulator.base_url, simulator.secret_key, VERSION, poll=0.1)
    assert obstacle(side) is None
    side.close()


def test_the_command_compares_two_simulators_without_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRIPE_TEST_KEY", raising=False)
    assert main(["--simulator", "a customer", "bad cursors"]) == 0
    assert "2 scenarios, 16 requests a side, 0 differences." in capsys.readouterr().out
    assert "## bad cursors: the same" in (tmp_path / "var/live-check/report.md").read_text(encoding="utf-8")


def test_the_key_is_not_in_the_report(simulator: Server, other: Server) -> None:
    records = beside(other.base_url, other.secret_key, simulator, "bad parameters")
    text = report(records, differing(records), ("Stripe", "the simulator"))
    assert "the same" in text
    assert other.secret_key not in text
    assert other.secret_key[-24:] not in text

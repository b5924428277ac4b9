"""What is covered is told by the code itself, and the document says the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.simulator.inside import Inside

from stripe_simulator import coverage
from stripe_simulator.cli import main
from stripe_simulator.registry import ROUTES
from stripe_simulator.schema import load_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).parents[2] / "docs" / "coverage-simulator.md"


@pytest.fixture(scope="module")
def inside() -> Iterator[Inside]:
    made = Inside()
    yield made
    made.close()


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == coverage.report(), f"Run: {coverage.COMMAND}"


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--coverage"]) == 0
    printed = capsys.readouterr().out
    assert printed == coverage.report()
    assert "| v1/refunds | " in printed
    assert "- `charge.refunded`" in printed
    assert "| 4242424242424242 | paid | `pm_card_visa` |" in printed


def test_every_call_of_emit_names_events_of_stripes() -> None:
    known = set(load_requests().known().event_types)
    calls = [(file, call) for file in coverage.sources() for call in coverage.calls(file, coverage.EMIT)]
    assert len(calls) > 20
    for file, call in calls:
        assert coverage.kinds_of(call, file, known), f"{file.name}:{call.lineno}"


def test_each_operation_refuses_what_stripe_does_not_know(inside: Inside) -> None:
    for operation in inside.catalog.operations:
        second = operation.path.startswith("/v2/")
        path = "/".join("x_1" if part.startswith("{") else part for part in operation.path.split("/"))
        sent = '{"nope": "1"}' if second else "nope=1"
        if operation.method == "GET" or (operation.method == "DELETE" and not second):
            path, sent = f"{path}?nope=1", ""
        answer = inside(operation.method, path, sent, kind="application/json" if second else inside.FORM)
        assert answer.status == 400, operation
        assert (answer.error["code"], answer.error["param"]) == ("parameter_unknown", "nope"), operation


def test_each_operation_asks_for_what_it_needs_before_it_says_that_it_is_not_built(inside: Inside) -> None:
    asked = bare = 0
    for operation in inside.catalog.operations:
        if (operation.method, operation.path) in ROUTES:
            continue
        needed = inside.catalog.resolve(operation.schema)["r"]
        path = "/".join("x_1" if part.startswith("{") else part for part in operation.path.split("/"))
        kind = "application/json" if path.startswith("/v2/") else inside.FORM
        answer = inside(operation.method, path, "", kind=kind)
        if needed:
            asked += 1
            assert answer.status == 400, operation
            assert (answer.error["code"], answer.error["param"]) == ("parameter_missing", needed[0]), operation
        else:
            bare += 1
            assert answer.status == 501, operation
            assert f"({operation.method} {operation.path}) is not implemented" in answer.error["message"]
    assert asked > 50
    assert bare > 300


BAD = [  # operation, body, code, param
    ("POST /v1/coupons", "percent_off=abc", None, "percent_off"),
    ("POST /v1/coupons", "duration_in_months=1.5", "parameter_invalid_integer", "duration_in_months"),
    ("POST /v1/coupons", "duration=never", None, "duration"),
    ("POST /v1/subscriptions", "customer=cus_1&items[0][nope]=1", "parameter_unknown", "items[0][nope]"),
    ("POST /v1/subscriptions", "customer=", "parameter_invalid_empty", "customer"),
    ("GET /v1/invoices?limit=ten", "", "parameter_invalid_integer", "limit"),
    ("DELETE /v1/coupons/x?nope=1", "", "parameter_unknown", "nope"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]}")
def test_what_is_not_built_is_refused_first_as_stripe_refuses_it(
    inside: Inside, case: tuple[str, str, str | None, str]
) -> None:
    named, body, code, param = case
    method, path = named.split()
    answer = inside(method, path, body)
    assert answer.status == 400
    assert (answer.error.get("code"), answer.error["param"]) == (code, param)


def test_the_key_comes_before_the_parameters(inside: Inside) -> None:
    answer = inside("POST", "/v1/coupons", "nope=1", headers={"Authorization": "Bearer sk_test_nobody"})
    assert answer.status == 401

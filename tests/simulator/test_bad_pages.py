"""Whatever comes to a page, to the control API or with a strange method is answered: never an error of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from tests.simulator.asking import Door, often, opened
from tests.simulator.inside import Inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulator.guard import Guard


@pytest.fixture(scope="module")
def door(watch: Guard) -> Iterator[Door]:
    yield from opened(watch)


PAGES = [
    *("/", "/test/payments", "/test/payments/{}", "/test/objects?kind={}", "/test/objects/{}", "/test/events/{}"),
    *("/test/webhooks/{}", "/test/webhooks/create?{}", "/payouts?{}", "/test/settings/payment_methods?{}"),
    *("/c/pay/{}", "/c/step/{}/{}", "/c/receipt/{}", "/p/session/{}", "/_control/objects/{}", "/_control/keys/{}"),
    *("/_control/clock", "/_control/faults", "/test/payments/{}/move", "/test/clock", "/{}", "/payouts/?{}", "/c/{}"),
    *("/_control/requests?after={}", "/_control/deliveries/{}/resend", "/_control/secrets/{}/roll", "/_control/{}"),
    *("/_control/endpoints/{}", "/test/events/{}/resend", "/test/objects/{}/move", "/test/apikeys/?{}", "/c/static/{}"),
]
WIRE = st.binary(max_size=30).map(
    lambda raw: b"".join(b"%%%02x" % byte if byte < 33 or byte > 126 else bytes([byte]) for byte in raw)
)
RAW = st.binary(max_size=30).map(lambda raw: raw.translate(None, b" \r\n?#/"))


# what a browser sends besides: who it is, where it comes from, in which language
BESIDES = st.dictionaries(
    st.sampled_from(["host", "origin", "accept-language", "cookie", "x-forwarded-host"]),
    st.sampled_from(["", "\u00ff", "127.0.0.1:99999", "[", "http://[", "fr;q=x", "null", ";;=,", "a" * 9000]),
    max_size=2,
)
SENT = st.tuples(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.binary(max_size=200),
    st.sampled_from([Inside.FORM, "application/json", "multipart/form-data; boundary=x", "\u00ff"]),
)


@given(page=st.sampled_from(PAGES), part=WIRE | RAW, sent=SENT, besides=BESIDES)
@often(400)
def test_no_page_and_no_control_breaks(
    door: Door, page: str, part: bytes, sent: tuple[str, bytes, str], besides: dict[str, str]
) -> None:
    method, body, kind = sent
    before, braces, after = page.encode().partition(b"{}")
    path = before + (part if braces else b"") + after.replace(b"{}", part)
    assert door.inside(method, path, body, kind=kind, headers=besides).status < 500
    assert door.listener.heard == []


ADDRESSES = [
    *(
        "/v1",
        "/v1/customers",
        "/v1/customers/cus_1",
        "/v1/files/file_1/contents",
        "/v1/nowhere",
        "/v2",
        "/v2/core/events",
    ),
    *("/", "/test/payments", "/payouts", "/c/pay/cs_1", "/c/static/page.css", "/nowhere", "/favicon.ico"),
]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PATCH", "PUT", "OPTIONS", "BREW"])
def test_a_method_that_stripe_does_not_know_is_refused_in_its_form(door: Door, method: str, path: str) -> None:
    answer = door.inside(method, path)
    assert (answer.status, answer.error["type"]) == (404, "invalid_request_error")
    assert answer.error["message"].startswith(f"Unrecognized request URL ({method}: {path}).")
    assert answer.headers["request-id"].startswith("req_")


@pytest.mark.parametrize(
    "call", ["TRACE /_control/clock", "PUT /_control/faults", "GET /_control/nope", "GET /_control"]
)
def test_a_control_call_that_is_none_is_told_in_the_form_of_the_controls(door: Door, call: str) -> None:
    method, path = call.split()
    answer = door.inside(method, path)
    assert (answer.status, answer.json()) == (404, {"error": f"There is no control call {call}."})


CALLS: dict[str, tuple[str, ...]] = {
    "clock": ("advance", "set", "frozen"),
    "faults": ("do", "method", "path", "nth", "times"),
    "deliveries": ("rule", "schedule", "disable_after"),
    "endpoints": ("url", "payload", "api_version", "enabled_events", "description", "mode"),
    "payments": ("amount", "currency", "description", "card", "mode"),
    "keys": ("mode", "permissions"),
    "account": ("charges_enabled", "capabilities", "settlement_currencies"),
    "latency": ("ms",),
    "rate-limit": ("per_second", "updates_per_hour", "stripe"),
    "payouts/run": ("mode", "currency"),
    "objects/cus_1": ("do", "code"),
}
ODD = st.sampled_from(
    [
        *(
            b"null",
            b"true",
            b"-1",
            b"1e999",
            b"NaN",
            b"9" * 400,
            b"9" * 5000,
            b'""',
            b'"\\ud800"',
            b'"\\u0000"',
            b'"eur"',
        ),
        *(b"[]", b"{}", b"[[]]", b'[""]', b'{"a": {}}', b"[" * 5000, b'"live"', b'"drop"', b'"status:418"', b'"*"'),
    ]
)


@given(data=st.data())
@often(400)
def test_no_body_breaks_a_control(door: Door, data: st.DataObject) -> None:
    """Numbers that would do something to the clock are not among them: nothing may fall due here."""
    call = data.draw(st.sampled_from(sorted(CALLS)))
    names = st.sampled_from([*CALLS[call], *CALLS[call], "nope", "\\udfff"])
    filled = data.draw(st.dictionaries(names, ODD, max_size=4))
    body = b"{" + b", ".join(b'"%s": %s' % (name.encode(), value) for name, value in filled.items()) + b"}"
    answer = door.inside("POST", f"/_control/{call}", body, kind="application/json")
    assert answer.status in {200, 400, 404, 409}, answer.raw
    assert answer.status == 200 or set(answer.json()) == {"error"}
    assert door.listener.heard == []

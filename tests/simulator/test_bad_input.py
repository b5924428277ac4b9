"""Whatever comes through the door, the answer has Stripe's form: never an error of our own, never a logged traceback."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.simulator.guard import ERROR_TYPES
from tests.simulator.inside import Inside

from stripe_simulator.registry import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulator.guard import Guard
    from tests.simulator.inside import Answer

    from stripe_simulator.schema import Node, Operation

REFUSALS = {400, 401, 402, 403, 404, 409, 501}
CARD = (
    "amount=2500&currency=eur&confirm=true&payment_method=pm_card_visa&automatic_payment_methods[enabled]=true"
    "&automatic_payment_methods[allow_redirects]=never"
)
LINE = "line_items[0][quantity]=1&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=2500"
SESSION = f"mode=payment&success_url=https://shop.example/&{LINE}&line_items[0][price_data][product_data][name]=VPS"


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


class Door:
    """Asks, and holds the answer against Stripe's form."""

    def __init__(self, inside: Inside, watch: Guard, listener: Listener) -> None:
        self.inside, self.watch, self.listener = inside, watch, listener
        self.known = self._things()
        error = next(name for name in watch.catalog.definitions if name.endswith("_error_object.py:ErrorObject"))
        self.words = {*watch.catalog.definitions[error]["p"], "request_log_url"}
        self._params: dict[str, st.SearchStrategy[dict[str, Any]]] = {}

    def params(self, operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
        """Parameters of an operation, good or bad; made once, for that takes longer than drawing."""
        if operation.name not in self._params:
            self._params[operation.name] = fields(self, self.inside.catalog.resolve(operation.schema), 0)
        return self._params[operation.name]

    def _things(self) -> list[str]:
        """Ids of real objects, for what must be found before anything can go wrong."""
        made = [
            self.inside("POST", f"/v1/{path}", body).json()["id"]
            for path, body in [
                ("customers", "email=a@example.com"),
                ("payment_intents", CARD),
                ("payment_intents", "amount=2500&currency=eur"),
                ("checkout/sessions", SESSION),
                ("webhook_endpoints", "url=https://a.example/&enabled_events[]=*"),
            ]
        ]
        world = self.inside.app.state.world
        world.clock.offset += 10
        self.inside("GET", "/v1/payment_method_configurations")
        kinds = ("charge", "payment_method", "event", "payment_method_configuration")
        return [*made, *(thing["id"] for kind in kinds for thing in world.test.all(kind))]

    def check(self, method: str, wire: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answer:
        answer = self.inside.raw(method, wire, headers, body)
        assert self.listener.heard == []
        path = wire.partition(b"?")[0].decode("latin-1")
        if answer.status != 200:
            assert answer.status in REFUSALS
            assert set(answer.json()) == {"error"}
            assert answer.error["type"] in ERROR_TYPES
            assert answer.error["message"]
            assert set(answer.error) <= self.words
        else:
            assert self.watch.answer(method, path, answer.status, answer.json()) == []
        assert answer.headers["request-id"].startswith("req_")
        return answer

    def ask(self, method: str, wire: bytes, body: bytes, kind: str) -> Answer:
        key = self.inside.settings.secret_key.encode()
        headers = [(b"authorization", b"Bearer " + key), (b"content-type", kind.encode())]
        return self.check(method, wire, headers, body)


@pytest.fixture(scope="module")
def door(watch: Guard) -> Iterator[Door]:
    inside, listener = Inside(), Listener()
    logging.getLogger().addHandler(listener)
    made = Door(inside, watch, listener)
    yield made
    logging.getLogger().removeHandler(listener)
    inside.close()


def often(examples: int) -> Callable[[Any], Any]:
    """The same cases at every run, so that a failure stays until it is mended."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


METHODS = st.sampled_from(["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"])
RUBBISH = st.sampled_from(
    [
        b"%",
        b"%zz",
        b"%00",
        b"%ff",
        b"%c3%28",
        b"%ed%a0%80",
        b"%2F",
        b"%2e%2e",
        b"//",
        b"?",
        b"#",
        b"\xff",
        b"\x00",
        b"\t",
    ]
)
PARTS = st.sampled_from([b"customers", b"charges", b"payment_intents", b"core", b"events", b"x", b"search", b"{id}"])
PATHS = st.lists(PARTS | RUBBISH | st.binary(max_size=4), max_size=5).map(b"/".join)
NAMES = st.sampled_from(
    [
        b"limit",
        b"expand",
        b"[",
        b"]",
        b"[]",
        b"[0]",
        b"[-1]",
        b"[99999999999999999999]",
        b"created",
        b"gte",
        b"metadata",
    ]
)
QUERIES = st.lists(
    st.one_of(NAMES, RUBBISH, st.sampled_from([b"=", b"&", b"+", b";", b"data.customer", b"9" * 5000])), max_size=8
).map(b"".join)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                b"authorization",
                b"stripe-version",
                b"idempotency-key",
                b"content-type",
                b"content-length",
                b"stripe-account",
            ]
        ),
        st.binary(max_size=12)
        | st.sampled_from(
            [
                b"Bearer ",
                b"Basic \xff",
                b"Basic Og==",
                b"[",
                b"2019-09-09",
                b"application/json",
                b"\xff\xfe",
                b"k" * 300,
            ]
        ),
    ),
    max_size=4,
)


ROOTS = st.sampled_from([b"/v1/", b"/v2/"])
LINES = st.tuples(METHODS, st.tuples(ROOTS, PATHS, st.just(b"?"), QUERIES).map(b"".join))


@given(line=LINES, headers=HEADERS, body=st.binary(max_size=40) | QUERIES)
@often(1000)
def test_any_bytes_at_any_address(
    door: Door, line: tuple[str, bytes], headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    key = (b"authorization", b"Bearer " + door.inside.settings.secret_key.encode())
    door.check(*line, [*headers, key], body)  # the first of two headers counts


LEAVES = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1",
            "true",
            "eur",
            "EUR",
            "é",
            "\x00",
            "\ud800",
            "9" * 30,
            "1e9",
            "NaN",
            "pm_card_visa",
            "card",
        ]
    ),
    st.text(max_size=6),
)


def values(door: Door, node: Node, depth: int = 0) -> st.SearchStrategy[Any]:
    """What a parameter of this type may be, good or bad."""
    node = door.inside.catalog.resolve(node)
    wild = LEAVES | st.sampled_from(door.known)
    if depth > DEEPEST or node["t"] not in SHAPES:
        return wild
    return SHAPES[node["t"]](door, node, depth) | wild


def inner(door: Door, node: Node, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: values(door, node, depth))


def fields(door: Door, node: Node, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    known = node["p"]
    if not known:
        return st.just({})
    names = st.lists(st.sampled_from(sorted(known)), max_size=3, unique=True)

    def filled(chosen: list[str]) -> st.SearchStrategy[dict[str, Any]]:
        wanted = {*chosen, *node["r"]}
        return st.fixed_dictionaries({name: values(door, known[name], depth) for name in sorted(wanted)})

    return names.flatmap(filled)


DEEPEST = 4
INTEGERS = st.integers(-2, 10**6).map(str) | st.sampled_from(["0", "99999999", "9" * 18, "1700000000"])
SHAPES: dict[str, Callable[[Door, Node, int], st.SearchStrategy[Any]]] = {
    "enum": lambda _door, node, _depth: st.sampled_from([str(value) for value in node["v"]]),
    "int": lambda _door, _node, _depth: INTEGERS,
    "bool": lambda _door, _node, _depth: st.sampled_from(["true", "false"]),
    "list": lambda door, node, depth: st.lists(inner(door, node["i"], depth + 1), max_size=2),
    "map": lambda door, node, depth: st.dictionaries(LEAVES, inner(door, node["i"], depth + 1), max_size=2),
    "union": lambda door, node, depth: st.one_of([inner(door, item, depth) for item in node["a"]]),
    "obj": lambda door, node, depth: fields(door, node, depth + 1),
}


def flat(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{at}[{key}]" if at else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flat(item, f"{at}[{index}]")
    else:
        yield at, value


def send(door: Door, draw: Callable[[Any], Any], operation: Operation) -> None:
    params = draw(door.params(operation))
    ids = st.sampled_from(door.known) | st.sampled_from(["x", "é", "\x00", "a b", "default"])
    path = "/".join(
        quote(draw(ids), safe="") if part.startswith("{") else part for part in operation.path.split("/")
    ).encode()
    if operation.path.startswith("/v2/") and operation.method != "GET":
        door.ask(operation.method, path, json.dumps(params).encode(), "application/json")
        return
    form = urlencode(list(flat(params)), errors="surrogatepass").encode()
    if operation.method == "POST":
        door.ask("POST", path, form, Inside.FORM)
    else:
        door.ask(operation.method, path + b"?" + form, b"", Inside.FORM)


@given(data=st.data())
@often(700)
def test_the_operations_that_are_built(door: Door, data: st.DataObject) -> None:
    built = [item for item in door.inside.catalog.operations if (item.method, item.path) in ROUTES]
    send(door, data.draw, data.draw(st.sampled_from(built)))


@given(data=st.data())
@often(300)
def test_every_operation_of_stripes(door: Door, data: st.DataObject) -> None:
    send(door, data.draw, data.draw(st.sampled_from(door.inside.catalog.operations)))


HOSTILE = [
    b"a" + b"[b]" * 5000 + b"=1",
    b"&".join(b"k%d=1" % number for number in range(5000)),
    b"name=a&name[x]=b&name=c&name[]=d",
    b"metadata[0]=x&metadata[a]=y",
    b"metadata[%00]=%ff&metadata[%ed%a0%80]=1",
    b"amount=" + b"9" * 100_000 + b"&currency=eur",
    b"amount=%D9%A1%D9%A2&currency=eur",
    b"expand[]=" + b"a." * 3000,
    b"expand[0][0]=a&expand=b",
    b"[=]&]=[&=&==",
    b"created[gte][lte]=1",
    "naïve=1".encode("utf-16"),
]


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/payment_intents", "/v1/checkout/sessions", "/v1/coupons"])
@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:16]))
def test_hostile_forms(door: Door, path: str, body: bytes) -> None:
    assert door.ask("POST", path.encode(), body, Inside.FORM).status in {200, 400, 501}
    wire = body.replace(b"\x00", b"%00").replace(b"\xff", b"%ff").replace(b"\xfe", b"%fe")
    assert door.ask("GET", path.encode() + b"?" + wire, b"", Inside.FORM).status in {400, 501}
    assert door.ask("GET", path.encode() + b"?" + body, b"", Inside.FORM).status in {400, 501}


HOSTILE_JSON = [
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"name": ' + b"9" * 10_000 + b"}",
    b'{"name": 1e999}',
    b'{"name": NaN, "type": -Infinity}',
    b'{"name": "a", "name": "b"}',
    rb'{"name": "\ud800", "\udfff": "\u0000"}',
    rb'{"name": "n", "metadata": {"\ud800": "x"}}',
    b"\xff\xfe{\x00}\x00",
    b'{"name": "\xff"}',
    b"null",
    b"[]",
    b'"x"',
    b"",
]


@pytest.mark.parametrize("path", ["/v2/core/event_destinations", "/v2/core/accounts"])
@pytest.mark.parametrize("body", HOSTILE_JSON, ids=lambda body: repr(body[:16]))
def test_hostile_json(door: Door, path: str, body: bytes) -> None:
    assert door.ask("POST", path.encode(), body, "application/json").status in {400, 501}


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

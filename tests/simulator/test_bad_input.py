"""Whatever comes through the door, the answer has Stripe's form: never an error of our own, never a logged traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, strategies as st
from tests.simulator.asking import Door, often, opened
from tests.simulator.inside import Inside

from stripe_simulator.registry import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulator.guard import Guard

    from stripe_simulator.schema import Node, Operation


@pytest.fixture(scope="module")
def door(watch: Guard) -> Iterator[Door]:
    yield from opened(watch)


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
MADE: dict[str, st.SearchStrategy[dict[str, Any]]] = {}
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


def params(door: Door, operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of an operation, good or bad; made once for each, for that takes longer than drawing."""
    if operation.name not in MADE:
        MADE[operation.name] = fields(door, door.inside.catalog.resolve(operation.schema), 0)
    return MADE[operation.name]


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
    drawn = draw(params(door, operation))
    ids = st.sampled_from(door.known) | st.sampled_from(["x", "é", "\x00", "a b", "default"])
    path = "/".join(
        quote(draw(ids), safe="") if part.startswith("{") else part for part in operation.path.split("/")
    ).encode()
    if operation.path.startswith("/v2/") and operation.method != "GET":
        door.ask(operation.method, path, json.dumps(drawn).encode(), "application/json")
        return
    form = urlencode(list(flat(drawn)), errors="surrogatepass").encode()
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

"""Checks every answer and every event against the schema inside the installed library: no field too many, none missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stripe_simulator.schema import Catalog, Node, load_responses

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES: dict[str, tuple[type, ...]] = {
    "any": (object,),
    "null": (type(None),),
    "str": (str,),
    "int": (int,),
    "num": (int, float),
    "bool": (bool,),
    "list": (list,),
    "map": (dict,),
    "obj": (dict,),
}
ERROR_TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}


class Guard:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def answer(self, method: str, url: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer; empty when it is as Stripe's."""
        path = urlsplit(url).path
        if status >= 400:
            return list(self._error(status, body))
        if path.startswith("/v1/payment_pages/"):
            return []  # of Stripe's own page, in no schema
        operation = self.catalog.find(method.upper(), path)
        if operation is None:
            return [f"{method} {path} is no operation of Stripe"]
        return list(self._walk(operation.schema, body, "$"))

    def event(self, event: dict[str, Any]) -> list[str]:
        """What is wrong with an event or with the object inside it."""
        problems = self.thing({**event, "data": {"object": {}}})
        return problems + [f"data.object: {problem}" for problem in self.thing(event["data"]["object"])]

    def thing(self, thing: dict[str, Any]) -> list[str]:
        name = self.catalog.names.get(thing.get("object", ""))
        if name is None:
            return [f"unknown object {thing.get('object')!r}"]
        return list(self._walk({"t": "ref", "n": name}, thing, "$"))

    def _error(self, status: int, body: Any) -> Iterator[str]:
        error = body.get("error") if isinstance(body, dict) else None
        if not isinstance(error, dict) or set(body) != {"error"}:
            yield "an error body is {'error': {...}}"
            return
        if error.get("type") not in ERROR_TYPES:
            yield f"error.type is {error.get('type')!r}"
        raw = str(error.get("message")).startswith("Sending credit card numbers directly")
        if status == 402 and error.get("type") != "card_error" and not raw:
            yield "a 402 speaks of a card"
        name = next(name for name in self.catalog.definitions if name.endswith("_error_object.py:ErrorObject"))
        yield from self._walk({"t": "ref", "n": name}, error, "$.error")

    def _walk(self, node: Node, value: Any, at: str) -> Iterator[str]:
        node = self.catalog.resolve(node)
        kind = node["t"]
        if kind == "union":
            yield from self._union(node, value, at)
        elif kind == "enum":
            if value not in node["v"]:
                yield f"{at}: {value!r} is none of {node['v'][:8]}"
        elif not _fits(kind, value):
            yield f"{at}: expected {kind}, got {value!r}"
        elif kind == "list":
            for index, item in enumerate(value):
                yield from self._walk(node["i"], item, f"{at}[{index}]")
        elif kind == "map":
            for key, item in value.items():
                yield from self._walk(node["i"], item, f"{at}.{key}")
        elif kind == "obj":
            yield from self._object(node, value, at)

    def _union(self, node: Node, value: Any, at: str) -> Iterator[str]:
        trials = [list(self._walk(choice, value, at)) for choice in self._meant(node, value)]
        yield from min(trials, key=len, default=[f"{at}: nothing allowed fits {value!r}"])

    def _meant(self, node: Node, value: Any) -> list[Node]:
        """With a discriminator the alternative is known: its problems are the ones to tell."""
        if isinstance(value, dict) and "object" in value:
            for choice in node["a"]:
                known = self.catalog.resolve(choice).get("p", {}).get("object")
                if known and value["object"] in known.get("v", ()):
                    return [choice]
        return list(node["a"])

    def _object(self, node: Node, value: dict[str, Any], at: str) -> Iterator[str]:
        if value.get("deleted") is True and node.get("deletable"):
            if set(value) != {"id", "object", "deleted"}:
                yield f"{at}: a deleted object is a stub"
            return
        for key, item in value.items():
            if key in node["p"]:
                yield from self._walk(node["p"][key], item, f"{at}.{key}")
            else:
                yield f"{at}: {node['n']} has no field {key!r}"
        for key in node["r"]:
            if key not in value:
                yield f"{at}: {node['n']} always has {key!r}"


def _fits(kind: str, value: Any) -> bool:
    if isinstance(value, bool) and kind in {"int", "num"}:
        return False
    return isinstance(value, TYPES[kind])


class Sworn:
    """The guard at the simulator's own door: it sees every answer and event of a run, whoever asked."""

    def __init__(self) -> None:
        self.guard = guard()
        self.problems: list[str] = []

    def answer(self, method: str, path: str, status: int, body: str) -> None:
        found = self.guard.answer(method, path, status, json.loads(body))
        self.problems += [f"{method} {path} {status}: {problem}" for problem in found]

    def event(self, event: dict[str, Any]) -> None:
        self.problems += [f"{event['type']}: {problem}" for problem in self.guard.event(event)]

    def told(self) -> list[str]:
        """What was seen since the last time it told."""
        found, self.problems = self.problems, []
        return found


def guard() -> Guard:
    catalog = load_responses()
    # the library declares it in each class of its events, not in their base
    event = catalog.definitions[catalog.names["v2.core.event"]]
    text = {"t": "str"}
    related = {
        "t": "obj",
        "n": "RelatedObject",
        "p": {"id": text, "type": text, "url": text},
        "r": ["id", "type", "url"],
    }
    event["p"]["related_object"] = related
    event["r"].append("related_object")
    return Guard(catalog)

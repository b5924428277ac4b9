"""Stripe's form encoding: `a[b][0][c]=1` and `a[]=1`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from stripe_simulator.errors import malformed
from stripe_simulator.types import Json

BRACKET = re.compile(r"\[([^\]]*)\]")
DEEPEST = 12  # levels; nothing of Stripe's goes further, and a hostile body must not exhaust the stack


def decode(raw: bytes | str) -> Json:
    """Nested dicts and lists; every leaf stays a string."""
    text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else raw
    root: Json = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        head, _, _ = key.partition("[")
        path = [head, *BRACKET.findall(key[len(head) :])]
        if len(path) > DEEPEST:
            raise malformed(f"Invalid parameter name: {key[:80]}", param=head)
        _put(root, path, value)
    return {key: _lists(value) for key, value in root.items()}


def _put(node: Json, path: list[str], value: str) -> None:
    for part in path[:-1]:
        name = part or str(len(node))
        child = node.get(name)
        if not isinstance(child, dict):  # a scalar sent under the same name gives way
            child = node[name] = {}
        node = child
    node[path[-1] or str(len(node))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isascii() and key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner

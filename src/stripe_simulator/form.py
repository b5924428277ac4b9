"""What a request carries: Stripe's form encoding, `a[b][0][c]=1` and `a[]=1`, and the JSON of /v2."""

import json
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


def decode_json(raw: bytes) -> Json:
    """The same shape as `decode` gives: leaves become strings, null the empty one that unsets."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise malformed("The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise malformed("The request body must be a JSON object.")
    root: Json = _texts(value, DEEPEST)
    return root


def _texts(value: Any, levels: int) -> Any:
    if levels == 0:
        raise malformed("The request body is nested too deeply.")
    if isinstance(value, dict):
        return {_whole(key): _texts(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, levels - 1) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _whole(str(value))


def _whole(text: str) -> str:
    r"""JSON may hold half a character ("\ud800"), which no answer can repeat in UTF-8."""
    return text.encode("utf-8", errors="replace").decode()

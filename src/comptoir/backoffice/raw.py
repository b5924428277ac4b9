"""What a provider sent, as staff may read it: laid out, and without what opens anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from comptoir.kernel import secrets

HIDDEN = "…"
# Names of values that open something: `client_secret` and the like.
SECRET_NAME = re.compile(r"secret|password|token|signature", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
# What a page must not hold as it is: control characters but the line's end and the tabulator, marks that turn a text's direction.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
DEEPEST = 60  # nothing that a provider sends is nested as deeply


@dataclass(frozen=True, slots=True)
class Raw:
    """A payload for a page. `kept`: it was not over the size that is stored. `is_json`: it is laid out; else it stands as it came."""

    text: str = ""
    kept: bool = True
    is_json: bool = True
    size: int = 0  # bytes, as received


def raw(payload: bytes | memoryview | None) -> Raw:
    """Lay a payload out. Addresses keep their host alone: a payment page's address is a key, and so is a receipt's."""
    if payload is None:
        return Raw(kept=False)
    body = bytes(payload)
    try:
        told = json.loads(body)
        text, is_json = json.dumps(_without_keys(told, 0), indent=2, ensure_ascii=False), True
    except (ValueError, RecursionError):
        text, is_json = ADDRESS.sub(_host, body.decode("utf-8", "backslashreplace")), False
    text = UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", secrets.hidden(text))
    return Raw(text, is_json=is_json, size=len(body))


def _without_keys(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {
            name: HIDDEN if each and SECRET_NAME.search(name) else _without_keys(each, depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_without_keys(each, depth + 1) for each in value]
    return ADDRESS.sub(_host, value) if isinstance(value, str) else value


def _host(found: re.Match[str]) -> str:
    try:
        parts = urlsplit(found.group())
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.hostname or ''}/{HIDDEN}"

"""A search for secrets in whatever was written down: as they are, and in the forms that text takes on its way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from html import escape
from urllib.parse import quote, quote_plus


def forms(secret: str) -> Iterator[str]:
    """How a secret looks in text, JSON, addresses, HTML, Python's words, base64 at any place of a longer text, and hexadecimal."""
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield escape(secret)
    yield repr(secret)[1:-1]
    yield raw.hex()
    for before in range(3):
        yield _inside_base64(raw, before=before)


def _inside_base64(raw: bytes, *, before: int) -> str:
    """The characters that depend on the secret alone, with so many bytes in front of it."""
    coded = base64.b64encode(b"\0" * before + raw).decode()
    first = (0, 2, 3)[before]
    left_over = (before + len(raw)) % 3
    last = {0: len(coded), 1: len(coded) - 4, 2: len(coded) - 4}[left_over] + left_over
    return coded[first : last if left_over else None]


def found(secrets: Mapping[str, str], text: str) -> list[str]:
    """The names of the secrets that stand in a text, in any form."""
    return sorted(
        name
        for name, secret in secrets.items()
        if any(form in text or form.replace("+", "-").replace("/", "_") in text for form in forms(secret))
    )

"""Secrets at rest: sealed with keys that lie outside the database (Fernet: AES-128-CBC and HMAC-SHA256)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from comptoir.conf import conf, stored_secret


class UnsealError(Exception):
    """No key at hand opens this secret: the seal keys are not those it was stored with."""


@cache
def _box() -> MultiFernet:
    keys = conf().seal_keys or stored_secret(conf().home.resolve(), "seal_keys")
    return MultiFernet([Fernet(key.strip().encode("ascii")) for key in keys.split(",")])


def seal(values: Mapping[str, str]) -> bytes:
    """Seal a set of named secrets with the newest key."""
    return _box().encrypt(json.dumps(dict(values)).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Open what `seal` made. Raises UnsealError."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise UnsealError("the seal keys do not open this secret") from error
    return opened

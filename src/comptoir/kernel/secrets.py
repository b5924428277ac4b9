"""Secrets at rest: sealed with keys that lie outside the database (Fernet: AES-128-CBC and HMAC-SHA256)."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_noop

from comptoir.conf import conf, stored_secret
from comptoir.kernel.errors import StaffError
from comptoir.kernel.words import words


class UnsealError(StaffError):
    """No key at hand opens this secret: the seal keys are not those it was stored with."""


@cache
def _box() -> MultiFernet:
    keys = conf().seal_keys or stored_secret(conf().home.resolve(), "seal_keys")
    _fixed.update(_forms(keys.split(",")))
    return MultiFernet([Fernet(key.strip().encode("ascii")) for key in keys.split(",")])


def seal(values: Mapping[str, str]) -> bytes:
    """Seal a set of named secrets with the newest key."""
    _remember(values.values())
    return _box().encrypt(json.dumps(dict(values)).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Open what `seal` made. Raises UnsealError."""
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_box().decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise UnsealError(words(gettext_noop("the seal keys do not open this secret"))) from error
    _remember(opened.values())
    return opened


# What this process knows and must not tell: the newest secrets that it has sealed or opened, and its own from the settings.
REMEMBERED = 256
SHORTEST = 10  # a shorter value is no secret worth the name, and would blot out innocent words
_lately: OrderedDict[str, None] = OrderedDict()
_fixed: set[str] = set()
_guard = threading.Lock()


def _forms(values: Iterable[str]) -> set[str]:
    """How secrets look in a line: as they are, in JSON, in Python's words."""
    long = {value.strip() for value in values if len(value.strip()) >= SHORTEST}
    return {form for value in long for form in (value, json.dumps(value)[1:-1], repr(value)[1:-1])}


def _remember(values: Iterable[str]) -> None:
    with _guard:
        for form in _forms(values):
            _lately[form] = None
            _lately.move_to_end(form)
        while len(_lately) > REMEMBERED:
            _lately.popitem(last=False)


@cache
def _own() -> frozenset[str]:
    """The secrets of the settings. Passwords stand in two addresses."""
    passwords = [unquote(urlsplit(address).password or "") for address in (conf().database_url, conf().email_url)]
    return frozenset(_forms([settings.SECRET_KEY, conf().metrics_token, *conf().seal_keys.split(","), *passwords]))


def hidden(text: str) -> str:
    """A text without the secrets that this process knows: the last net under the rule that none reaches a log line."""
    with _guard:
        known = [*_own(), *_fixed, *_lately]
    for form in sorted((form for form in known if form in text), key=len, reverse=True):
        text = text.replace(form, "[secret]")
    return text

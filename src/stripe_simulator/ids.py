"""Identifiers and secrets in Stripe's forms."""

import re
import secrets
import string

LETTERS = string.ascii_letters + string.digits

THIN = re.compile(r"evt_(?:test|live)_65([A-Za-z0-9]{23})16Simulator00000")


def token(length: int) -> str:
    # one draw for the whole word: a session is made two hundred times a second; the slight bias is of no weight here
    return "".join(LETTERS[byte % len(LETTERS)] for byte in secrets.token_bytes(length))


def make(prefix: str) -> str:
    """A new id: `pi_3...`, `cus_...`."""
    lead, length = SHAPES[prefix]
    return f"{prefix}_{lead}{token(length)}"


# what follows the prefix, and how many random characters
SHAPES: dict[str, tuple[str, int]] = {
    "acct": ("1", 15),
    "bpc": ("1", 23),
    "bps": ("1", 23),
    "ch": ("3", 23),
    "py": ("3", 23),
    "cs": ("", 58),
    "cus": ("", 14),
    "du": ("1", 23),
    "evt": ("1", 23),
    "file": ("1", 23),
    "issfr": ("1", 23),
    "li": ("1", 23),
    "link": ("1", 23),
    "mandate": ("1", 23),
    "pi": ("3", 23),
    "pm": ("1", 23),
    "pmc": ("1", 23),
    "pmd": ("1", 23),
    "po": ("1", 23),
    "price": ("1", 23),
    "prod": ("", 14),
    "promo": ("1", 23),
    "pyr": ("1", 23),
    "re": ("3", 23),
    "req": ("", 14),
    "seti": ("1", 23),
    "setatt": ("1", 23),
    "txi": ("1", 23),
    "txn": ("3", 23),
    "we": ("1", 23),
}


def session(*, live: bool) -> str:
    return f"cs_{'live' if live else 'test'}_a1{token(56)}"


def destination(*, live: bool) -> str:
    return f"ed_{'live' if live else 'test'}_61{token(42)}"


def thin_event(mode: str, stem: str) -> str:
    """An event of /v2: `stem` tells it from others and gives the event that it goes with."""
    return f"evt_{mode}_65{stem}16Simulator00000"


def thin_stem(identifier: str) -> str | None:
    """The stem of such an id, or None if it is no such id."""
    found = THIN.fullmatch(identifier)
    return found[1] if found else None


def webhook_secret() -> str:
    return "whsec_" + token(32)


def api_key(kind: str, *, live: bool) -> str:
    """`kind` is sk, pk or rk."""
    return f"{kind}_{'live' if live else 'test'}_51{token(97)}"

"""What people, programs and attackers send, and where it can be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_from_bytes, urljoin, urlsplit

from django.http import HttpResponse
from tests.security.addresses import ROWS
from tests.security.html import Page
from tests.security.walk import undone
from tests.security.world import World

VALUES: tuple[bytes, ...] = (
    b"",
    b"\xff\xfe\x80",
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"a\x00b",
    b"\x00",
    b"x" * 10_000,
    "é".encode() * 5_000,
    b"-1",
    b"-99999999999999999999999999",
    b"9" * 40,
    b"2147483648",
    b"9223372036854775808",
    b"1e999",
    b"NaN",
    b"<script>alert(1)</script>",
    b'"\'><i data-evil="1">',
    b"' OR 1=1; --",
    b"%s%d{0}{{7*7}}",
    "\u202e\u200f\u2066txt.exe".encode(),
    "١٢٣".encode(),
    b"\r\nSet-Cookie: evil=1",
    b"[" * 5_000,
    b'{"a": [null, "\\u0000"]}',
    b"../../../etc/passwd",
    b"99999-99-99",
)
FORBIDDEN = ("<script>alert(1)", "<i data-evil", "Traceback (most recent")
PLACES = (
    "%00",
    "%FF%FE",
    "0",
    "9" * 30,
    "-1",
    "%D9%A1",
    "a" * 3_000,
    "..%2F..%2Fx",
    "%22%3E%3Ci%20data-evil%3E",
    "_00_5F",
)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Target:
    """A form of somebody's page, or the parameters of an address."""

    role: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """For the message of a failure."""
        return f"{self.method} {self.path} as {self.role}"


def targets(world: World) -> list[Target]:
    """Every form and every parameter of a link on the pages of Alice, of a guest and of the owner; each kind once."""
    found: dict[object, Target] = {}
    for role in ("guest", "alice", "olive"):
        for path in _paths(world, role):
            with undone():  # the link that resets a password ends the session of whoever follows it
                answer = world.client(role).get(path)
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                for target in _of_page(role, path, Page(answer.content.decode())):
                    names = tuple(name for name, _value in target.fields)
                    found.setdefault((target.method, re.sub(r"\d+|[0-9a-f-]{36}", "0", target.path), names), target)
    return list(found.values())


def _paths(world: World, role: str) -> Iterator[str]:
    """The owner goes through the back office, the others through the shop."""
    for row in ROWS:
        path = world.path(row.name, row.args) + row.query
        if path.startswith("/admin/") == (role == "olive"):
            yield path


def _of_page(role: str, path: str, page: Page) -> Iterator[Target]:
    for form in page.forms:
        action = urlsplit(urljoin(path, form.action or path)).path
        yield Target(role, form.method.upper(), action, tuple(form.fields.items()))
    for tag, attributes in page.tags:
        parts = urlsplit(urljoin(path, attributes.get("href", "")))
        if tag == "a" and not parts.netloc and parts.query:
            yield Target(role, "GET", parts.path, tuple(parse_qsl(parts.query)))


def send(world: World, target: Target, nasty: dict[str, bytes]) -> HttpResponse:
    """Send a form with these values in the place of its own; a field that it has not is added."""
    fields = {**{name: value.encode() for name, value in target.fields}, **nasty}
    body = "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in fields.items())
    client = world.client(target.role, token=True)
    if target.method == "GET":
        return client.generic("GET", target.path, QUERY_STRING=body)  # type: ignore[return-value]
    return client.generic("POST", target.path, body, content_type=FORM)  # type: ignore[return-value]


def bent(world: World) -> Iterator[tuple[str, str]]:
    """Addresses with something else in the place of an id, and who asks for them."""
    for row in ROWS:
        for place in range(len(row.args)):
            wanted = world.path(row.name, row.args)
            value = str(world.ids[row.args[place]])
            role = "olive" if wanted.startswith("/admin/") else "alice"
            for nasty in PLACES:
                yield (
                    role,
                    f"/{nasty}/".join(wanted.rsplit(f"/{value}/", 1)) if f"/{value}/" in wanted else wanted + nasty,
                )


def complaint(response: HttpResponse) -> str:
    """What is wrong with an answer, '' where nothing is."""
    if response.status_code >= 500:
        return str(response.status_code)
    text = response.content.decode("utf-8", "replace")
    if "evil" in response.cookies or any("evil" in name.lower() for name in response.headers):
        return "a header was let in"
    return next((f"shows {word}" for word in FORBIDDEN if word in text), "")

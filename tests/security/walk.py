"""The walk: every address, as everybody, by GET and by POST; each request is undone before the next one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from tests.security.addresses import ROWS
from tests.security.digest import Digest, changed, digest, written
from tests.security.html import Page
from tests.security.rows import Row
from tests.security.world import ROLES, World


@dataclass(frozen=True)
class Visit:
    """What somebody got, and the tables that differ afterwards."""

    role: str
    name: str
    path: str
    method: str
    token: bool
    status: int
    leads_to: str
    headers: Mapping[str, str]
    text: str
    changed: frozenset[str]

    @property
    def answer(self) -> str:
        """In the words of the table of addresses: a status, or where it leads."""
        return f">{self.leads_to}" if self.leads_to else str(self.status)

    def __str__(self) -> str:
        """For the message of a failure."""
        return f"{self.method} {self.path} ({self.name}) as {self.role}"


@dataclass(frozen=True)
class Walked:
    """All visits, and the secrets of the world that they were made in."""

    visits: list[Visit]
    secrets: dict[str, str]


def names() -> set[str]:
    """The name of every address that the resolver knows, with its namespaces; the pattern itself where it has no name."""
    return set(_names(get_resolver().url_patterns, ()))


def _names(patterns: Sequence[URLPattern | URLResolver], spaces: tuple[str, ...]) -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLPattern):
            yield ":".join([*spaces, entry.name or f"nameless {entry.pattern}"])
        else:
            space = (entry.namespace,) if entry.namespace else ()
            yield from _names(entry.url_patterns, (*spaces, *space))


@contextmanager
def undone() -> Iterator[None]:
    """A transaction that is rolled back. A test's own: calls of a provider do not count it."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # Django's own mark for a test's transaction
    with block:
        yield
        transaction.set_rollback(True)


def leads_to(response: HttpResponse) -> str:
    """The name of the address that an answer redirects to; `outside` for another host."""
    target = response.headers.get("Location", "")
    if not target:
        return ""
    parts = urlsplit(target)
    if parts.netloc and parts.netloc != "testserver":
        return "outside"
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return "nowhere"


@dataclass
class Walker:
    """Makes visits in a world whose state before each of them is the same."""

    world: World
    before: Digest

    @classmethod
    def of(cls, world: World) -> Walker:
        """Remember how things stand."""
        return cls(world, digest())

    def visit(
        self, role: str, name: str, path: str, *, data: dict[str, str] | None = None, token: bool = False
    ) -> Visit:
        """GET, or POST where there are data; the effects are seen, then undone."""
        client = self.world.client(role, token=token)
        with undone():
            begun = written()
            response = self._ask(client, path, data)
            differs = frozenset() if written() == begun else changed(self.before, digest())
        return Visit(
            role=role,
            name=name,
            path=path,
            method="GET" if data is None else "POST",
            token=token,
            status=response.status_code,
            leads_to=leads_to(response),
            headers=dict(response.headers),
            text=_text(response),
            changed=differs,
        )

    def _ask(self, client: Client, path: str, data: dict[str, str] | None) -> HttpResponse:
        return client.get(path) if data is None else client.post(path, data)  # type: ignore[return-value]


def walk(world: World) -> list[Visit]:
    """Every address of the table as everybody: GET, POST with a CSRF token, and without one."""
    walker = Walker.of(world)
    return [visit for row in ROWS for visit in _address(walker, row)]


def _address(walker: Walker, row: Row) -> Iterator[Visit]:
    path = walker.world.path(row.name, row.args) + row.query
    seen = {role: walker.visit(role, row.name, path) for role in ROLES}
    yield from seen.values()
    data = walker.world.filled(dict(row.data))
    if row.like_olive:
        form = next(form for form in Page(seen["olive"].text).forms if form.method == "post" and form.action == "")
        data = {**form.fields, **data}
    for role in ROLES:
        yield walker.visit(role, row.name, path, data=data, token=True)
    for role in ("alice", "olive"):  # who is refused is refused before anybody asks who it is
        yield walker.visit(role, row.name, path, data=data)


def _text(response: HttpResponse) -> str:
    if response.streaming:  # a picture
        return "" if list(response) else "nothing"
    return response.content.decode("utf-8", "replace")

"""Every answer of the walk: its headers, and pages in which nothing but our own files can run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.security.html import Page
from tests.security.walk import Visit
from tests.security.world import World

from comptoir.shop import throttle
from comptoir.shop.views import storefront

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk")]

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
PRIVATE = ("/pay/", "/client/", "/checkout/", "/admin/", "/accounts/")
LOADS = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "use": "href",
    "object": "data",
}
TRACE = re.compile(r"Traceback|most recent call|/site-packages/|django\.|DoesNotExist|psycopg", re.IGNORECASE)


def complaints(visit: Visit) -> Iterator[str]:
    """What is wrong with an answer."""
    yield from _headers(visit)
    if visit.headers.get("Content-Type", "").startswith("text/html") and visit.text:
        yield from _markup(Page(visit.text))
    if TRACE.search(visit.text):
        yield "a trace"


def _headers(visit: Visit) -> Iterator[str]:
    policy = dict(
        part.strip().partition(" ")[::2] for part in visit.headers.get("Content-Security-Policy", "").split(";")
    )
    if policy != POLICY:
        yield f"policy {policy}"
    if visit.headers.get("X-Content-Type-Options") != "nosniff":
        yield "no nosniff"
    if visit.headers.get("X-Frame-Options") != "DENY":
        yield "may be framed"
    shown = visit.status in {200, 429}  # elsewhere nothing is read and nothing leads on
    wanted = {"no-referrer"} if visit.path.startswith("/pay/") else {"same-origin"}
    if visit.headers.get("Referrer-Policy") not in wanted | (set() if shown else {"same-origin"}):
        yield f"referrer policy {visit.headers.get('Referrer-Policy')}"
    if shown and visit.path.startswith(PRIVATE) and "no-store" not in visit.headers.get("Cache-Control", ""):
        yield f"may be kept: {visit.headers.get('Cache-Control')}"


def _markup(page: Page) -> Iterator[str]:
    for tag, attributes in page.tags:
        yield from (f"<{tag} {name}>" for name in attributes if name == "style" or re.match(r"(hx-)?on", name))
        if tag in {"style", "base", "embed", "frame"}:
            yield f"<{tag}>"
        asset = attributes.get(LOADS.get(tag, ""), "")
        if urlsplit(asset).netloc or urlsplit(asset).scheme not in {"", "data"}:
            yield f"<{tag}> from {asset}"
        if "javascript:" in " ".join(attributes.values()).lower():
            yield f"<{tag}> with a script in an address"
    for attributes, text in page.scripts:
        if text.strip() and attributes.get("type") != "application/json":
            yield f"an inline script: {text[:40]}"


def test_every_answer_is_strict(visits: list[Visit]) -> None:
    assert len(visits) > 1000
    wrong = {f"{visit}, {visit.status}: {complaint}" for visit in visits for complaint in complaints(visit)}
    assert sorted(wrong) == []


def _seen(name: str, client: Client, path: str, **more: str) -> Visit:
    answer = client.get(path, **more)  # type: ignore[arg-type]  # keywords of the test client's environment
    text = answer.content.decode()
    return Visit("guest", name, path, "GET", False, answer.status_code, "", dict(answer.headers), text, frozenset())


def test_the_pages_of_errors_are_strict_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    guest, olive = world.client("guest"), world.client("olive")
    seen = [
        _seen("400", guest, "/", HTTP_HOST="evil.example"),
        _seen("404", guest, "/nothing/"),
        _seen("404", olive, "/admin/nothing/"),
        _seen("404", olive, "/admin/kernel/alert/0/"),
        _seen("403", world.client("sam"), "/admin/modules/"),
    ]
    monkeypatch.setattr(throttle, "allowed", lambda *_args, **_more: False)
    seen.append(_seen("429", guest, world.path("pay", ("token",))))
    monkeypatch.setattr(storefront, "shelves", _broken)
    seen.append(_seen("500", guest, "/"))
    assert [visit.status for visit in seen] == [int(visit.name) for visit in seen]
    wrong = {f"{visit}: {complaint}" for visit in seen for complaint in complaints(visit)}
    assert sorted(wrong) == []


def _broken(*_args: object, **_more: object) -> None:
    raise RuntimeError("a secret cause")


def test_the_search_finds_what_is_forbidden() -> None:
    bad = Page(
        '<p style="x">a</p><a onclick="x">b</a><script>alert(1)</script><img src="//evil.example/x.png">'
        '<style>p{}</style><a href="JavaScript:x">c</a><script type="application/json">{}</script>'
    )
    assert len(list(_markup(bad))) == 6

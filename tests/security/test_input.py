"""Whatever is typed or sent: an answer in a sentence, never a failure of ours, a trace, or a page that runs what was typed."""

from __future__ import annotations

import hypothesis
import pytest
from django.conf import settings
from hypothesis import HealthCheck, given, strategies as st
from tests.security import nasty
from tests.security.walk import undone
from tests.security.world import World

pytestmark = pytest.mark.django_db


def test_every_field_takes_anything(world: World) -> None:
    """Each field alone, with one value or another, while the others hold what belongs there; then several at once."""
    wrong, turn = [], 0
    found = nasty.targets(world)
    fields = [(target, name) for target in found for name, _value in target.fields]
    assert len(found) > 60
    assert len(fields) > 150
    for target, name in fields:
        turn += 7  # of 25 values: neighbours meet different ones
        value = nasty.VALUES[turn % len(nasty.VALUES)]
        with undone():
            said = nasty.complaint(nasty.send(world, target, {name: value}))
        wrong += [f"{target}, {name}={value[:30]!r}: {said}"] if said else []
    assert wrong == []
    _together(world, found)


def _together(world: World, targets: list[nasty.Target]) -> None:
    """Several fields at once, also some that no form has."""

    @hypothesis.settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def tried(data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(targets))
        names = [name for name, _value in target.fields] + [
            "next",
            "page",
            "q",
            "p",
            "o",
            "e",
            "_popup",
            "ids[]",
            "\x00",
        ]
        values = st.one_of(st.sampled_from(nasty.VALUES), st.binary(max_size=40), st.text(max_size=40).map(_bytes))
        chosen = data.draw(st.dictionaries(st.sampled_from(names), values, min_size=1, max_size=6))
        with undone():
            assert nasty.complaint(nasty.send(world, target, chosen)) == "", f"{target} {chosen}"

    tried()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def test_every_place_of_an_address_takes_anything(world: World) -> None:
    wrong = []
    for role, path in nasty.bent(world):
        with undone():
            said = nasty.complaint(world.client(role).get(path, follow=False))  # type: ignore[arg-type]
        wrong += [f"{path[:90]} as {role}: {said}"] if said else []
    assert wrong == []


BODIES = (
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="login"\r\n\r\n\xff\x00'),
    ("multipart/form-data; boundary=\xe9", b"--"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"login=x"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"login=x"),
    ("application/json", b"{" * 9_000),
    ("", b"\xff"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % number for number in range(2_000))),
    ("application/x-www-form-urlencoded", b"login=" + b"x" * 3_000_000),
)


def test_every_kind_of_body_is_answered(world: World) -> None:
    paths = ["/accounts/login/", "/accounts/signup/", "/language/", "/stripe/api", "/checkout/", "/admin/"]
    paths += [world.path("basket_add", ("product",)), world.path("pay_start", ("token",))]
    for path in paths:
        for kind, body in BODIES:
            client = world.client("olive" if path == "/admin/" else "guest", token=True)
            with undone():
                answer = client.generic("POST", path, body, kind)
            assert nasty.complaint(answer) == "", (path, kind)  # type: ignore[arg-type]


SENT = ("\x7f", "x" * 5_000, "\xe9\x80", "null", "-1", '"a\\', "a.b.c", "<script>alert(1)</script>")
HEADERS = ("Accept-Language", "HX-Request", "HX-Target", "User-Agent", "Referer", "X-Forwarded-For", "Accept")
COOKIES = (
    settings.SESSION_COOKIE_NAME,
    settings.CSRF_COOKIE_NAME,
    settings.LANGUAGE_COOKIE_NAME,
    "messages",
    "comptoir_leave_8000",
)


def test_every_cookie_and_header_is_answered(world: World) -> None:
    for path in ("/basket/", "/admin/", world.path("pay", ("token",))):
        for value in SENT:
            for name in COOKIES:
                client = world.client("guest")
                client.cookies[name] = value
                assert nasty.complaint(client.get(path)) == "", (path, name, value)  # type: ignore[arg-type]
            headers = dict.fromkeys(HEADERS, value)
            answer = world.client("guest").get(path, headers=headers)
            assert nasty.complaint(answer) == "", (path, value)  # type: ignore[arg-type]

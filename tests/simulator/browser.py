"""A browser without scripts: reads a page's form, fills it in by `data-test`, presses a button, follows redirects here."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

VOID = {"input", "meta", "link", "br"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    text: str = ""

    @property
    def test(self) -> str:
        return self.attrs.get("data-test", "")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open):
            while self._open.pop().tag != tag:
                continue

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data


@dataclass
class Page:
    url: str
    status: int
    headers: dict[str, str]
    html: str
    session: requests.Session
    elements: list[Element] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reader = Reader()
        reader.feed(self.html)
        reader.close()
        self.elements = reader.elements
        for element in self.elements:
            chosen = element.attrs.get("type") not in {"radio", "checkbox"} or "checked" in element.attrs
            if element.tag == "input" and chosen and "name" in element.attrs:
                self.values[element.attrs["name"]] = element.attrs.get("value", "")

    @property
    def tests(self) -> set[str]:
        return {element.test for element in self.elements if element.test}

    def find(self, test: str) -> Element:
        return next(element for element in self.elements if element.test == test)

    def text(self, test: str) -> str:
        return self.find(test).text.strip()

    def fill(self, **fields: str) -> Page:
        """`fill(card_number="4242")` writes into `data-test="card-number"`."""
        for name, value in fields.items():
            self.values[self.find(name.replace("_", "-")).attrs["name"]] = value
        return self

    def choose(self, test: str) -> Page:
        element = self.find(test)
        self.values[element.attrs["name"]] = element.attrs["value"]
        return self

    def press(self, test: str) -> Page:
        """Send the form by this button. A redirect to another host is not followed: its address is `url`."""
        button = self.find(test)
        data = dict(self.values)
        if "name" in button.attrs:
            data[button.attrs["name"]] = button.attrs["value"]
        return visit(self.url, self.session, data)


def visit(url: str, session: requests.Session, data: dict[str, str] | None = None) -> Page:
    reply = session.request("POST" if data is not None else "GET", url, data=data, allow_redirects=False, timeout=10)
    while reply.is_redirect:
        target = urljoin(url, reply.headers["location"])
        if target.split("/")[2] != url.split("/")[2]:
            return Page(target, reply.status_code, dict(reply.headers), "", session)
        url = target
        reply = session.get(url, allow_redirects=False, timeout=10)
    return Page(url, reply.status_code, dict(reply.headers), reply.text, session)

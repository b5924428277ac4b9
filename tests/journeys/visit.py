"""Somebody at the counter: a browser, and what must hold on every page that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from playwright.sync_api import expect
from tests.journeys.access import obstacles
from tests.journeys.words import strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playwright._impl._api_structures import FloatRect, SetCookieParam
    from playwright.sync_api import Locator, Page
    from tests.journeys.told import Told
    from tests.journeys.watch import Watch
    from tests.journeys.ways import Way

NARROWEST = 360  # pixels: the narrowest phone that people still carry
# Text that people see or are read, without what is in a language of its own: the languages' names, letters and their subjects.
# A sentence in which ids or amounts are marked is read as one, too.
READ = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const own = element => element.closest(`.languages, script, style, noscript, code, .letter,
    select[name=country], select[name=locale], a[href*="/mail/mail/"], [lang]:not(html)`);
  const marked = element => element.querySelector(":scope > .id, :scope > .num") !== null;
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) { if (!own(node.parentElement)) found.push(node.data); }
    else if (!own(node)) {
      if (marked(node)) found.push(node.textContent);
      for (const name of ["placeholder", "aria-label", "title"])
        if (node.hasAttribute(name)) found.push(node.getAttribute(name));
    }
  }
  return [document.title.split(" · ")[0], ...found];
}"""
# A phone zooms out of a page that is too wide, and `innerWidth` grows with it.
TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth, there = document.documentElement.clientWidth;
  if (wide <= there) return "";
  const out = [...document.querySelectorAll("body *")].filter(each => each.getBoundingClientRect().right > there + 1);
  return `${wide} px for ${there}: ` + out.slice(0, 3).map(each => each.outerHTML.slice(0, 120)).join(" | ");
}"""
# A table is read without scrolling, and a button is no column of single letters: both stand inside what clips them.
CUT_OFF = """() => [
  ...[...document.querySelectorAll(".scroll")].filter(each => each.scrollWidth > each.clientWidth + 1)
    .map(each => `${each.scrollWidth} px in ${each.clientWidth}: ${each.textContent.trim().slice(0, 60)}`),
  ...[...document.querySelectorAll(".button")].filter(each => each.getBoundingClientRect().height > 120)
    .map(each => `squeezed: ${each.textContent.trim()}`),
]"""
# Where the children of an element stand on the whole page: left, top, width, height.
EXTENT = """part => {
  const all = [...document.querySelector(part).children].map(each => each.getBoundingClientRect()).filter(each => each.height);
  const left = Math.min(...all.map(each => each.left)), top = Math.min(...all.map(each => each.top));
  const right = Math.max(...all.map(each => each.right)), bottom = Math.max(...all.map(each => each.bottom));
  return [left + scrollX, top + scrollY, right - left, bottom - top];
}"""
TIMES, AGAIN = 80, 400  # how often a page is opened until a worker has brought what is waited for; milliseconds between
AIR = 16  # pixels around a picture
CHECKED: set[tuple[str, str]] = set()


class Come(Protocol):
    """Somebody comes in a way, with a browser of their own; `beside`: for pictures, somebody else looks on in the other language."""

    def __call__(self, way: Way, *, beside: bool = False) -> Visit: ...


@dataclass
class Visit:
    """One person's browser."""

    page: Page
    told: Told
    way: Way
    watch: Watch
    pictures: Path | None
    beside: Visit | None = None  # for pictures alone: looks at the same pages in the other language

    def get(self, test: str) -> Locator:
        """What bears a `data-test` name."""
        return self.page.locator(f'[data-test="{test}"]')

    def open(self, path: str) -> None:
        """Go to a page of the shop."""
        self.page.goto(f"{self.told.shop}{path}")

    @property
    def path(self) -> str:
        """The address of the page that is open, as `open` takes it."""
        return self.page.url.removeprefix(self.told.shop)

    def lend(self) -> None:
        """Whoever looks on may see the same."""
        if self.beside is not None:
            self.beside.page.context.add_cookies(cast("Sequence[SetCookieParam]", self.page.context.cookies()))

    def enter(self, cookies: Sequence[SetCookieParam]) -> None:
        """Be who these cookies are of."""
        self.page.context.add_cookies(cookies)
        if self.beside is not None:
            self.beside.enter(cookies)

    def comes_to_show(self, path: str, test: str, more: str = "") -> None:
        """Open a page until it has what bears this name, narrowed by `more` as CSS says it: a worker is about to bring it."""
        wanted = self.page.locator(f'[data-test="{test}"]{more}')
        for _time in range(TIMES):
            self.open(path)
            if wanted.count():
                return
            self.page.wait_for_timeout(AGAIN)
        expect(wanted).to_be_visible()

    def see(self, name: str, *, language: bool = True) -> None:
        """Look at the page: in one language only, as wide as the narrowest phone, nothing complained about, nobody kept out.

        `name` is the page's name among the pictures; `language=False` is for pages of texts that people wrote.
        """
        self.page.wait_for_load_state()
        if self.pictures is not None:
            self.page.screenshot(path=self.pictures / f"{name}-{self.way}.png", full_page=True)
        if language:
            texts: list[str] = self.page.evaluate(READ)
            strange = strangers(self.way.language, texts)
            assert strange == [], f"the other language on {self.page.url}: {strange}"
        assert self.page.locator("html").get_attribute("lang") == self.way.language
        if self.way.device == "phone":
            size = self.page.viewport_size
            assert size is not None
            self.page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
            wide = self.page.evaluate(TOO_WIDE)
            assert wide == "", f"{self.page.url} is to be scrolled sideways: {wide}"
            self._is_whole()
            self.page.set_viewport_size(size)
        self._is_whole()
        self._keeps_nobody_out(name)
        self.calm()
        if self.beside is not None:
            self.beside.page.goto(self.page.url)
            self.beside.see(name, language=False)  # a text that somebody wrote is in the language of the first

    def _is_whole(self) -> None:
        cut: list[str] = self.page.evaluate(CUT_OFF)
        assert cut == [], f"{self.page.url} is cut off: {cut}"

    def _keeps_nobody_out(self, name: str) -> None:
        """By axe, once a run for each page and each look of it: it takes longer than all else, and finds the same in every journey."""
        look = (name, self.way.scheme)
        if look in CHECKED:
            return
        CHECKED.add(look)
        found = obstacles(self.page)
        assert found == [], f"{self.page.url}:\n" + "\n".join(found)

    def keep(self, name: str, part: str) -> None:
        """A picture for the documentation, of what stands in a part of the page: `<name>-<language>.png`, with a little air."""
        if self.pictures is not None and self.way.device == "desktop" and self.way.scheme == "light":
            self.page.mouse.move(0, 0)
            x, y, width, height = self.page.evaluate(EXTENT, part)
            clip: FloatRect = {"x": x - AIR, "y": y - AIR, "width": width + 2 * AIR, "height": height + 2 * AIR}
            path = self.pictures / f"{name}-{self.way.language}.png"
            self.page.screenshot(path=path, full_page=True, clip=clip, animations="disabled")

    def calm(self) -> None:
        """Nothing was complained about so far."""
        assert self.watch.complaints == [], self.watch.complaints

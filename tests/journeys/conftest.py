"""One demo for all journeys, one browser, and somebody who makes the journey."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from tests.demo import STOPPED_WITHIN, Demo
from tests.journeys import steps
from tests.journeys.told import Control, Told
from tests.journeys.visit import Visit
from tests.journeys.watch import Watch
from tests.journeys.ways import FR_DESKTOP, SIZES, Way

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam
    from tests.journeys.visit import Come

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = "The journeys need Chromium (Debian: apt install chromium), or its path in JOURNEY_BROWSER."
PATIENCE = 20_000  # milliseconds that a page may take to become what is expected, on a loaded machine
# For containers: little shared memory, no graphics.
FLAGS = ["--disable-dev-shm-usage", "--disable-gpu", "--disable-software-rasterizer"]

expect.set_options(timeout=PATIENCE)


@contextmanager
def _running(*flags: str) -> Iterator[Told]:
    """A demo, until it is no longer needed. Browsers reach its Stripe under a host name that no setting of the counter mentions."""
    with tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
        Path(folder).chmod(0o755)
        demo = Demo(Path(folder) / "demo")
        stripe = f"http://stripe.localhost:{demo.simulator_port}"
        found = demo.start("--simulator-url", stripe, *flags)
        yield Told(
            shop=found["shop"],
            stripe=stripe,
            admin=found["admin"],
            team=found["team"],
            customer=found["customer"],
            control=Control(found["stripe"]["control"]),
            database=found["database_url"],
        )
        began = time.monotonic()
        words = demo.stop()
        assert time.monotonic() - began < STOPPED_WITHIN
        assert "Everything has stopped." in words


@pytest.fixture(scope="session")
def told() -> Iterator[Told]:
    """The demo, running."""
    with _running() as found:
        yield found


@pytest.fixture(scope="session")
def blank() -> Iterator[Told]:
    """A demo whose Stripe module waits to be set up."""
    with _running("--blank") as found:
        yield found


@pytest.fixture(scope="package")
def chromium(browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """The browser, for this folder alone: while it is there an event loop runs, which other tests do not expect."""
    named = os.environ.get("JOURNEY_BROWSER")
    path = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**browser_type_launch_args, executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def _visitors(browser: Browser, told: Told, config: pytest.Config) -> Iterator[Come]:
    pictures = config.getoption("--screenshots")
    folder = Path(pictures) if pictures else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    open_ones: list[tuple[BrowserContext, Visit]] = []

    def made(way: Way, *, beside: bool = False) -> Visit:
        visit = alone(way)
        if beside and folder is not None:
            visit.beside = alone(way.beside)
        return visit

    def alone(way: Way) -> Visit:
        width, height = SIZES[way.device]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale={"fr": "fr-FR", "en": "en-GB"}[way.language],
            color_scheme=way.scheme,
            is_mobile=way.device == "phone",
            has_touch=way.device == "phone",
        )
        context.set_default_timeout(PATIENCE)
        watch = Watch()
        watch.over(context)
        visit = Visit(page=context.new_page(), told=told, way=way, watch=watch, pictures=folder)
        open_ones.append((context, visit))
        return visit

    yield made
    for context, visit in open_ones:
        context.close()
        visit.calm()


@pytest.fixture
def come(chromium: Browser, told: Told, pytestconfig: pytest.Config) -> Iterator[Come]:
    """Somebody comes, with a browser of their own; what it complained about fails the journey."""
    with _visitors(chromium, told, pytestconfig) as made:
        yield made


@pytest.fixture
def come_to_blank(chromium: Browser, blank: Told, pytestconfig: pytest.Config) -> Iterator[Come]:
    """Somebody comes to the counter that waits to be set up."""
    with _visitors(chromium, blank, pytestconfig) as made:
        yield made


@pytest.fixture
def visit(come: Come, way: Way) -> Visit:
    """Somebody who makes the journey in the way that it is parametrised with."""
    return come(way)


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, told: Told) -> list[SetCookieParam]:
    """The cookie of a member of staff, who signs in once."""
    with chromium.new_context(locale="fr-FR") as context:
        visit = Visit(context.new_page(), told, FR_DESKTOP, Watch(), None)
        steps.staff_signs_in(visit)
        found = [each for each in context.cookies() if "session" in each.get("name", "")]
    return [{"name": each["name"], "value": each["value"], "url": told.shop} for each in found]


@pytest.fixture
def staff(come: Come, way: Way, signed_in: list[SetCookieParam]) -> Visit:
    """A member of staff, signed in."""
    visit = come(way, beside=True)
    visit.enter(signed_in)
    return visit


@pytest.fixture
def customer(come: Come) -> Visit:
    """Somebody who orders meanwhile."""
    return come(FR_DESKTOP)


@pytest.fixture
def control(told: Told) -> Iterator[Control]:
    """The local Stripe, driven; afterwards it delivers as usual."""
    yield told.control
    told.control.deliveries("none")

"""The real processes of a demo: what they write into the state folder, and what the system shows of them, tells no secret."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.demo import Demo
from tests.security.search import found
from tests.shopper import Shopper

ACCESS = re.compile(r"<code>([A-Za-z0-9_-]{16})</code>")  # the password that the driver made
SERVED_WITHIN = 60.0  # seconds, on a loaded machine


@pytest.fixture
def demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="comptoir-") as folder:
        Path(folder).chmod(0o755)
        running = Demo(Path(folder) / "demo")
        try:
            yield running
        finally:
            if running.process is not None and running.process.poll() is None:
                running.stop()


def test_no_log_and_no_command_line_tells_a_secret(demo: Demo) -> None:
    told = demo.start()
    shopper = Shopper(told)
    secrets = {
        **_stored(demo.home),
        "Stripe's secret key": told["stripe"]["secret_key"],
        "webhook secret": told["stripe"]["webhook_secret"],
        "password of staff": told["admin"]["password"],
        "password of a customer": told["customer"]["password"],
        "access data": _served(shopper),
        **{f"cookie {each.name}": str(each.value) for each in shopper.web.cookies if "session" in each.name},
    }
    _refused(told)
    commands = "\n".join(demo.processes())
    demo.stop()
    logs = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in _logs(demo.home)}
    assert len(secrets) >= 8
    assert {"web.log", "worker.log", "postgres.log"} <= set(logs)
    assert {place: found(secrets, text) for place, text in logs.items() if found(secrets, text)} == {}
    assert "granian" in commands or "web" in commands
    assert found(secrets, commands) == []


def _stored(home: Path) -> dict[str, str]:
    """What lies in the folder of secrets, which only its owner reads."""
    values = {}
    for path in (home / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
        values[path.name] = path.read_text(encoding="ascii").strip()
    return values


def _served(shopper: Shopper) -> str:
    """Order, pay, and read the password that was made."""
    shopper.sign_in()
    page = shopper.order(shopper.fill_basket())
    shopper.pay(shopper.pay_page(page.address))
    until = time.monotonic() + SERVED_WITHIN
    while time.monotonic() < until:
        text = shopper.web.get(f"{shopper.demo['shop']}/client/services/", timeout=20).text
        access = ACCESS.search(text)
        if access:
            return access.group(1)
        time.sleep(0.3)
    raise AssertionError("nothing was served")


def _refused(told: dict[str, Any]) -> None:
    """A few requests that are refused, with secrets in wrong places."""
    key = told["stripe"]["webhook_secret"]
    for headers in ({"Stripe-Signature": key}, {"Authorization": f"Bearer {told['stripe']['secret_key']}"}):
        requests.post(f"{told['shop']}/stripe/api", data=b"{}", headers=headers, timeout=10)
    requests.get(f"{told['shop']}/nothing/", params={"key": key}, timeout=10)


def _logs(home: Path) -> Iterator[Path]:
    yield from (home / "logs").iterdir()
    yield from home.glob("postgres.log*")

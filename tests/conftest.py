"""The ground of every test: one embedded PostgreSQL for the whole run, no socket to the outside, a fixed environment.

Loaded before Django reads its settings, which is why the settings module is named here and not in pyproject.toml.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
import pytest_socket
from django.conf import settings
from django.test import TransactionTestCase
from tests.emptying import empty
from tests.sharing import ByFolder, longest_first

from comptoir.run.postgres import Embedded
from comptoir.run.problem import AlreadyOwned, Problem
from comptoir.run.translations import compile_all

STATE = Path(__file__).resolve().parents[1] / "var" / "test"
FOLDERS = 32  # as many test runs side by side in one checkout
# Nothing here must outlive the run: durability is given away for speed.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
    "jit": "off",
    "max_connections": "200",
}
LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def _database() -> str:
    """Start the server in the first folder that no other run holds, and return its address."""
    for number in range(FOLDERS):
        try:
            server = Embedded(STATE / str(number), options=FAST)
        except AlreadyOwned:
            continue
        server.start()
        atexit.register(server.close)
        os.environ["COMPTOIR_HOME"] = str(STATE / str(number) / "home")
        return server.url
    raise Problem(f"All {FOLDERS} folders in {STATE} are held by other test runs.")


def _prepare() -> None:
    """Give every process of the run the same settings; those of the controller reach the others by inheritance."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        given = os.environ.get("COMPTOIR_DATABASE_URL")
        for name in [name for name in os.environ if name.startswith("COMPTOIR_")]:
            del os.environ[name]  # a developer's own settings are not what is tested
        os.environ["COMPTOIR_DATABASE_URL"] = given or _database()
        os.environ["COMPTOIR_EMAIL_URL"] = "outbox:"
        os.environ["COMPTOIR_URL"] = "http://localhost:8000"
        os.environ["COMPTOIR_STAFF_MFA"] = "offered"  # tests/staff and the walk ask for it
        compile_all()
    # The browser's driver keeps an event loop in the main thread, for which Django would refuse its database to every later test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    os.environ["DJANGO_SETTINGS_MODULE"] = "comptoir.settings"
    django.setup()
    # Pages are tested without collected files: no manifest, and an empty folder that WhiteNoise finds.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    # Every test has people with passwords, and a third of a second for each would be most of what the suite costs.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # What is imported by now stays for good: looking through it for rubbish every few hundred objects is a fourteenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]  # not named by its stubs


_prepare()

hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=50)
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: the long forms of the proofs; each prints its cases and its seed. `--screenshots`: for the journeys."""
    parser.addoption("--long", action="store_true", help="run the long forms of the proofs")
    parser.addoption("--screenshots", metavar="DIR", help="have the journeys keep a picture of each page there")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how long properties are tried."""
    if config.getoption("--long"):
        hypothesis.settings.load_profile("long")
        if "PYTEST_XDIST_WORKER" not in os.environ:
            config.pluginmanager.register(AtOnce())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a run on several processes the longest begin first, not those of which there are most."""
    if getattr(config.option, "dist", "no") != "no" or "PYTEST_XDIST_WORKER" in os.environ:
        config.option.loadscopereorder = False
        longest_first(items)


class AtOnce:
    """Says what has failed when it fails: the end of a long form may be an hour away."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The message alone; the rest comes at the end."""
        crash = getattr(report.longrepr, "reprcrash", None)
        if report.failed and crash is not None:
            sys.stdout.write(f"\n{report.nodeid}\n{crash.message}\n")
            sys.stdout.flush()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Tests that share a running demo, or something as dear, stay on one worker."""
    return ByFolder(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the proofs have to tell: their cases and their seeds."""
    reports = [
        report for found in terminalreporter.stats.values() for report in found if hasattr(report, "user_properties")
    ]
    told = sorted({text for report in reports for name, text in report.user_properties if name == "proof"})
    if told:
        terminalreporter.section("proofs")
        for text in told:
            terminalreporter.write_line(text)


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    """Loopback and Unix sockets only: a test that talks to the outside fails."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What we remember of rows does not outlive them."""
    from comptoir.kernel import records

    records.forget_installation()

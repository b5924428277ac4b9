"""The ground of a run: a counter with customers and products, a simulator that stands for Stripe, and everything that may come between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import structlog
from django.db import connection, transaction
from stripe import HTTPClient
from structlog.typing import EventDict
from tests.proofs import clocks
from tests.proofs.crash import Crashes
from tests.proofs.post import ADDRESS, Post
from tests.proofs.spy import NAME as SPY, Spy
from tests.proofs.wire import Wire

from comptoir.catalogue.models import Cycle, Group, Price, Product, Shop
from comptoir.conf import conf
from comptoir.customers.models import Customer, User
from comptoir.kernel import clock, records
from comptoir.mail import tasks as mails
from comptoir.modules import actions as modules, queries, registry
from comptoir.modules.api import Mode
from comptoir_stripe.event_types import NEEDED
from stripe_simulator.server import Server
from stripe_simulator.settings import Settings

CURRENCIES = ("EUR", "USD", "JPY", "ISK", "KWD", "HUF")
KEPT = ("django_migrations", "django_content_type", "auth_permission", "auth_group", "comptoir_cache")
LATE = (
    "delay:0.5"  # seconds of the simulator's clock, which stands still: nothing arrives but when a step lets time pass
)


@dataclass
class World:
    """What the steps of a run act on."""

    server: Server
    wire: Wire
    spy: Spy = field(default_factory=Spy)
    post: Post = field(default_factory=Post)
    crashes: Crashes = field(default_factory=Crashes)
    web: requests.Session = field(default_factory=requests.Session)
    told: list[dict[str, Any]] = field(default_factory=list)  # what the product has logged
    currency: str = "EUR"
    modes: tuple[str, ...] = ("test",)  # of which keys are stored
    began: dt.datetime = field(default_factory=clock.now)
    customers: list[Customer] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    shop: Shop = field(default_factory=Shop)
    deaf: bool = (
        False  # whether our endpoint at Stripe is gone, switched off, or signs with a secret that nobody has told us
    )
    sent_there: set[str] = field(default_factory=set)  # disputes for which somebody sent evidence in the dashboard

    @property
    def account(self) -> str:
        """The simulator's account."""
        return self.server.settings.account_id

    def key(self, mode: str) -> str:
        """The secret key of a mode."""
        return self.server.secret_key if mode == "test" else self.server.settings.live_secret_key

    def api(self, method: str, path: str, *, mode: str = "test", **more: Any) -> dict[str, Any]:
        """One call of Stripe's API by somebody else than the product, such as the dashboard. Raises HTTPError."""
        answer = self.web.request(method, self.server.base_url + path, auth=(self.key(mode), ""), timeout=30, **more)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def control(self, where: str, /, **body: Any) -> Any:
        """One call of the simulator's control API."""
        return self.server.control.post(where, **body)

    def control_get(self, where: str) -> Any:
        """What the control API shows."""
        return self.server.control.get(where)

    def tick(self, seconds: float = 1.0) -> None:
        """Business time passes; deliveries that are due arrive."""
        clocks.pass_business(self.server.control, seconds)

    def calm(self) -> None:
        """The network and the processes work from here on; what drivers and mail servers do wrong is to be borne at any time."""
        self.crashes.calm()
        self.wire.twice = 0
        self.server.control.delete("faults")
        self.control("deliveries", rule=LATE)

    # ------------------------------------------------------------------ a fresh one

    def begin(self, currency: str, *, modes: tuple[str, ...] = ("test",), exchanges: bool = False) -> None:
        """An empty counter and an empty simulator, set up as a host does. `exchanges`: whatever is paid settles in euros."""
        self.currency = currency
        _empty_database()
        records.forget_installation()
        self.spy.__init__()  # type: ignore[misc]
        self.post.__init__()  # type: ignore[misc]
        self.deaf = False
        self.sent_there.clear()
        self.crashes.calm()
        self.told.clear()
        self.control("reset")
        self.control("clock", frozen=True)
        self.control("deliveries", rule=LATE)
        if exchanges:
            self.control("account", settlement_currencies=["eur"])
        clocks.read_anew()
        self.began = clock.now() - dt.timedelta(days=1)
        self.modes = modes
        for mode in modes:
            self.connect("live" if mode == "live" else "test")
        modules.use_mode(name="stripe", mode="test", who="test")
        modules.set_enabled(name="stripe", enabled=True, who="test")
        self.shop = Shop.objects.create(name="Hébergeur Lumière", currency=currency, new_customers_are_testers=True)
        self.customers = [_customer(name) for name in ("Alice", "Bob", "Charlie")]
        self.products = _products(currency)

    def connect(self, mode: Mode) -> None:
        """Keys and endpoint of a mode. In live mode, where addresses must be https, there is no endpoint: notices are only listed."""
        secret = "whsec_" + "0" * 32
        if mode == "test":
            secret = self.control("endpoints", url=self.wire.url, enabled_events=list(NEEDED))["secret"]
        publishable = self.server.publishable_key if mode == "test" else self.server.settings.live_publishable_key
        modules.store_account(
            module="stripe",
            account=self.account,
            mode=mode,
            values={
                "secret_key": self.key(mode),
                "publishable_key": publishable,
                "webhook_secret": secret,
            },
            who="test",
        )


def _empty_database() -> None:
    """Faster than TRUNCATE of a hundred tables: of most of them there is nothing to delete. Triggers and foreign keys look away."""
    tables = [table for table in connection.introspection.table_names() if table not in KEPT]
    statements = "; ".join(f"DELETE FROM {table}" for table in tables)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {statements}")


def _customer(name: str) -> Customer:
    user = User.objects.create(email=f"{name.lower()}@example.org", first_name=name, last_name="Durand", password="!")
    return Customer.objects.create(
        user=user,
        first_name=name,
        last_name="Durand",
        address="12, rue des Lilas",
        postcode="75011",
        city="Paris",
        country="FR",
        locale="fr" if name != "Bob" else "en",
        tester=True,
    )


def _products(currency: str) -> list[Product]:
    """Recurring, with a set-up fee; one-off; and one that the driver *instant* makes. Prices in the house's minor units."""
    group = Group.objects.create(slug="vps", name_fr="Serveurs", name_en="Servers")
    made: list[Product] = []
    for name, cycle, driver, setup in (
        ("VPS", Cycle.MONTHLY, SPY, 500),
        ("Domaine", Cycle.ONCE, SPY, 0),
        ("Mail", Cycle.ANNUALLY, "instant", 0),
    ):
        product = Product.objects.create(group=group, name_fr=name, name_en=name, driver=driver, default_cycle=cycle)
        Price.objects.create(
            product=product, cycle=cycle, currency=currency, amount_minor=3000 + 1000 * len(made), setup_minor=setup
        )
        made.append(product)
    return made


@contextmanager
def ground() -> Iterator[World]:
    """A simulator in a thread, the wire to our door, and the product told of both; once for a run."""
    with ExitStack() as stack:
        server = stack.enter_context(Server(Settings()))
        world = World(server, stack.enter_context(Wire()))
        world.web.trust_env = False
        stack.enter_context(world.crashes.installed())
        stack.enter_context(_pointed(server))
        stack.enter_context(_driven(world.spy))
        stack.enter_context(world.post.installed())
        stack.enter_context(_heard(world.told))
        yield world
        stack.callback(world.web.close)


@contextmanager
def _pointed(server: Server) -> Iterator[None]:
    """The product calls the simulator, goes by its clock, has a mail server; Stripe's library does not sleep before it repeats."""
    moved = conf().model_copy(
        update={
            "stripe_api_base": server.base_url,
            "clock_url": f"{server.base_url}/_control/clock",
            "email_url": ADDRESS,
        }
    )
    held = [(module, module.conf) for module in (queries, clock, mails)]
    sleep = HTTPClient.INITIAL_DELAY, HTTPClient.MAX_DELAY
    for module, _real in held:
        module.conf = lambda: moved  # type: ignore[attr-defined]
    HTTPClient.INITIAL_DELAY, HTTPClient.MAX_DELAY = 0, 0
    try:
        yield
    finally:
        for module, real in held:
            module.conf = real  # type: ignore[attr-defined]
        HTTPClient.INITIAL_DELAY, HTTPClient.MAX_DELAY = sleep
        clock._reading.offset, clock._reading.frozen_at = 0.0, None


@contextmanager
def _driven(spy: Spy) -> Iterator[None]:
    """The spy is a module that is installed."""
    registry.installed()[SPY] = spy.module()
    registry.driver.cache_clear()
    try:
        yield
    finally:
        del registry.installed()[SPY]
        registry.driver.cache_clear()


@contextmanager
def _heard(told: list[dict[str, Any]]) -> Iterator[None]:
    """What the product logs is kept instead of printed."""

    def keep(_logger: object, method: str, event: EventDict) -> EventDict:
        told.append({**event, "method": method})
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, keep], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)

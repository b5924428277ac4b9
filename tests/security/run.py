"""A run that uses every secret, goes wrong on purpose in every way, and keeps whatever was written down and shown."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import connection
from django.test import Client
from tests import builders
from tests.jobs import run_jobs
from tests.security.addresses import ADDRESS
from tests.security.world import own_secrets
from tests.stripe import Stripe

from comptoir.conf import conf
from comptoir.kernel import logs
from comptoir.modules import queries as modules, registry
from comptoir.payments.models import Attempt
from comptoir.payments.sync import look_once
from comptoir.run.place import programs
from comptoir.services.drivers.instant import Instant
from comptoir.services.models import Operation, Service
from comptoir.services.queries import access
from comptoir.shop.views import storefront
from stripe_simulator.webhooks import signature

PASSWORD = 'Un mot de passe: é<&\\" %+/ à moi'
OFFICE = 'Le mot de passe du bureau: ç>\\" #?'
BY_HAND = "typed-by-staff-8c1f"
RECOVERY_CODES = 10
PEOPLES = {"a customer's password", "a customer's session", "a password of staff", "a session of staff"}
WEBHOOK = "http://127.0.0.1:9/stripe/api"  # nobody listens there: notices are carried by hand


class Run:
    """A context: inside it every log line is kept, in both forms."""

    def __init__(self, stripe: Stripe, patch: pytest.MonkeyPatch) -> None:
        self.stripe, self.patch = stripe, patch
        self.console, self.json = io.StringIO(), io.StringIO()
        self.pages: list[str] = []
        self.exceptions: list[str] = []
        self.secrets = own_secrets()
        self.log = structlog.get_logger("tests.security")
        self.postgres = Path(os.environ["COMPTOIR_HOME"]).parent / "postgres.log"

    def __enter__(self) -> Self:
        """Write log lines as the processes do, in both forms at once, with every detail."""
        root = logging.getLogger()
        self._before = list(root.handlers), root.level, structlog.get_config()
        self._postgres_from = self.postgres.stat().st_size if self.postgres.exists() else 0
        configure = structlog.configure
        self.patch.setattr(
            structlog, "configure", lambda **more: configure(**{**more, "cache_logger_on_first_use": False})
        )
        handlers = [self._handler("console", self.console), self._handler("json", self.json)]
        root.handlers[:] = handlers
        return self

    def _handler(self, form: str, stream: io.StringIO) -> logging.Handler:
        wanted = conf().model_copy(update={"log": form, "log_level": "DEBUG"})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(logs, "conf", lambda: wanted)
            logs.set_up()
        handler = logging.getLogger().handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
        return handler

    def __exit__(self, *_exception: object) -> None:
        """Give the tests their own logging back."""
        handlers, level, config = self._before
        root = logging.getLogger()
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**config)

    def everything(self) -> None:
        """Keys stored, an order paid and delivered, what staff do; then every failure."""
        self.secrets["webhook secret"] = self.stripe.connect(webhook=WEBHOOK)
        self.secrets["Stripe's secret key"] = self.stripe.server.secret_key
        builders.shop()
        wares = builders.product(prices={"annually": 9990}), builders.product("Sur mesure", driver="manual")
        alice, olive = self._alice(), self._olive()
        self._pay(alice, self._order(alice, wares[0].pk))
        self._access("access password")
        self._by_hand(alice, olive, wares[1].pk)
        self._refused_notices()
        self._stripe_fails(alice, wares[0].pk)
        self._driver_raises(alice, wares[0].pk)
        self._page_raises(olive)
        self._office(olive)

    def _alice(self) -> Client:
        alice = Client(raise_request_exception=False)
        self.secrets["a customer's password"] = PASSWORD
        self.show(alice.post("/accounts/signup/", {"email": "alice@example.org", "password1": PASSWORD}))
        self.show(alice.post("/accounts/logout/"))
        self.show(alice.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD + "!"}))
        self.show(alice.post("/accounts/login/", {"login": "alice@example.org", "password": PASSWORD}))
        self.secrets["a customer's session"] = alice.cookies[settings.SESSION_COOKIE_NAME].value
        return alice

    def _olive(self) -> Client:
        self.secrets["a password of staff"] = OFFICE
        user = builders.owner()
        user.set_password(OFFICE)
        user.save()
        olive = Client(raise_request_exception=False)
        self.show(olive.post("/accounts/login/", {"login": user.email, "password": OFFICE}))
        self._factor(olive)
        self.show(olive.post("/accounts/logout/"))
        self.show(olive.post("/accounts/login/", {"login": user.email, "password": OFFICE}, follow=True))
        for code in ("000000", self.secrets["recovery code 0"]):
            self.show(olive.post("/accounts/2fa/authenticate/", {"code": code}, follow=True))
        self.secrets["a session of staff"] = olive.cookies[settings.SESSION_COOKIE_NAME].value
        self.show(olive.get("/accounts/2fa/"))
        self.show(olive.get("/admin/staff/"))
        return olive

    def _factor(self, olive: Client) -> None:
        """Bind an app. The two pages that hand over its key and the recovery codes are for its owner's eyes: they are not kept."""
        self.show(olive.post("/accounts/reauthenticate/", {"password": OFFICE}))
        activate = "/accounts/2fa/totp/activate/"
        key = re.search(r'data-test="totp-secret">((?:<span>\w+</span>)+)<', olive.get(activate).content.decode())
        assert key is not None
        secret = self.secrets["an app's key"] = re.sub(r"</?span>", "", key[1])
        refused = olive.post(activate, {"code": "000000"}).content.decode()
        assert key[1] in refused
        shown = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
        page = olive.post(activate, {"code": shown}, follow=True).content.decode()
        codes = re.findall(r"<li><code>(\d+)</code></li>", page)
        assert len(codes) == RECOVERY_CODES
        self.secrets |= {f"recovery code {number}": code for number, code in enumerate(codes)}
        seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
        self.secrets["seed of the recovery codes"] = decrypt(seed)

    def _order(self, alice: Client, product: int) -> str:
        self.show(alice.post(f"/basket/add/{product}", {}))
        form = {**ADDRESS, "gateway": "stripe", "terms": "1", "total": "9990"}
        answer = self.show(alice.post("/checkout/", form))
        assert answer.status_code == 303, answer.content.decode()
        return str(answer.headers["Location"])

    def _pay(self, alice: Client, page: str) -> None:
        self.show(alice.get(page))
        self.stripe.pay(self._opened(alice, page).url)
        self.show(alice.get(f"{page}?back=done"))
        self._carry()
        while look_once(by="test"):
            pass
        run_jobs()
        self.show(alice.get(page))

    def _opened(self, alice: Client, page: str) -> Attempt:
        """The newest attempt, with its page: soon after Stripe was in trouble the button has to be pressed again."""
        until = time.monotonic() + 30
        while not (attempt := Attempt.objects.latest("created_at")).url:
            assert time.monotonic() < until, "no page was opened"
            time.sleep(0.5)
            self.show(alice.post(f"{page}start"))
        return attempt

    def _carry(self) -> None:
        """Bring the provider's notices to the door, signed as it signs them."""
        import json

        for event in self.stripe.api("GET", "/v1/events", params={"limit": "100"})["data"]:
            body = json.dumps(event).encode()
            header = signature.header([self.secrets["webhook secret"]], body)
            answer = Client().post(
                "/stripe/api", body, content_type="application/json", headers={"Stripe-Signature": header}
            )
            assert answer.status_code == 200, answer.content

    def _access(self, name: str) -> None:
        service = Service.objects.latest("id")
        assert service.state == "active"
        self.secrets[name] = access(service)["password"]

    def _by_hand(self, alice: Client, olive: Client, product: int) -> None:
        self._pay(alice, self._order(alice, product))
        operation = Operation.objects.get(by_hand=True)
        form = {"access": f"password: {BY_HAND}", "note": "done"}
        assert self.show(olive.post(f"/admin/deliveries/{operation.pk}/done/", form)).status_code == 302
        self._access("access typed by staff")
        assert self.secrets["access typed by staff"] == BY_HAND
        run_jobs()

    def _refused_notices(self) -> None:
        for header in ("", "t=1,v1=00", f"t=1,v1={self.secrets['webhook secret']}"):
            self.show(Client().post("/stripe/api", b"{}", content_type="x/y", headers={"Stripe-Signature": header}))

    def _stripe_fails(self, alice: Client, product: int) -> None:
        for do in ("status:401", "status:500", "status:429", "drop_after", "garbage"):
            self.stripe.fault(do, method="POST", path="/v1/checkout/sessions", times=2)
            page = self._order(alice, product)
            self.show(alice.get(page, follow=True))
            self.stripe.control.delete("faults")
        attempt = Attempt.objects.exclude(reference="").latest("created_at")
        for do in ("status:401", "status:500", "garbage"):
            self.stripe.fault(do, method="GET", path="/v1/*", times=3)
            self.caught(lambda: look_at(attempt))
            self.stripe.control.delete("faults")
        wrong = {"secret_key": self.stripe.server.secret_key + "x"}
        gateway, base = registry.gateway("stripe"), self.stripe.server.base_url
        self.secrets["a wrong key"] = wrong["secret_key"]
        self.caught(lambda: gateway.identify(wrong, mode="test", api_base=base))
        self.caught(lambda: gateway.identify(wrong, mode="live", api_base=base))
        self.exceptions.append(repr(modules.accounts("stripe")))

    def _driver_raises(self, alice: Client, product: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Instant, "run", raising(self._all()))
            patch.setattr(Instant, "ask", raising(self._all()))
            self._pay_whatever_it_says(alice, product)

    def _pay_whatever_it_says(self, alice: Client, product: int) -> None:
        before = Service.objects.count()
        with pytest.raises(Exception, match="RuntimeError"):
            self._pay(alice, self._order(alice, product))
        assert Service.objects.count() == before + 1

    def _page_raises(self, olive: Client) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storefront, "shelves", raising(self._all()))
            assert self.show(olive.get("/")).status_code == 500
        Service.objects.filter(pk=Service.objects.earliest("id").pk).update(access_sealed=b"not a sealed thing")

    def _office(self, olive: Client) -> None:
        """Every list of the back office and the first page of each, as the owner sees them."""
        from django.contrib import admin
        from django.urls import reverse

        for model, page in admin.site._registry.items():
            name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
            self.show(olive.get(reverse(f"{name}_changelist"), follow=True))
            for row in model._default_manager.all()[:3]:
                self.show(olive.get(reverse(f"{name}_change", args=[row.pk])))
        for path in (
            "/admin/",
            "/admin/modules/",
            "/admin/billing/stripe/",
            "/admin/billing/stripe/1/",
            "/admin/none/",
        ):
            self.show(olive.get(path))

    def _all(self) -> str:
        """What a program may have at hand when it fails; what people type and browsers hold is in nobody's hands."""
        peoples = PEOPLES | {name for name in self.secrets if name.startswith("recovery code")}
        return " | ".join(value for name, value in self.secrets.items() if name not in peoples)

    def show(self, response: Any) -> Any:
        """Keep a page and its headers, but for the browser's own cookies."""
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "Set-Cookie")
        self.pages.append(f"{headers}\n{response.content.decode()}")
        return response

    def caught(self, call: Callable[[], object]) -> None:
        """Keep an exception in all its words, with those that it came from."""
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is searched
            self.exceptions += [repr(error), *traceback.format_exception(error)]

    def left(self) -> dict[str, str]:
        """Whatever the run has left behind, by place."""
        postgres = self.postgres.read_bytes()[self._postgres_from :] if self.postgres.exists() else b""
        return {
            "console log": self.console.getvalue(),
            "JSON log": self.json.getvalue(),
            "pages": "\n".join(self.pages),
            "exceptions": "\n".join(self.exceptions),
            "dump": dump(),
            "PostgreSQL's log": postgres.decode("utf-8", "replace"),
        }


def raising(text: str) -> Callable[..., None]:
    """A function that fails with a text."""

    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError(text)

    return fails


def look_at(attempt: Attempt) -> object:
    """Ask the provider about an attempt, as the worker does."""
    from comptoir.payments.actions.start import subject_of

    subject = subject_of(attempt)
    assert subject is not None
    account = modules.account(module=attempt.module, account=attempt.account, mode="test")
    return registry.gateway(attempt.module).look(account, subject)


def dump() -> str:
    """The whole database in plain text, as a backup would have it."""
    connection.ensure_connection()
    address = connection.connection.info.dsn
    password = {"PGPASSWORD": str(settings.DATABASES["default"]["PASSWORD"])}
    done = subprocess.run(
        [programs(None) / "pg_dump", "--dbname", address],
        capture_output=True,
        check=True,
        env={**os.environ, **password},
    )
    return done.stdout.decode("utf-8", "replace")

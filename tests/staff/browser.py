"""What people do with their accounts, by the pages' own forms."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from allauth.mfa.totp.internal import auth as totp
from django.http import HttpResponse
from django.test import Client
from tests import builders

from comptoir.customers.models import User

SECRET = re.compile(r'data-test="totp-secret">((?:<span>\w+</span>)+)<')
CODES = re.compile(r"<li><code>(\d+)</code></li>")
HOME = "/accounts/2fa/"


def code(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes from now (wall time)."""
    counter = int(time.time()) // 30 + steps
    shown: str = totp.format_hotp_value(totp.hotp_value(secret, counter))
    return shown


@dataclass
class Browser:
    """Somebody's browser, at an address of the network."""

    user: User
    address: str = "203.0.113.7"
    language: str = "en"
    client: Client = field(init=False)
    secret: str = ""

    def __post_init__(self) -> None:
        """A fresh one."""
        self.client = Client(REMOTE_ADDR=self.address, headers={"accept-language": self.language})

    @property
    def is_in(self) -> bool:
        """Whether somebody is signed in."""
        return "_auth_user_id" in self.client.session

    def get(self, path: str) -> HttpResponse:
        """A page, wherever it leads to."""
        return self.client.get(path, follow=True)  # type: ignore[return-value]  # the test client's own class of answers

    def text(self, path: str) -> str:
        """The page's HTML."""
        return self.get(path).content.decode()

    def post(self, path: str, **data: str) -> HttpResponse:
        """What a form sends, wherever it leads to."""
        return self.client.post(path, data, follow=True)  # type: ignore[return-value]

    def sign_in(self, password: str = builders.PASSWORD) -> HttpResponse:
        """The first step."""
        return self.post("/accounts/login/", login=self.user.email, password=password)

    def give(self, given: str) -> HttpResponse:
        """The second step: a code."""
        return self.post("/accounts/2fa/authenticate/", code=given)

    def confirm(self) -> HttpResponse:
        """Show once more who it is, by the password."""
        return self.post("/accounts/reauthenticate/", password=builders.PASSWORD)

    def begin_totp(self) -> str:
        """Open the page with the picture; returns its key."""
        self.confirm()
        found = SECRET.search(self.text("/accounts/2fa/totp/activate/"))
        assert found is not None
        return re.sub(r"</?span>", "", found[1])

    def set_up(self) -> list[str]:
        """Bind an app; returns the recovery codes that the page shows."""
        self.secret = self.begin_totp()
        page = self.post("/accounts/2fa/totp/activate/", code=code(self.secret)).content.decode()
        return CODES.findall(page)

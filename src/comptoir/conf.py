"""Every setting of the house, typed and documented; the only reader of the environment.

Each is an environment variable `COMPTOIR_<NAME>`, or `COMPTOIR_<NAME>_FILE` naming a file that holds the value.
An unknown `COMPTOIR_` name or a bad value raises `ConfigurationError` with a sentence that names it.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "COMPTOIR_"
STORED = "settings.env"
DEMO = f"{PREFIX}DEMO"  # stands in that of a demo


class ConfigurationError(Exception):
    """A setting is missing, unknown or wrong; the message is one sentence for the operator."""


class Conf(BaseSettings):
    """The settings, as read once at start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default=Path("var/home"), description="State folder: secrets, embedded database, files.")
    url: str = Field(default="http://localhost:8000", description="Public address; secure cookies follow its scheme.")
    database_url: str = Field(default="", description="PostgreSQL >= 15; empty means the embedded server.")
    database_direct_url: str = Field(default="", description="For listeners, when database_url goes through a pooler.")
    secret_key: str = Field(default="", description="Signs sessions; made by `comptoir init` when unset.")
    seal_keys: str = Field(default="", description="Fernet keys, newest first, comma separated; seal secrets at rest.")
    stripe_api_base: str = Field(default="", description="Address of Stripe's API; empty means Stripe's own.")
    clock_url: str = Field(default="", description="Address whose answer offsets business time; empty: system clock.")
    trusted_proxies: str = Field(default="", description="Addresses of proxies whose X-Forwarded-For is believed.")
    metrics_token: str = Field(default="", description="Bearer token of /metrics.")
    staff_mfa: Literal["required", "offered"] = Field(default="required", description="Second factor of staff.")
    workers: int = Field(default=2, ge=1, le=64, description="Web worker processes.")
    worker_threads: int = Field(default=8, ge=1, le=128, description="Jobs that one worker runs at once.")
    admin_prefix: str = Field(default="admin", description="First part of the back office's address.")
    allowed_hosts: str = Field(default="", description="Host names answered, comma separated; empty: that of url.")
    pages_an_hour_customer: int = Field(default=60, ge=0, description="Payment pages that one customer begins; 0: any.")
    pages_an_hour_network: int = Field(default=180, ge=0, description="The same of one network of 256 addresses.")
    failures_an_hour_invoice: int = Field(default=10, ge=0, description="Failed payments of one invoice; 0: any.")
    failures_an_hour_customer: int = Field(default=20, ge=0, description="Failed payments of one customer; 0: any.")
    failures_an_hour_network: int = Field(default=40, ge=0, description="Failed payments from one network; 0: any.")
    failures_an_hour_newcomers: int = Field(
        default=100,
        ge=0,
        description="Failed payments of all who have never paid, before they are slowed down; 0: any.",
    )
    email_url: str = Field(
        default="console:", description="smtp://user:password@host:port, smtps://, console:, outbox:"
    )
    email_from: str = Field(default="", description="Sender of mails; empty: no-reply at the host of url.")
    log: Literal["console", "json"] = Field(default="console", description="Form of the log lines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level logged.")
    demo: bool = Field(default=False, description="Shows /demo/mail/ and the demo's hints; never for a live counter.")
    worker_name: str = Field(default="", description="Given by the supervisor: names the leases of this worker.")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that we leave out need no names
        cls, _settings_cls: type[BaseSettings], /, init_settings: PydanticBaseSettingsSource, **_others: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` hands over counts: it has already read the environment and its `_FILE` forms."""
        return (init_settings,)

    @field_validator("url", "stripe_api_base", "clock_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc):
            raise ValueError("must be an address like https://shop.example.org")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for name in filter(None, map(str.strip, value.split(","))):
            ipaddress.ip_network(name)
        return value

    @field_validator("admin_prefix")
    @classmethod
    def _prefix(cls, value: str) -> str:
        stripped = value.strip("/")
        if not stripped.replace("-", "").isalnum():
            raise ValueError("must be one word of letters, digits and hyphens")
        return stripped

    @property
    def host(self) -> str:
        """Host name of the public address."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def port(self) -> int:
        """Port of the public address."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def secure(self) -> bool:
        """True where the public address is https."""
        return self.url.startswith("https://")


def load(environment: dict[str, str] | None = None) -> Conf:
    """Read the settings from an environment.

    Raises:
        ConfigurationError: a name is unknown, a file cannot be read, or a value is wrong.
    """
    given = dict(os.environ if environment is None else environment)
    home = Path(given.get(f"{PREFIX}HOME") or Conf.model_fields["home"].default)
    # The environment comes later and wins, in its `_FILE` forms too.
    source = {**stored_settings(home), **given}
    known = {PREFIX + name.upper() for name in Conf.model_fields}
    values: dict[str, str] = {}
    for name, value in source.items():
        if not name.startswith(PREFIX):
            continue
        plain = name.removesuffix("_FILE") if name not in known else name
        if plain not in known:
            raise ConfigurationError(f"{name} is not a setting of Comptoir. See docs/en/settings.md for the list.")
        if plain != name:
            try:
                value = Path(value).read_text(encoding="utf-8").strip()  # noqa: PLW2901 - the file's text is the value
            except OSError as error:
                raise ConfigurationError(f"{name} names a file that cannot be read: {error.strerror}.") from error
        values[plain.removeprefix(PREFIX).lower()] = value
    try:
        return Conf(**values)  # type: ignore[arg-type]  # pydantic turns text into each field's type
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise ConfigurationError(f"{name} is wrong: {first['msg'].removeprefix('Value error, ')}.") from None


def stored_settings(home: Path) -> dict[str, str]:
    """Return what `comptoir init` has written into the state folder: lines `COMPTOIR_NAME=value`, by name."""
    try:
        lines = (home / STORED).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigurationError(f"{home / STORED} cannot be read: {error.strerror}.") from error
    pairs = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


@cache
def conf() -> Conf:
    """The settings of this process, read at the first call."""
    return load()


def stored_secret(home: Path, name: str) -> str:
    """Return the secret kept in the state folder under a name, made at the first call (mode 0600).

    Two processes that start together agree: the file is made in one step, the second one reads the first one's.
    """
    folder = home / "secrets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        fresh = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(_fresh(name), encoding="ascii")
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            ...  # another process was first: its secret counts
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def _fresh(name: str) -> str:
    if name == "seal_keys":
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode("ascii")
    return secrets.token_urlsafe(48)

"""The only file that imports `stripe`: one client a key, one pinned API version, every error in the contract's words."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
import stripe
import structlog
from django.db import connection

from comptoir.modules.api import Account, BadNoticeError, CallRefusedError, OutcomeUnknownError

log = structlog.get_logger(__name__)

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = (5, 20)  # connect, read; the library's own 80 s would hold a page for minutes
PROBE_SECONDS = (4, 8)  # somebody waits for the answer, and it may be pressed again
REPETITIONS = 1
LISTED = 100  # objects a page, the most that Stripe gives
MOST_PAGES = 50  # of what belongs to one thing; a list that never ends is none
OLDEST_SECONDS = 300  # age of a signed notice, as Stripe's libraries have it
NEWEST_SECONDS = 300  # the library accepts times in the future: we do not
TOO_MANY = 429
PERMISSION = re.compile(r"\brak_[a-z0-9_]{1,80}")  # as a 403 names what a restricted key lacks

stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)  # it tells two lines a call

_clients: dict[str, stripe.StripeClient] = {}
_guard = threading.Lock()


class StripeCallInTransactionError(RuntimeError):
    """Stripe was to be called while a database transaction is open: it would hold locks across the network."""


class _Transport(stripe.RequestsClient):
    """Refuses to work inside a transaction, in production too: it costs nothing and finds every such place."""

    def request_with_retries(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        # A test case's own outer transaction does not count; the marker is Django's private one, pinned by a test.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise StripeCallInTransactionError(f"{method} {url.partition('?')[0]}")
        return super().request_with_retries(method, url, *args, **kwargs)


def client(account: Account) -> stripe.StripeClient:
    """The client of an account's secret key, kept for the life of the process (its sessions hold open connections)."""
    return client_for(account.values.get("secret_key", ""), account.api_base)


def client_for(secret_key: str, api_base: str) -> stripe.StripeClient:
    """The client of a key; `api_base` '' is Stripe's own address."""
    name = hashlib.sha256(f"{api_base}|{secret_key}".encode()).hexdigest()
    with _guard:
        if name not in _clients:
            _clients[name] = _made(secret_key, api_base, timeout=TIMEOUT_SECONDS, repetitions=REPETITIONS)
        return _clients[name]


def prober(key: str, api_base: str) -> stripe.StripeClient:
    """A client of a key that is only being tried: kept by nobody, impatient, asks once."""
    return _made(key, api_base, timeout=PROBE_SECONDS, repetitions=0)


def _made(key: str, api_base: str, *, timeout: tuple[int, int], repetitions: int) -> stripe.StripeClient:
    bases: Any = {"api": api_base, "files": api_base, "connect": api_base, "meter_events": api_base}
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        http_client=_Transport(timeout=timeout),
        max_network_retries=repetitions,
        base_addresses=bases if api_base else {},
    )


def ask(call: Callable[[], stripe.StripeObject]) -> dict[str, Any]:
    """Make one call and return plain data.

    Raises:
        CallRefusedError: Stripe refuses this call for good (a definite 4xx, or a key that is not accepted); `code` is Stripe's.
        OutcomeUnknownError: no answer, too many calls, a conflict, or a fault of Stripe's. A key that was used with other words before
            is `replayed` too: an earlier call of it has had an outcome, which only a look can tell.
    """
    try:
        answer: dict[str, Any] = call().to_dict()
    except stripe.IdempotencyError as error:
        spent = error.http_status == 400  # noqa: PLR2004 - 409: the first call of this key is still under way
        raise OutcomeUnknownError(error.code or "idempotency_error", replayed=spent) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        named = permission_of(error)
        code = (
            named or _code(error) or ("permission" if isinstance(error, stripe.PermissionError) else "authentication")
        )
        raise CallRefusedError(code, no_permission=True) from error
    except (stripe.RateLimitError, stripe.APIConnectionError) as error:
        raise OutcomeUnknownError(type(error).__name__) from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        if 400 <= status < 500 and status not in {409, TOO_MANY}:  # noqa: PLR2004 - the classes of HTTP's own statuses
            raise CallRefusedError(error.code or _unnamed(error)) from error
        replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
        raise OutcomeUnknownError(f"{type(error).__name__} {status}", replayed=replayed) from error
    return answer


def every(listing: Callable[[Any], stripe.StripeObject], params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a list, page by page. Raises as `ask`."""
    page: dict[str, Any] = {"limit": LISTED, **params}
    for _page in range(MOST_PAGES):
        listed = ask(partial(listing, page))
        yield from listed["data"]
        if not listed.get("has_more") or not listed["data"]:
            return
        page = {**page, "starting_after": listed["data"][-1]["id"]}


def ask_raw(asked: stripe.StripeClient, address: str) -> dict[str, Any]:
    """Read one address, such as the next page of a list, as Stripe has given it. Raises as `ask`."""
    return ask(lambda: asked.deserialize(asked.raw_request("get", address), api_mode="V2"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a question that is asked to see how it is answered. No text of Stripe's: it may hold parts of a key.

    `status`: HTTP's, 0 where none came; `trouble` then says why: `timeout`, `certificate`, `tls`, `name`, `proxy`, `connection`.
    `garbage`: an answer that is none of Stripe's. `permission`: what a 403 says is missing. `ahead_seconds`: how far Stripe's clock
    is ahead of ours.
    """

    status: int = 0
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    code: str = ""
    trouble: str = ""
    permission: str = ""
    ahead_seconds: float | None = None


def probe(asked: stripe.StripeClient, method: str, path: str, params: Mapping[str, Any] | None = None) -> Answer:
    """Ask one thing and return how it was answered; raises nothing for an answer, nor for the lack of one."""
    sent = time.time()
    try:
        reply = asked.raw_request(method, path, **(params or {}))
    except stripe.APIConnectionError as error:
        return Answer(trouble=_trouble(error.__cause__))
    except stripe.StripeError as error:
        status = error.http_status or 0
        known = isinstance((error.json_body or {}).get("error"), dict) if isinstance(error.json_body, dict) else False
        return Answer(
            status=status,
            code=_code(error),
            trouble="" if known else "garbage",
            permission=permission_of(error),
            ahead_seconds=_ahead(error.headers or {}, sent),
        )
    data = reply.data if isinstance(reply.data, dict) else {}
    return Answer(status=reply.code, data=data, ahead_seconds=_ahead(reply.headers, sent))


def _trouble(cause: BaseException | None) -> str:
    """In one word, why no answer came."""
    match cause:
        case requests.exceptions.SSLError():
            return "certificate" if "CERTIFICATE_VERIFY_FAILED" in repr(cause) else "tls"
        case requests.exceptions.ProxyError():
            return "proxy"
        case requests.exceptions.Timeout():
            return "timeout"
        case requests.exceptions.ConnectionError() if "NameResolution" in repr(cause) or "getaddrinfo" in repr(cause):
            return "name"
    return "connection"


def _ahead(headers: Mapping[str, str], sent: float) -> float | None:
    """Stripe's clock less ours, in seconds, by the header Date (whole seconds) and the middle of the call."""
    said = {name.lower(): value for name, value in headers.items()}.get("date", "")
    with suppress(ValueError, TypeError):
        stamp = parsedate_to_datetime(said)
        if stamp.tzinfo is not None:
            return stamp.timestamp() + 0.5 - (sent + time.time()) / 2
    return None


def _code(error: stripe.StripeError) -> str:
    """Stripe's code; the library leaves it out of some classes of errors."""
    said = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    code = error.code or (said.get("code") if isinstance(said, dict) else "") or ""
    return str(code)[:80]


def _unnamed(error: stripe.StripeError) -> str:
    """A refusal that has no code: its class, and the parameter that it is about where it says so."""
    param = getattr(error, "param", None)
    return f"{type(error).__name__}:{param}"[:80] if param else type(error).__name__


def permission_of(error: stripe.StripeError) -> str:
    """The permission that a restricted key lacks, as the answer names it; '' where it names none."""
    found = PERMISSION.search(str(error.user_message or "")) if error.http_status == 403 else None  # noqa: PLR2004 - HTTP's own
    return found.group() if found else ""


def verify(body: bytes, header: str, secrets: list[str]) -> str:
    """Return the secret that signed a notice.

    Raises:
        BadNoticeError: no secret fits, the notice is older than 300 s, or is dated more than 300 s ahead.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadNoticeError("The body is not UTF-8.") from error
    if not header.isascii():
        raise BadNoticeError("The header Stripe-Signature is not of the expected form.")
    for secret in secrets:
        try:
            # Without a tolerance here: the age is judged below, so that a genuine but old notice is named as such.
            stripe.WebhookSignature.verify_header(text, header, secret, tolerance=None)
        except stripe.SignatureVerificationError:
            continue
        _judge_age(header)
        return secret
    raise BadNoticeError("The signature does not fit.")


def _judge_age(header: str) -> None:
    """By the one time stamp that the signature covers; a header with two of them could show us the wrong one."""
    stamps = [part.strip().partition("=")[2] for part in header.split(",") if part.strip().startswith("t=")]
    if len(stamps) != 1 or not stamps[0].isdecimal():
        raise BadNoticeError("The signature's time is not clear.")
    age = time.time() - int(stamps[0])
    if age > OLDEST_SECONDS:
        raise BadNoticeError("The notice is older than 300 seconds.")
    if age < -NEWEST_SECONDS:
        raise BadNoticeError("The notice is dated more than 300 seconds ahead.")

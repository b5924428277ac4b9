"""The only file that imports `stripe`: one client a key, one pinned API version, every error in the contract's words."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
import stripe
import structlog
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from comptoir.kernel.secrets import hidden
from comptoir.kernel.words import Words, code, words
from comptoir.modules.api import Account, BadNoticeError, CallRefusedError, OutcomeUnknownError
from comptoir_stripe import silence

log = structlog.get_logger(__name__)

API_VERSION = "2026-10-28.endive"
TIMEOUT_SECONDS = (5, 20)  # connect, read; the library's own 80 s would hold a page for minutes
PROBE_SECONDS = (4, 8)  # somebody waits for the answer, and it may be pressed again
REPETITIONS = 1
LISTED = 100  # objects a page, the most that Stripe gives
MOST_PAGES = 50  # of what belongs to one thing; a list that never ends is none
OLDEST_SECONDS = 300  # age of a signed notice, as Stripe's libraries have it
NEWEST_SECONDS = 300  # the library accepts times in the future: we do not
BAD_REQUEST, CONFLICT, TOO_MANY, FAULT = 400, 409, 429, 500
LONGEST_WAIT_SECONDS = 60.0
WORD = re.compile(r"[a-z][a-z0-9_.\[\]]{0,79}")  # as Stripe's codes and parameters are written
UNREACHABLE = words(gettext_noop("it cannot be reached, or the connection was lost"))
TIMED_OUT = words(gettext_noop("no answer came in time"))
CROWDED = words(gettext_noop("it takes no more calls for the moment"))
GARBAGE = words(gettext_noop("something answers that is not Stripe"))
PERMISSION = re.compile(r"\brak_[a-z0-9_]{1,80}")  # as a 403 names what a restricted key lacks

stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)  # it tells two lines a call

# Whose call is under way in this thread: noted by the transport, so that no caller has to say it twice.
_asked: ContextVar[silence.Whose | None] = ContextVar("asked", default=None)
_clients: dict[str, stripe.StripeClient] = {}
_guard = threading.Lock()


class StripeCallInTransactionError(RuntimeError):
    """Stripe was to be called while a database transaction is open: it would hold locks across the network."""


class _Transport(stripe.RequestsClient):
    """Refuses to work inside a transaction, in production too: it costs nothing and finds every such place."""

    def __init__(self, *, timeout: tuple[int, int], whose: silence.Whose | None) -> None:
        super().__init__(timeout=timeout)
        self.whose = whose

    def request_with_retries(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        # A test case's own outer transaction does not count; the marker is Django's private one, pinned by a test.
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise StripeCallInTransactionError(f"{method} {url.partition('?')[0]}")
        _asked.set(self.whose)
        return super().request_with_retries(method, url, *args, **kwargs)


def client(account: Account) -> stripe.StripeClient:
    """The client of an account's secret key, kept for the life of the process (its sessions hold open connections)."""
    whose = (account.account, account.mode)
    return client_for(account.values.get("secret_key", ""), account.api_base, whose=whose)


def client_for(secret_key: str, api_base: str, *, whose: silence.Whose | None = None) -> stripe.StripeClient:
    """The client of a key; `api_base` '' is Stripe's own address. `whose`: the account and mode that it opens, where that is known."""
    name = hashlib.sha256(f"{api_base}|{secret_key}|{whose}".encode()).hexdigest()
    with _guard:
        if name not in _clients:
            _clients[name] = _made(secret_key, api_base, timeout=TIMEOUT_SECONDS, repetitions=REPETITIONS, whose=whose)
        return _clients[name]


def prober(key: str, api_base: str) -> stripe.StripeClient:
    """A client of a key that is only being tried: kept by nobody, impatient, asks once."""
    return _made(key, api_base, timeout=PROBE_SECONDS, repetitions=0)


def knock(account: Account) -> None:
    """Ask which account the key opens, once and impatiently: whatever Stripe answers, it answers. Raises OutcomeUnknownError."""
    whose = (account.account, account.mode)
    asked = _made(
        account.values.get("secret_key", ""), account.api_base, timeout=PROBE_SECONDS, repetitions=0, whose=whose
    )
    with suppress(CallRefusedError):
        ask(asked.v1.accounts.retrieve_current)


def _made(
    key: str, api_base: str, *, timeout: tuple[int, int], repetitions: int, whose: silence.Whose | None = None
) -> stripe.StripeClient:
    bases: Any = {"api": api_base, "files": api_base, "connect": api_base, "meter_events": api_base}
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        http_client=_Transport(timeout=timeout, whose=whose),
        max_network_retries=repetitions,
        base_addresses=bases if api_base else {},
    )


def ask(call: Callable[[], stripe.StripeObject]) -> dict[str, Any]:
    """Make one call and return plain data; note whether Stripe has answered it at all (`silence`).

    Raises:
        CallRefusedError: Stripe refuses this call for good; `code` is Stripe's.
        OutcomeUnknownError: nobody knows whether it had an effect. See `told`, which has the policy.
    """
    _asked.set(None)
    try:
        answer: dict[str, Any] = call().to_dict()
    except stripe.StripeError as error:
        outcome = told(error)
        if isinstance(outcome, OutcomeUnknownError):
            log.info("no clear answer from Stripe", kind=type(error).__name__, status=error.http_status)
        _note(outcome)
        raise outcome from error
    if not answer.keys() & {"object", "data"}:  # JSON, and nothing of Stripe's: somebody on the way
        garbage = OutcomeUnknownError(GARBAGE, silent=True)
        _note(garbage)
        raise garbage
    _note(None)
    return answer


def _note(outcome: Exception | None) -> None:
    whose = _asked.get()
    if whose is None:
        return  # a key that is being tried out, or a call that was never made
    if isinstance(outcome, OutcomeUnknownError) and outcome.silent:
        silence.unheard(whose, outcome.cause)
    else:
        silence.heard(whose, at=timezone.now())


def told(error: stripe.StripeError) -> CallRefusedError | OutcomeUnknownError:
    """The policy: what an answer that is no success means for whoever has called. Stripe's own advice counts first.

    - No answer, Stripe's own fault (5xx), or what is no answer of Stripe's (a proxy's page, half a body): unknown, and *silent*.
    - Too many calls (429): it had no effect; unknown all the same, and *busy*, so that others wait as well.
    - A conflict (409), or anything that `Stripe-Should-Retry: true` says may be tried again: unknown; the same key serves again.
    - A fault that is stored under the key (`Idempotent-Replayed`, or 5xx with `Stripe-Should-Retry: false`), or a key that was used with
      other words: unknown, and *replayed*: the key is spent, and only a look tells what its first call has done.
    - Any other 4xx: refused for good, without an effect.
    """
    status, headers = error.http_status or 0, {name.lower(): value for name, value in (error.headers or {}).items()}
    again = str(headers.get("stripe-should-retry", ""))
    if status == TOO_MANY:
        return OutcomeUnknownError(CROWDED, busy=_seconds(headers.get("retry-after")))
    if BAD_REQUEST <= status < FAULT:
        return _no(error, again=again == "true")
    if isinstance(error, stripe.APIConnectionError):
        late = _trouble(error.__cause__) == "timeout"
        return OutcomeUnknownError(TIMED_OUT if late else UNREACHABLE, silent=True)
    replayed = headers.get("idempotent-replayed") == "true" or (status >= FAULT and again == "false")
    return OutcomeUnknownError(_fault(status), replayed=replayed, silent=not replayed)


def _fault(status: int) -> Words:
    return words(gettext_noop("it has a fault of its own (HTTP %(status)s)"), status=code(str(status)))


def _no(error: stripe.StripeError, *, again: bool) -> CallRefusedError | OutcomeUnknownError:
    """What a 4xx means; `again`: Stripe says that the same call may be made once more."""
    status = error.http_status
    if not _of_stripe(error):
        return OutcomeUnknownError(
            words(gettext_noop("something answers that is not Stripe (HTTP %(status)s)"), status=code(str(status))),
            silent=True,
        )
    if isinstance(error, stripe.IdempotencyError) and status == BAD_REQUEST:
        return OutcomeUnknownError(_code(error) or "idempotency_error", replayed=True)
    if status == CONFLICT or again:
        return OutcomeUnknownError(
            _code(error)
            or words(gettext_noop("it asks to be called again (HTTP %(status)s)"), status=code(str(status)))
        )
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        usual = "permission" if isinstance(error, stripe.PermissionError) else "authentication"
        return CallRefusedError(permission_of(error) or _code(error) or usual, no_permission=True)
    return CallRefusedError(_code(error) or _unnamed(error))


def _of_stripe(error: stripe.StripeError) -> bool:
    """Whether an answer has the form of Stripe's errors; what a proxy or a filter says of itself has not."""
    body = error.json_body
    return isinstance(body, dict) and isinstance(body.get("error"), dict)


def _seconds(said_after: object) -> float:
    """What `Retry-After` says, in seconds, at most a minute; 0 where it says nothing."""
    try:
        return min(max(float(str(said_after)), 0.0), LONGEST_WAIT_SECONDS)
    except ValueError:
        return 0.0


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
        return Answer(
            status=status,
            code=_code(error),
            trouble="" if _of_stripe(error) else "garbage",
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
    return _plain(str(code))


def _plain(word: str) -> str:
    """A word of Stripe's that may stand in logs and alerts; '' for anything else: who answers in its place may send our key back."""
    return word if WORD.fullmatch(word) and hidden(word) == word else ""


def _unnamed(error: stripe.StripeError) -> str:
    """A refusal that has no code: its class, and the parameter that it is about where it says so."""
    param = _plain(str(getattr(error, "param", None) or ""))
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

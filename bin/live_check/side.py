"""One of the two sides: Stripe, or a simulator. What it was asked and what it answered is kept, to be compared."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

STRIPE: Final = "https://api.stripe.com"
ID = re.compile(r"\b[a-z]{2,10}(?:_test)?_[A-Za-z0-9]{8,}\b")
HEADERS = ("Request-Id", "Stripe-Version", "Idempotency-Key", "Idempotent-Replayed", "Original-Request")
ANSWER_WITHIN = 80  # seconds, as the official library waits

Form = dict[str, str]


class Stopped(Exception):  # noqa: N818 - no error: a scenario cannot go on, and its comparison says why
    """An answer lacks what the next step needs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None when what came is no JSON object; `status` is 0 when nothing came."""

    status: int
    headers: frozenset[str]  # those of HEADERS that came
    body: dict[str, Any] | None

    def need(self, *path: str) -> Any:
        """A field inside the answer. Raises `Stopped` if it is not there or null."""
        value: Any = self.body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            raise Stopped(f"no {'.'.join(path)} came (status {self.status})")
        return value


@dataclass(slots=True)
class Record:
    """What happened in one scenario on one side."""

    steps: dict[str, Answer] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)  # seconds until something came by itself
    seconds: float = 0.0
    ids: set[str] = field(default_factory=set)
    stopped: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)  # oldest first


class Side:
    """Asks one account. The key stands in the session's headers alone and is shown nowhere."""

    def __init__(self, name: str, base: str, key: str, version: str, *, poll: float) -> None:
        self.name, self.base, self.poll = name, base, poll
        self.record = Record()
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Bearer {key}", "Stripe-Version": version})

    def close(self) -> None:
        self._session.close()

    def get(self, step: str, path: str, form: Form | None = None, **headers: str) -> Answer:
        return self._ask(step, "GET", path, form, headers)

    def post(self, step: str, path: str, form: Form | None = None, **headers: str) -> Answer:
        return self._ask(step, "POST", path, form, headers)

    def delete(self, step: str, path: str) -> Answer:
        return self._ask(step, "DELETE", path, None, {})

    def until(self, step: str, path: str, good: Callable[[dict[str, Any]], bool], *, at_most: float = 30) -> Answer:
        """Read until it is as wished, or `at_most` seconds have passed; the time that it took is compared, too."""
        began = time.monotonic()
        while True:
            answer = self._ask(step, "GET", path, None, {})
            waited = time.monotonic() - began
            if waited > at_most or (answer.body is not None and good(answer.body)):
                self.record.waits[step] = waited
                return answer
            time.sleep(self.poll)

    def _ask(self, step: str, method: str, path: str, form: Form | None, headers: dict[str, str]) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            sent.setdefault("Idempotency-Key", f"livecheck_{secrets.token_hex(12)}")
        answer = self._exchange(method, path, form, sent)
        if answer.body is not None and "error" not in answer.body:
            self.record.ids.update(_ids(answer.body))
        self.record.steps[step] = answer
        return answer

    def _exchange(self, method: str, path: str, form: Form | None, headers: dict[str, str]) -> Answer:
        try:
            reply = self._session.request(
                method,
                f"{self.base}/v1/{path}",
                params=None if method == "POST" else form,
                data=form if method == "POST" else None,
                headers=headers,
                timeout=ANSWER_WITHIN,
                allow_redirects=False,
            )
        except requests.RequestException:  # its text may show what was sent
            return Answer(0, frozenset(), None)
        came = frozenset(name for name in HEADERS if name in reply.headers)
        try:
            body = reply.json()
        except ValueError:
            body = None
        return Answer(reply.status_code, came, body if isinstance(body, dict) else None)

    def events_since(self, moment: int) -> list[dict[str, Any]]:
        """Events from this Unix second on, oldest first: at most 500."""
        found: list[dict[str, Any]] = []
        form = {"limit": "100", "created[gte]": str(moment)}
        for _ in range(5):
            answer = self._exchange("GET", "events", form, {})
            page = (answer.body or {}).get("data", [])
            found += page
            if not page or not (answer.body or {}).get("has_more"):
                break
            form["starting_after"] = page[-1]["id"]
        return found[::-1]


def _ids(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if ID.fullmatch(value) else set()
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*(_ids(item) for item in items))

"""What a browser complains about while a journey is made: nothing, or the journey fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

BINDING = "tellViolation"
LISTENER = f"""
addEventListener("securitypolicyviolation", event => {BINDING}(
  `${{event.violatedDirective}} forbids ${{event.blockedURI}} on ${{event.documentURI}}`), true)
"""
# A page that is left ends what it was still reading; that is no fault.
LEFT = "net::ERR_ABORTED"
REFUSED = 400
# Chromium says in its console what the status says already.
ECHO = "Failed to load resource"


@dataclass
class Watch:
    """Collects breaches of the Content-Security-Policy, console errors, script errors, failed and refused requests.

    `policies` holds every policy met, by host.
    """

    complaints: list[str] = field(default_factory=list)
    policies: dict[str, set[str]] = field(default_factory=dict)
    _expected: set[tuple[int, str]] = field(default_factory=set)

    def over(self, context: BrowserContext) -> None:
        """Watch everything that happens in a context."""
        context.expose_binding(BINDING, lambda _source, words: self.complaints.append(f"policy: {words}"))
        context.add_init_script(LISTENER)
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def expect(self, status: int, path: str) -> None:
        """An answer that the journey is about; `path` is the beginning of its path."""
        self._expected.add((status, path))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and ECHO not in message.text:
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _script(self, error: WebError) -> None:
        self.complaints.append(f"script: {error.error}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.complaints.append(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        where = urlsplit(response.url)
        expected = any(response.status == status and where.path.startswith(path) for status, path in self._expected)
        if response.status >= REFUSED and not expected:
            self.complaints.append(f"refused: {response.request.method} {response.url} {response.status}")
        if response.headers.get("content-type", "").startswith("text/html"):
            policy = response.headers.get("content-security-policy", "")
            self.policies.setdefault(where.hostname or "", set()).add(policy)

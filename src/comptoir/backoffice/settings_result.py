"""What a connection test says to whoever pressed the button: findings, sentences at the fields, a diagnosis to be sent on."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata

from django.utils.functional import Promise
from django.utils.translation import gettext, override

from comptoir.kernel import secrets
from comptoir.modules import setup
from comptoir.modules.api import Connection, Finding, Manifest, Mode, Verdict
from comptoir.modules.setup import Tried

# What is wrong stands first, then what no test can prove.
RANKS = {Verdict.BAD: 0, Verdict.UNPROVEN: 1, Verdict.GOOD: 2}
STATES = {Verdict.BAD: "bad", Verdict.UNPROVEN: "wait", Verdict.GOOD: "good"}
SHORTEST = 8  # a shorter text that was typed is no secret, and would blot out innocent words


@dataclass(frozen=True, slots=True)
class Point:
    """One finding as the page shows it."""

    finding: Finding
    state: str
    word: str


@dataclass(frozen=True)
class Result:
    """A test that is over. `typed` never leaves this process: it is only known so that it can be kept out of what we say."""

    manifest: Manifest
    mode: Mode
    tried: Tried
    typed: Mapping[str, str]
    at: dt.datetime

    @property
    def good(self) -> bool:
        """Whether what was typed is stored."""
        return self.tried.stored

    @property
    def connection(self) -> Connection | None:
        """What the provider said; None where it was not asked."""
        return self.tried.connection

    @property
    def findings(self) -> list[Finding]:
        """All of them, in the order of their weight."""
        found = self.connection.findings if self.connection else ()
        return sorted(found, key=lambda each: RANKS[each.verdict])

    @property
    def open_points(self) -> list[Point]:
        """What somebody should read."""
        return [each for each in self._points if each.finding.verdict is not Verdict.GOOD]

    @property
    def good_points(self) -> list[Point]:
        """What is as it should be."""
        return [each for each in self._points if each.finding.verdict is Verdict.GOOD]

    @property
    def _points(self) -> list[Point]:
        words = {
            Verdict.GOOD: gettext("Good"),
            Verdict.BAD: gettext("To be mended"),
            Verdict.UNPROVEN: gettext("Not proven"),
        }
        return [Point(each, STATES[each.verdict], words[each.verdict]) for each in self.findings]

    @cached_property
    def problems(self) -> dict[str, list[str | Promise]]:
        """Sentences by field."""
        found: dict[str, list[str | Promise]] = {}
        for problem in self.tried.problems:
            found.setdefault(problem.field, []).append(problem.text)
        for finding in self.findings:
            if finding.verdict is Verdict.BAD and finding.field:
                found.setdefault(finding.field, []).append(finding.text)
        return found

    @property
    def headline(self) -> str:
        """What it means, in one sentence or two."""
        title = {"title": self.manifest.title}
        if self.tried.waits:
            return gettext(
                "The keys work. They open another account than the one in use, so they wait for your yes below."
            )
        if self.good:
            return gettext("The connection works. What you typed is stored and sealed.")
        if self.connection is None:
            return (
                gettext("Nothing was stored and nothing was changed. %(title)s was not asked: mend the fields marked.")
                % title
            )
        if self.tried.meanwhile:
            return gettext(
                "The keys work, but somebody stored other ones while they were tested, and you had left some fields empty. "
                "Nothing of yours was stored: test again."
            )
        if self.connection.good:
            return gettext("The keys work. Nothing was stored and nothing was changed: mend the fields marked.")
        return gettext("The connection does not work. Nothing was stored and nothing was changed.")

    @property
    def diagnosis(self) -> str:
        """Facts for whoever helps, in English and without secrets."""
        told = self.connection
        lines = [
            f"time: {self.at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"comptoir: {metadata.version('comptoir')} (Python {platform.python_version()})",
            f"module: {self.manifest.name} {self.manifest.version}",
            f"mode: {self.mode}",
            f"webhook address: {setup.notice_address(self.manifest.name)}",
            f"account: {(told.account if told else '') or 'unknown'}",
        ]
        with override("en"):
            lines += [f"field {each.field}: {each.text}" for each in self.tried.problems]
            lines += [f"{each.verdict}: {each.code}" for each in self.findings]
        return self._without_secrets("\n".join(lines))

    def _without_secrets(self, text: str) -> str:
        """The last net: no module may put what was typed into a code, and should one, it does not get further than this."""
        for value in sorted((each.strip() for each in self.typed.values()), key=len, reverse=True):
            if len(value) >= SHORTEST:
                text = text.replace(value, "[secret]")
        return secrets.hidden(text)

"""A mail server that counts: what it has taken it keeps, through every crash of ours, and it fails as such servers do."""

from __future__ import annotations

import re
import smtplib
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from tests.proofs.crash import Crashed

from comptoir.mail import tasks

ADDRESS = "smtp://mail.example.org"
MOODS = ("plain", "plain", "away", "refuses", "cut before", "cut after", "sender dies before", "sender dies after")
NAME = re.compile(r"<(\d+)\.")


@dataclass
class Post:
    """`moods`: how the next mails go; plain when there are none. `taken`: by a mail's number, how often it was taken."""

    moods: deque[str] = field(default_factory=deque)
    taken: Counter[int] = field(default_factory=Counter)
    mood: str = "plain"

    def connect(self) -> Post:
        """A connection, where it answers. Raises OSError."""
        self.mood = self.moods.popleft() if self.moods else "plain"
        if self.mood == "away":
            raise ConnectionRefusedError
        return self

    def send_message(self, message: EmailMessage) -> None:
        """Take a mail, or not, as the mood wants it."""
        if self.mood == "refuses":
            raise smtplib.SMTPDataError(451, b"later")
        if not self.mood.endswith("before"):
            name = NAME.match(message["Message-ID"])
            assert name is not None
            self.taken[int(name.group(1))] += 1
        if self.mood.startswith("cut"):
            raise smtplib.SMTPServerDisconnected("the line was cut")
        if self.mood.startswith("sender dies"):
            raise Crashed

    def close(self) -> None:
        """Hang up."""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """The product's mails come here."""
        real = tasks._connect
        tasks._connect = self.connect  # type: ignore[assignment]
        try:
            yield
        finally:
            tasks._connect = real

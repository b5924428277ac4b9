"""A mail server that is never killed: what it has taken, it remembers, with the name that the sender gave it."""

from __future__ import annotations

import re
import socketserver
import threading
import time
from collections import Counter

TAKES = 0.2  # seconds between the last line and the word that it was taken: who dies then does not know
NAME = re.compile(rb"^Message-ID:\s*<(\d+)\.", re.MULTILINE | re.IGNORECASE)


class Postbox(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine; `taken` counts by the number of the mail's row."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.taken: Counter[int] = Counter()
        self.nameless = 0
        self._guard = threading.Lock()
        threading.Thread(target=self.serve_forever, name="postbox", daemon=True).start()

    @property
    def url(self) -> str:
        """As the product's setting wants it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def take(self, text: bytes) -> None:
        """One mail, whole."""
        found = NAME.search(text)
        with self._guard:
            if found is None:
                self.nameless += 1
            else:
                self.taken[int(found[1])] += 1

    def close(self) -> None:
        """Listen no more."""
        self.shutdown()
        self.server_close()


class Visit(socketserver.StreamRequestHandler):
    """One connection, in as much of SMTP (RFC 5321) as a sender without TLS speaks."""

    server: Postbox

    def handle(self) -> None:
        """Until it ends, or dies."""
        try:
            self._speak()
        except OSError:
            return  # it was killed: what it had not said to its end was not said

    def _speak(self) -> None:
        self.wfile.write(b"220 postbox\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = self._text()
                if text is None:
                    return
                self.server.take(text)
                time.sleep(TAKES)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")

    def _text(self) -> bytes | None:
        lines: list[bytes] = []
        while line := self.rfile.readline():
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line)
        return None

"""What somebody reads on a page: its texts, each as one piece, ids and amounts within a sentence included."""

from __future__ import annotations

from html.parser import HTMLParser

WITHIN = {"id", "num"}  # classes of what stands within a sentence
SILENT = {"script", "style", "pre", "select", "noscript"}
VOID = {"meta", "link", "br", "img", "input", "hr", "wbr"}


class Reading(HTMLParser):
    """The texts of a page, without the languages' own names, choices, and what is in a language of its own."""

    def __init__(self, page: str) -> None:
        """Read the page at once."""
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[bool, bool]] = []  # of each open tag: whether it is silent, whether it breaks a text
        self._piece = ""
        self.feed(page)
        self.close()
        self._break()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag breaks the text, unless it marks an id or a figure."""
        values = dict(attrs)
        classes = set((values.get("class") or "").split())
        inline = tag in {"span", "time", "code"} and bool(classes & WITHIN)
        if not inline:
            self._break()
        if tag not in VOID:
            letter = (values.get("lang") and tag != "html") or "/mail/mail/" in (values.get("href") or "")
            silent = tag in SILENT or "languages" in classes or bool(letter)
            self._open.append((silent or bool(self._open and self._open[-1][0]), not inline))

    def handle_endtag(self, tag: str) -> None:
        """So does its end."""
        if tag not in VOID and self._open and self._open.pop()[1]:
            self._break()

    def handle_data(self, data: str) -> None:
        """A piece of text."""
        if not (self._open and self._open[-1][0]):
            self._piece += data

    def _break(self) -> None:
        if text := " ".join(self._piece.split()):
            self.texts.append(text)
        self._piece = ""


def plain(text: str) -> str:
    """A text as `Reading` gives it: every space is one space."""
    return " ".join(text.split())

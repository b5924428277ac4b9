"""A page of HTML as a browser takes it apart: tags with their attributes, scripts, and forms with what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

Tag = tuple[str, dict[str, str]]


@dataclass
class Form:
    """A form as it would be sent without touching it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """The tags, the inline scripts and the forms of a page."""

    def __init__(self, text: str) -> None:
        """Read the page at once."""
        super().__init__()
        self.tags: list[Tag] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.forms: list[Form] = []
        self._script: dict[str, str] | None = None
        self._form: Form | None = None
        self._select = self._area = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag; open what it opens."""
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "script":
            self._script = values
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(self._form, tag, values)

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name = values.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in values or self._select not in form.fields:
                form.fields[self._select] = values.get("value", "")
        elif tag == "textarea":
            self._area = name
            form.fields[name] = ""
        elif tag == "input" and name and name != "csrfmiddlewaretoken":
            box = values.get("type") in {"radio", "checkbox"}
            if not box or "checked" in values:
                form.fields[name] = values.get("value", "on" if box else "")
            form.fields.setdefault(name, "")

    def handle_data(self, data: str) -> None:
        """Text of a script or of a text area."""
        if self._script is not None:
            self.scripts.append((self._script, data))
        elif self._form is not None and self._area:
            self._form.fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close what is open."""
        if tag == "script":
            self._script = None
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

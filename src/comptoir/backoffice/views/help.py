"""The help pages of modules and of the house: the files of `docs/fr` and `docs/en` with their pictures, for all staff."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from comptoir.modules import registry

# Pages about the house itself; the others bear the names of modules.
HOUSE = ("credit", "payouts", "disputes", "refunds", "orders", "settings", "team")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
CHECKOUT = Path(__file__).resolve().parents[4] / "docs"
INSTALLED = "share/comptoir/docs/"  # where pyproject.toml has the files put, below the prefix of the installation
PICTURE = re.compile(r"\.\./pictures/([\w-]+)\.png")
OTHER_PAGE = re.compile(r"\.\./(\w+)/([\w-]+)\.md")
KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second rank, for the table of contents."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Manual:
    """A help page as HTML; `title` stands above it."""

    title: str
    contents: list[Heading]
    body: SafeString


@functools.cache
def folder() -> Path | None:
    """Where the documents are: in the checkout, else where the installation has put them; None where it has left them out."""
    if (CHECKOUT / "pictures").is_dir():
        return CHECKOUT
    for file in metadata.files("comptoir") or ():
        if INSTALLED in file.as_posix():
            return Path(str(file.locate())).resolve().parents[1]
    return None


def _document(name: str, language: str) -> Path | None:
    """A help page of the house or of an installed module. Both parts come from our own lists: no path can be smuggled in."""
    place = folder()
    known = name in HOUSE or name in registry.installed()
    if place is None or not known or language not in LANGUAGES:
        return None
    path = place / language / f"{name}.md"
    return path if path.is_file() else None


def has_help(module: str) -> bool:
    """Whether a module has a help page in every language."""
    return all(_document(module, language) for language in LANGUAGES)


def written(text: str) -> Manual:
    """A document as HTML. HTML in it is shown as text; pictures and other pages are led to our own addresses."""
    reader = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    tokens = reader.parse(text)
    title = ""
    contents: list[Heading] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[at + 1].content
            if token.tag == "h1":
                title = words
            else:
                token.attrSet("id", slugify(words))
            if token.tag == "h2":
                contents.append(Heading(slugify(words), words))
    for token in tokens:
        token.attrs.pop("style", None)  # of a table's columns; the policy forbids it
        if token.children:
            token.children = [part for child in token.children for part in _led(child)]
    first = 3 if title and tokens[0].tag == "h1" else 0  # a heading is three tokens: it opens, its words, it closes
    html = reader.renderer.render(tokens[first:], reader.options, {})
    return Manual(title, contents, mark_safe(html))  # noqa: S308 - from our own files, with HTML switched off


def _led(token: Token) -> Iterator[Token]:
    """A part of a line, led to our addresses. A picture leads to itself, for small screens."""
    if token.type == "image":
        found = PICTURE.fullmatch(str(token.attrGet("src")))
        address = reverse("backoffice:help_picture", args=[found[1]]) if found else ""
        token.attrSet("src", address)
        token.attrSet("loading", "lazy")
        yield from (Token("link_open", "a", 1, attrs={"href": address}), token, Token("link_close", "a", -1))
        return
    if token.type == "link_open":
        target = str(token.attrGet("href"))
        other = OTHER_PAGE.fullmatch(target)
        if other:
            token.attrSet("href", f"{reverse('backoffice:help', args=[other[2]])}?language={other[1]}")
        elif target.startswith("https:"):
            token.attrSet("target", "_blank")
            token.attrSet("rel", "noopener noreferrer")
    yield token


@admin.site.admin_view
@require_safe
def manual(request: HttpRequest, name: str) -> HttpResponse:
    """A help page in the reader's language, or in the one that `?language=` asks for."""
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else get_language() or settings.LANGUAGE_CODE
    path = _document(name, language)
    if path is None:
        raise Http404(gettext("There is no help page of this name."))
    with override(language):  # the whole page is in one language, whichever the reader has chosen elsewhere
        page = written(path.read_text(encoding="utf-8"))
        context = {
            **admin.site.each_context(request),
            "title": page.title,
            "page": page,
            "name": name,
            "others": [(code, title) for code, title in settings.LANGUAGES if code != language],
            "has_settings": name not in HOUSE and bool(registry.installed()[name].manifest.settings),
            "of_module": name not in HOUSE,
        }
        answer = HttpResponse(render_to_string("backoffice/help.html", context, request))
    answer["Content-Language"] = language
    return answer


@admin.site.admin_view
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """A picture of a help page. Only names that are there: an address never becomes a path."""
    place = folder()
    found = {path.stem: path for path in (place / "pictures").glob("*.png")} if place else {}
    if name not in found:
        raise Http404(gettext("There is no such picture."))
    answer = HttpResponse(found[name].read_bytes(), content_type="image/png")
    answer["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return answer

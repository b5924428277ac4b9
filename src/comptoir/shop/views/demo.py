"""The demo's outbox, so that one can read what customers are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comptoir.conf import conf
from comptoir.mail.models import Mail
from comptoir.shop.privacy import private

SHOWN = 100
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")


@dataclass(frozen=True)
class Letter:
    """A mail, and its text in pieces: each a text and whether it is a link."""

    mail: Mail
    pieces: tuple[tuple[str, bool], ...]


@require_safe
@private
def mails(request: HttpRequest) -> HttpResponse:
    """The newest mails first. On a live counter there is no such page."""
    if not conf().demo:
        raise Http404
    letters = [Letter(mail, tuple(pieces(mail.body))) for mail in Mail.objects.order_by("-pk")[:SHOWN]]
    return render(request, "shop/demo_mail.html", {"letters": letters})


def pieces(body: str) -> list[tuple[str, bool]]:
    """A text cut at its links."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in LINK.finditer(body):
        found += [(body[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [*found, (body[end:], False)]

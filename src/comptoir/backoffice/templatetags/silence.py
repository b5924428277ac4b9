"""The band that says since when a provider does not answer: on its own pages, and on the first one."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from comptoir.kernel.words import MODES, Words, said
from comptoir.modules import registry
from comptoir.payments import silence

register = template.Library()
SEEN_BY = ("payments.view_payment", "modules.view_installedmodule")


@register.inclusion_tag("backoffice/parts/silence.html", takes_context=True)
def silent_providers(context: dict[str, Any]) -> dict[str, object]:
    """Who does not answer, as far as this page is about them; nothing for whoever may see neither payments nor modules."""
    request = context.get("request")
    names = _about(request) if isinstance(request, HttpRequest) else []
    return {"silent": [_told(each) for name in names for each in silence.all_silent(name)]}


def _about(request: HttpRequest) -> list[str]:
    """The gateways that a page is about: that which its address names, on the first page all of them."""
    match, user = request.resolver_match, request.user
    if match is None or not any(user.has_perm(name) for name in SEEN_BY):
        return []
    gateways = [name for name, module in registry.installed().items() if module.gateway is not None]
    if match.view_name == "admin:index":
        return gateways
    return [name for name in gateways if name in {match.kwargs.get("gateway"), match.kwargs.get("name")}]


def _told(each: silence.Silent) -> dict[str, object]:
    cause: Words = said(each.silence.cause)
    return {
        "gateway": each.module,
        "title": registry.title(each.module),
        "mode": MODES[each.silence.mode],
        "since": each.silence.since,
        "cause": cause,
    }

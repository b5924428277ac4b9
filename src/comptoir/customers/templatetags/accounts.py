"""What the pages of accounts ask about the second factor."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest

from comptoir.customers import factors
from comptoir.customers.models import User

register = template.Library()


@dataclass(frozen=True, slots=True)
class Factor:
    """How it stands with somebody's second factor."""

    set_up: bool
    demanded: bool  # a member of staff who must set one up before the back office opens
    confirmed: bool  # the e-mail address
    passkeys_work: bool


@register.filter
def in_fours(text: str) -> list[str]:
    """A long key in groups of four, as people type it."""
    return [text[place : place + 4] for place in range(0, len(text), 4)]


@register.simple_tag
def second_factor(request: HttpRequest) -> Factor:
    """All of it; for guests nothing is set up, and nothing is asked of them."""
    user = request.user
    return Factor(
        set_up=factors.has_one(user),
        demanded=factors.wanted(request),
        confirmed=isinstance(user, User) and factors.address_confirmed(user),
        passkeys_work=passkeys_work(request),
    )


@register.filter
def passkeys_work(request: HttpRequest) -> bool:
    """Whether browsers use passkeys at this address: by https under a name, or at localhost; a bare number belongs to nobody."""
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or request.is_secure()
    return False

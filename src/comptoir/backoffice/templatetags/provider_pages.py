"""Links to pages of a provider's dashboard. In the demo they lead to the local provider, which has its pages at the same paths."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django import template

from comptoir.conf import conf
from comptoir.modules import queries

register = template.Library()
ACCOUNT = re.compile(r"^/acct_\w+")  # the local provider has one account, which no path names
ABSENT = {"/account/onboarding": "/dashboard"}  # nobody's identity is looked at there


@register.filter
def provider_page(url: str, module: str) -> str:
    """Where a link to a module's provider leads from here: as it is, or in the demo to the same page of the local one."""
    base = queries.api_base(module) if conf().demo else ""
    if not url or not base:
        return url
    path = ACCOUNT.sub("", urlsplit(url).path)
    return base + ABSENT.get(path, path)

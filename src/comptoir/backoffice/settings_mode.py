"""The choice between test and live: what each of them means, said before it is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext

from comptoir.customers.models import Customer
from comptoir.modules import queries
from comptoir.modules.admin import title_of
from comptoir.modules.api import Mode
from comptoir.payments.models import PAYABLE, Attempt


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode in use and the other one. `refusal`: why the other one cannot be chosen now; `warning`: what to know before."""

    used: Mode
    other: Mode
    testers: int
    unfinished: int  # payments of the mode in use that are not at their end
    refusal: str
    warning: str


def unfinished(*, module: str, mode: Mode, account: str = "") -> int:
    """How many payments are not at their end, of one account or of all."""
    rows = Attempt.objects.filter(module=module, mode=mode, state__in=PAYABLE)
    return (rows.filter(account=account) if account else rows).count()


def choice(name: str) -> Choice:
    """What staff choose between."""
    used = queries.mode_of(name)
    other: Mode = "live" if used == "test" else "test"
    return Choice(
        used=used,
        other=other,
        testers=Customer.objects.filter(tester=True).count(),
        unfinished=unfinished(module=name, mode=used),
        refusal=refusal(name, other),
        warning=_warning(name) if other == "live" else "",
    )


def refusal(name: str, wanted: Mode) -> str:
    """Why a mode cannot be chosen; '' where it can. Without test keys nobody is offered anything, which harms nobody."""
    if wanted == "live" and queries.row_of(module=name, mode="live") is None:
        return gettext(
            "No live keys of %(title)s are stored, so live mode cannot be chosen: type them under “Live keys”, and test the connection."
        ) % {"title": title_of(name)}
    return ""


def _warning(name: str) -> str:
    if settings.PUBLIC_URL.startswith("https://"):
        return ""
    return gettext(
        "The address of this counter, %(address)s, is not https: %(title)s sends no live webhooks there, and access data of "
        "customers would travel in the open. Set up https first."
    ) % {"title": title_of(name), "address": settings.PUBLIC_URL}

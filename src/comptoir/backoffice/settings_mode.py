"""The choice between test and live: what each of them means, said before it is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from comptoir.customers.models import Customer
from comptoir.modules import queries
from comptoir.modules.admin import title_of
from comptoir.modules.api import Mode
from comptoir.payments.models import PAYABLE, Attempt

OF_THIS_MACHINE = frozenset(
    {"localhost", "127.0.0.1", "::1"}
)  # nobody else reaches these, so live mode can be tried there


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode in use and the other one. `refusal`: why the other one cannot be chosen now; `warning`: of live mode, in use or not."""

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
        warning=warning(name, used),
    )


def refusal(name: str, wanted: Mode) -> str:
    """Why a mode cannot be chosen; '' where it can. Without test keys nobody is offered anything, which harms nobody."""
    if wanted != "live":
        return ""
    if queries.row_of(module=name, mode="live") is None:
        return gettext(
            "No live keys of %(title)s are stored, so live mode cannot be chosen: type them under “Live keys”, and test the connection."
        ) % {"title": title_of(name)}
    return "" if is_safe() or _on_this_machine() else warning(name, "test")


def is_safe() -> bool:
    """Whether the address of this counter is https."""
    return settings.PUBLIC_URL.startswith("https://")


def _on_this_machine() -> bool:
    return urlsplit(settings.PUBLIC_URL).hostname in OF_THIS_MACHINE


def warning(name: str, used: Mode) -> str:
    """What an address without https means for live mode, and what to do, told by the mode in use; '' where it is https."""
    if is_safe():
        return ""
    means = gettext(
        "The address of this counter, %(address)s, is not https: %(title)s sends no live webhooks there, and access data of "
        "customers would travel in the open."
    )
    if used == "live":
        advice = gettext("Set up https now, and use test mode until then.")
    elif _on_this_machine():
        advice = gettext("On this machine alone you can try live mode all the same; for customers, set up https first.")
    else:
        advice = gettext(
            "So live mode cannot be chosen: set up https, start the counter with the new address in COMPTOIR_URL, then come back."
        )
    return f"{means} {advice}" % {"title": title_of(name), "address": settings.PUBLIC_URL}


def endpoint_refusal(name: str, mode: Mode) -> str:
    """Why no endpoint can be made for a mode; '' where one can be. In test mode a provider may take http as well: it is asked."""
    if mode != "live" or is_safe():
        return ""
    return gettext(
        "In live mode %(title)s sends to https addresses alone, and the address of this counter, %(address)s, is not https. So no "
        "endpoint can be made yet, neither here nor by hand: set up https, start the counter with the new address in COMPTOIR_URL, "
        "then come back. Payments are found all the same, only later."
    ) % {"title": title_of(name), "address": settings.PUBLIC_URL}

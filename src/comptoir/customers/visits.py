"""When and from where a customer was here: noted at sign-ins and orders, for a bank that asks; deleted after 13 months."""

from __future__ import annotations

import ipaddress

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest

from comptoir.customers.models import User, Visit
from comptoir.kernel import clock

KEPT = relativedelta(
    months=13
)  # within which a bank may take a payment back (cards: 120 days and more, SEPA: 13 months)
DELETED_AT_ONCE = 10_000


def note(user: User, what: Visit.What, request: HttpRequest, *, about: str = "") -> None:
    """Note a sign-in or an order of somebody. A request from nowhere (a test, a socket without a peer) is not noted."""
    try:
        address = str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return
    Visit.objects.create(user=user, what=what, about=about[:40], address=address, at=clock.now())


def prune() -> int:
    """Delete what is older than 13 months, at most so much at once; returns how many rows that were."""
    old = Visit.objects.filter(at__lt=clock.now() - KEPT).order_by("at").values("pk")[:DELETED_AT_ONCE]
    return Visit.objects.filter(pk__in=old).delete()[0]

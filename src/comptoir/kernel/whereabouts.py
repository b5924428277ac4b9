"""Where this database is at home. A copy of it that is started at another address must not charge, deliver or write to anybody.

The address is kept with the installation's name. Where the one that answers now differs, all that reaches the outside waits until
somebody of the host says that the counter has moved here (and is not a copy of one that goes on elsewhere).
"""

from __future__ import annotations

from django.conf import settings

from comptoir.kernel import audit
from comptoir.kernel.models import Installation
from comptoir.kernel.records import installation


def elsewhere() -> str:
    """The address at which this database is at home, where that is not ours; '' where it is, or where none is known yet."""
    known = Installation.objects.values_list("address", flat=True).first() or ""
    return known if known and known != settings.PUBLIC_URL else ""


def settle_in(*, anew: bool = False) -> None:
    """Keep our address where none is known; `anew`: in any case, for a demo, which may change its port."""
    rows = Installation.objects.filter(pk=installation())
    (rows if anew else rows.filter(address="")).update(address=settings.PUBLIC_URL)


def move_here(*, who: str) -> bool:
    """Somebody has said that the counter has moved to our address: everything goes on here. False: it was at home already."""
    before = elsewhere()
    moved = Installation.objects.filter(address=before).update(address=settings.PUBLIC_URL) if before else 0
    if moved:
        audit.record(
            who=who,
            verb="clone.confirmed",
            on=Installation.objects.get(),
            before={"address": before},
            after={"address": settings.PUBLIC_URL},
        )
    return bool(moved)

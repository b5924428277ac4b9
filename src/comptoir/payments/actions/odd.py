"""What a provider says of a thing that cannot be after what it had said of it: nothing is changed, and people compare."""

from __future__ import annotations

from typing import Literal

from django.utils.translation import gettext_noop

from comptoir.kernel.records import alert
from comptoir.kernel.words import code, label, words
from comptoir.payments.models import Dispute, Payment, Payout, Refund

Noun = Literal["payment", "refund", "dispute", "payout"]
State = Payment.State | Refund.State | Dispute.State | Payout.State
TEXTS: dict[Noun, str] = {
    "payment": gettext_noop(
        "The payment %(thing)s was %(before)s and is now said to be %(now)s. "
        "Nothing was changed here; compare it with the provider."
    ),
    "refund": gettext_noop(
        "The refund %(thing)s was %(before)s and is now said to be %(now)s. "
        "Nothing was changed here; compare it with the provider."
    ),
    "dispute": gettext_noop(
        "The dispute %(thing)s was %(before)s and is now said to be %(now)s. "
        "Nothing was changed here; compare it with the provider."
    ),
    "payout": gettext_noop(
        "The payout %(thing)s was %(before)s and is now said to be %(now)s. "
        "Nothing was changed here; compare it with the provider."
    ),
}


def tell(noun: Noun, row: Payment | Refund | Dispute | Payout, *, now: State, reference: str = "") -> None:
    """Raise the alert, once for a thing and what is said of it; `reference`: where the row has none yet."""
    before = type(now)(row.state)
    alert(
        f"{noun}-odd:{row.pk}:{now.value}",
        words(
            TEXTS[noun],
            thing=code(reference or row.reference),
            before=label(before.label),  # type: ignore[arg-type]  # lazy in each of them
            now=label(now.label),  # type: ignore[arg-type]
        ),
        again=False,
    )

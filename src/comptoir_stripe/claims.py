"""The words with which a notice says what it announces, and a look says what it has seen.

A notice is done once a look shows its word; until then the look is repeated. Staff read the words in their language. A notice of one
refund or dispute claims its id, which needs no translation.
"""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_noop


class Claim(StrEnum):
    """What can be claimed of a payment, and of a payout."""

    IN_PROGRESS = gettext_noop("in progress")  # accepted, or any later state
    NOT_IN_PROGRESS = gettext_noop("not in progress")  # it has settled one way or the other
    SUCCEEDED = gettext_noop("succeeded")
    ENDED = gettext_noop("ended")  # nothing can be paid on it any more
    BOOKED = gettext_noop("booked")  # the charge has its balance transaction
    REFUNDED = gettext_noop("refunded, wholly or in part")  # there is a refund, wholly or in part, in whatever state
    REFUND_FAILED = gettext_noop("a refund has failed")
    DISPUTED = gettext_noop("disputed at the bank")
    PAID_OUT = gettext_noop("arrived at your bank")  # or arrived and come back
    PAYOUT_FAILED = gettext_noop("the payout has failed")
    RECONCILED = gettext_noop("what it contains is known")

"""The words with which a notice says what it announces, and a look says what it has seen.

A notice is done once a look shows its word; until then the look is repeated.
"""

from __future__ import annotations

from enum import StrEnum


class Claim(StrEnum):
    """What can be claimed of a payment."""

    IN_PROGRESS = "in progress"  # accepted, or any later state
    NOT_IN_PROGRESS = "not in progress"  # it has settled one way or the other
    SUCCEEDED = "succeeded"
    ENDED = "ended"  # nothing can be paid on it any more
    BOOKED = "booked"  # the charge has its balance transaction

"""The contract of a payment gateway, its words: what each word of the provider's is told as. For the documentation and its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# Which of the contract's enumerations the words are told in; `page`: payments
# without a payment object; `none`: nothing is decided by them.
Told = Literal["payment", "page", "refund", "dispute", "payout", "risk", "book", "none"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One enumeration of the provider's, from the tables that the module's code goes by.

    `words`: each word, as people read it in the provider's documentation, and the value of the contract's enumeration that it is told
    as; '' where nothing is told. `marked`: of payments and pages those words with which nothing can be paid any more, of disputes those
    of an appeal. `note` says in English what the table does not.
    """

    title: str
    told: Told
    words: Mapping[str, str]
    marked: frozenset[str] = field(default_factory=frozenset)
    note: str = ""

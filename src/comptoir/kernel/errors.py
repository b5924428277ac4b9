"""Errors that a person meets: what happened, what it means for their money, what to do."""

from __future__ import annotations

from django.utils.functional import Promise

from comptoir.kernel.words import Words


class SaidError(Exception):
    """A refusal with a sentence for the person in front of the page; views show it, nothing else.

    `cause` is for staff and logs: exact, never shown to a customer.
    """

    def __init__(self, sentence: str | Promise, *, cause: str = "") -> None:
        """Keep the sentence (translated when it is shown) and the cause."""
        super().__init__(cause or str(sentence))
        self.sentence = sentence
        self.cause = cause


class StaffError(Exception):
    """Something failed whose cause staff read in their language, and logs in English."""

    def __init__(self, cause: Words) -> None:
        """Keep the cause."""
        super().__init__(cause.english)
        self.words = cause

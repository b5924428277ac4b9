"""What staff are told of a refund as it stands, whoever made it."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from comptoir.kernel.words import Plain, Words, code, words
from comptoir.modules.api import RefundSeen, RefundStatus

WAITS = {"insufficient_funds"}  # the provider's codes of a wait that somebody has to end


def step(refund: RefundSeen, number: Words) -> tuple[str, Words]:
    """What an alert's key begins with, and what it says; `number` is the invoice's."""
    values: dict[str, Plain] = {"refund": code(refund.id), "amount": refund.amount, "number": number}
    match refund.status:
        case RefundStatus.PENDING if refund.why in WAITS:
            key, text = (
                "refund-pending",
                gettext_noop(
                    "The refund %(refund)s of %(amount)s, invoice %(number)s, waits: the balance at the provider does not suffice. "
                    "It goes on by itself once there is enough; or send money there."
                ),
            )
        case RefundStatus.PENDING:
            key, text = (
                "refund-pending",
                gettext_noop(
                    "The refund %(refund)s of %(amount)s, invoice %(number)s, is under way: the customer does not have it yet."
                ),
            )
        case RefundStatus.SUCCEEDED:
            key, text = (
                "refund",
                gettext_noop(
                    "%(amount)s of invoice %(number)s went back to the customer (%(refund)s). Its services go on: end them if need be."
                ),
            )
        case RefundStatus.CANCELLED:
            key, text = (
                "refund-failed",
                gettext_noop(
                    "The refund %(refund)s of %(amount)s, invoice %(number)s, was called off: no money has gone."
                ),
            )
        case _:
            key, text = (
                "refund-failed",
                gettext_noop(
                    "The refund %(refund)s of %(amount)s, invoice %(number)s, has failed: the customer does not have the money, "
                    "and you owe it again. Ask them for another way, and give it back anew."
                ),
            )
    return key, words(text, **values)

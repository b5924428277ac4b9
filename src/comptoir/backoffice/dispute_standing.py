"""How a dispute stands: what has happened, what it means for the money, and what there is to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop

from comptoir.kernel.words import written
from comptoir.payments.models import Dispute


@dataclass(frozen=True, slots=True)
class Standing:
    """A sentence or two; `tone` is their colour."""

    tone: str
    title: str
    text: str


CHARGEBACK = Standing(
    "wait",
    gettext_noop("Answer by %(due)s."),
    gettext_noop("The bank has taken %(amount)s and decides by what you send. Without an answer the money stays away."),
)
INQUIRY = Standing(
    "wait",
    gettext_noop("The bank only asks, no money has moved. Answer by %(due)s."),
    gettext_noop(
        "Often a good answer, or a refund in full, ends the matter; without one it usually becomes a dispute."
    ),
)
APPEAL = Standing(
    "wait",
    gettext_noop("The bank has decided against you, and you can ask once more until %(due)s."),
    gettext_noop("The money stays away meanwhile. Write what is new into “What else speaks for you”."),
)
NOT_KNOWN = Standing(
    "bad",
    gettext_noop("Nobody knows yet whether the answer has reached the bank."),
    gettext_noop(
        "The call was made and its answer was lost. It is read afresh; pressing again looks first and sends nothing twice."
    ),
)
REVIEWED = Standing(
    "note",
    gettext_noop("The bank has your answer and decides."),
    gettext_noop("That takes up to 75 days. There is nothing to do; the money stays away until then."),
)
ASKED = Standing(
    "note",
    gettext_noop("The bank has your answer."),
    gettext_noop("No money has moved. There is nothing to do; it may still become a dispute."),
)
ELSEWHERE = Standing(
    "note",
    gettext_noop("This dispute is open and cannot be answered from here."),
    gettext_noop("See at the provider what can be done."),
)
WON = Standing(
    "good",
    gettext_noop("Won."),
    gettext_noop("The %(amount)s are yours. The provider’s fee is usually not given back."),
)
WON_IN_PART = Standing(
    "wait",
    gettext_noop("Won in part."),
    gettext_noop("Of %(amount)s, %(lost)s have gone back to the customer for good; the rest is yours."),
)
LOST = Standing(
    "bad",
    gettext_noop("Lost."),
    gettext_noop("%(lost)s have gone back to the customer for good and are taken off the invoice."),
)
TAKEN_BACK = Standing(
    "bad",
    gettext_noop("The customer’s bank has taken this debit back."),
    gettext_noop(
        "%(lost)s are gone. For a debit there is nothing to answer: the bank need not ask. "
        "Agree with the customer on another way to pay."
    ),
)
CLOSED = Standing(
    "good",
    gettext_noop("Over: the bank asks no more."),
    gettext_noop("No money of this payment is away because of it."),
)
CLOSED_WITH_LOSS = Standing(
    "bad",
    gettext_noop("Over: it was settled before it became a dispute."),
    gettext_noop("%(lost)s have gone back to the customer."),
)


def standing(row: Dispute) -> Standing:
    """In the active language."""
    found = _found(row)
    said = {"amount": row.amount, "lost": row.lost, "due": written(row.due_by) if row.due_by else ""}
    return Standing(found.tone, gettext(found.title) % said, gettext(found.text) % said)


def _found(row: Dispute) -> Standing:
    match Dispute.State(row.state):
        case Dispute.State.LOST:
            return TAKEN_BACK if row.due_by is None else LOST
        case Dispute.State.WON:
            return WON_IN_PART if row.lost_minor else WON
        case Dispute.State.CLOSED:
            return CLOSED_WITH_LOSS if row.lost_minor else CLOSED
        case Dispute.State.UNDER_REVIEW:
            return ASKED if row.inquiry else REVIEWED
    return _to_answer(row)


def _to_answer(row: Dispute) -> Standing:
    if not row.answerable:
        return ELSEWHERE
    if row.calling_until is not None:
        return NOT_KNOWN
    if row.appeal:
        return APPEAL
    return INQUIRY if row.inquiry else CHARGEBACK

"""What staff are told of disputes and of warnings of fraud: once a step, and again when the time to answer runs out."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_noop

from comptoir.kernel import clock
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import Plain, code, words
from comptoir.payments.models import OPEN_DISPUTES, Dispute, FraudWarning, Payment

SOON = dt.timedelta(days=2)
TO_ANSWER = (
    gettext_noop(
        "The customer’s bank disputes %(amount)s of %(payment)s (%(dispute)s) and has taken it. Answer by %(due)s, or give it up."
    ),
    gettext_noop(
        "The customer’s bank asks about %(amount)s of %(payment)s (%(dispute)s); no money has moved. Answer by %(due)s, "
        "or give the payment back, so that it does not become a dispute."
    ),
    gettext_noop(
        "The bank has decided against you about %(amount)s of %(payment)s (%(dispute)s), and it can be asked once more. Answer by %(due)s."
    ),
)
SOON_OVER = gettext_noop(
    "The dispute %(dispute)s about %(amount)s of %(payment)s is not answered, and the time ends on %(due)s. Without an answer it is lost."
)
UNANSWERABLE = gettext_noop(
    "The customer’s bank disputes %(amount)s of %(payment)s (%(dispute)s). See at the provider what can be answered."
)
ENDS = {
    Dispute.State.LOST: gettext_noop(
        "The dispute %(dispute)s about %(amount)s of %(payment)s is lost: the money has gone back to the customer."
    ),
    Dispute.State.WON: gettext_noop(
        "The dispute %(dispute)s about %(amount)s of %(payment)s is won: the money is yours."
    ),
    Dispute.State.CLOSED: gettext_noop(
        "The dispute %(dispute)s about %(amount)s of %(payment)s is over: the bank asks no more."
    ),
}
ON_ARRIVAL = gettext_noop(
    "The customer’s bank has taken back %(amount)s of %(payment)s (%(dispute)s). It was a debit: nobody can answer, the money is lost."
)
PARTLY = gettext_noop(
    "The dispute %(dispute)s about %(amount)s of %(payment)s is won in part: %(lost)s has gone back to the customer."
)
WARNING = gettext_noop(
    "The card’s bank believes that %(payment)s, %(amount)s, is fraud (%(warning)s). "
    "Giving it back in full now may avoid a dispute and its fee."
)


def tell(row: Dispute, payment: Payment, *, before: str, news: bool) -> None:
    """Alerts of what is to be done stand until it is done; how it ended is told once."""
    if row.state not in OPEN_DISPUTES or row.sent_at is not None:
        close_alerts(*_to_do(row))
    if not news:
        return
    if row.state in OPEN_DISPUTES and row.sent_at is None:
        text = TO_ANSWER[_stage(row)] if row.answerable else UNANSWERABLE
        key = _to_do(row)[_stage(row)]
        close_alerts(*(each for each in _to_do(row) if each != key))
        alert(key, words(text, **_values(row, payment)))
    elif row.state not in OPEN_DISPUTES:
        alert(
            f"dispute-end:{row.pk}:{row.state}:{row.lost_minor}",
            words(_end(row, before), **_values(row, payment)),
            again=False,
        )


def remind(row: Dispute) -> None:
    """The time to answer ends soon and nobody has: once for each such time."""
    alert(late(row), words(SOON_OVER, **_values(row, row.payment)), again=False)


def late(row: Dispute) -> str:
    """The key of the alert that the time ends soon."""
    return f"dispute-due:{row.pk}:{row.due_by:%Y%m%d}" if row.due_by else f"dispute-due:{row.pk}"


def is_late(row: Dispute) -> bool:
    """Whether an answer is due soon."""
    waits = row.state == Dispute.State.NEEDS_RESPONSE and row.answerable and row.sent_at is None
    return waits and row.due_by is not None and row.due_by - clock.now() < SOON


def tell_warning(row: FraudWarning) -> None:
    """Somebody may give the payment back before it is disputed."""
    alert(
        of_warning(row),
        words(WARNING, payment=code(row.payment.reference), amount=row.payment.amount, warning=code(row.reference)),
    )


def of_warning(row: FraudWarning) -> str:
    """The key of a warning's alert."""
    return f"warning:{row.pk}"


def _stage(row: Dispute) -> int:
    return 2 if row.appeal else int(row.inquiry)


def _to_do(row: Dispute) -> list[str]:
    """The keys of what is to be done: to answer the chargeback, the inquiry, the appeal; and in time."""
    return [*(f"dispute:{row.pk}{what}" for what in ("", ":inquiry", ":appeal")), late(row)]


def _end(row: Dispute, before: str) -> str:
    if row.lost_minor and row.state != Dispute.State.LOST:
        return PARTLY
    if row.state == Dispute.State.LOST and not before:
        return ON_ARRIVAL if row.due_by is None else ENDS[Dispute.State.LOST]
    return ENDS[Dispute.State(row.state)]


def _values(row: Dispute, payment: Payment) -> dict[str, Plain]:
    return {
        "amount": row.amount,
        "lost": row.lost,
        "payment": code(payment.reference),
        "dispute": code(row.reference),
        "due": row.due_by or row.created_at,
    }

"""The points of the money path at which a process may be killed: the table that the crash proof goes through, row by row.

`docs/money-path.md` shows the same names; a point that stands in one of the two alone fails a test.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Point:
    """`when`: before the function, after it, or after it had work (did not answer None)."""

    name: str
    role: str  # web or worker: the process that dies
    where: str  # module:function
    when: str

    def as_row(self) -> dict[str, str]:
        """For the process that is to die."""
        return asdict(self)


START = "comptoir.payments.actions.start"
POINTS = (
    # out: an order, an attempt, a page at Stripe
    Point("order.written", "web", "comptoir.services.actions:open_for_order", "after"),
    Point("order.committed", "web", "comptoir.payments.actions.place:place", "after"),
    Point("attempt.committed", "web", f"{START}:_claim", "after"),
    Point("customer.made", "web", "comptoir_stripe.checkout:customer", "after"),
    Point("session.made", "web", "comptoir_stripe.checkout:_create", "after"),
    Point("session.stored", "web", f"{START}:opened", "after"),
    # in: a notice
    Point("notice.verified", "web", "comptoir.inbox.actions:store", "before"),
    Point("notice.stored", "web", "comptoir.inbox.actions:store", "after"),
    # in: a look
    Point("wish.claimed", "worker", "comptoir.inbox.actions:claim", "after work"),
    Point("object.read", "worker", "comptoir.payments.actions.observe:observe", "before"),
    Point("money.written", "worker", "comptoir.payments.actions.settle:settle", "before"),
    Point("effects.written", "worker", "comptoir.inbox.actions:finish", "after"),
    Point("effects.committed", "worker", "comptoir.payments.actions.observe:observe", "after"),
    # delivery and mail
    Point("delivery.claimed", "worker", "comptoir.services.actions:claim", "after work"),
    Point("driver.answered", "worker", "comptoir.services.tasks:_carry_out", "after"),
    Point("delivery.written", "worker", "comptoir.services.actions:_activate", "after"),
    Point("delivery.committed", "worker", "comptoir.services.actions:finish", "after"),
    Point("mail.claimed", "worker", "comptoir.mail.actions:claim", "after work"),
    Point("mail.sent", "worker", "comptoir.mail.actions:sent", "after"),
)

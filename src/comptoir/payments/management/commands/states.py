"""`comptoir manage states`: the tables of states as a page of the documentation, with a diagram each."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from comptoir.invoices.models import INVOICE_STATES
from comptoir.kernel.states import States
from comptoir.mail.models import MAIL_STATES
from comptoir.orders.models import ORDER_STATES
from comptoir.payments.models import ATTEMPT_STATES, DISPUTE_STATES, PAYMENT_STATES, PAYOUT_STATES, REFUND_STATES
from comptoir.services.models import OPERATION_STATES, SERVICE_STATES

HEAD = """# States

Made by `comptoir manage states` from the tables next to the models; a test fails when the two differ. A move that is not in its
table raises; every move leaves a row in the history (who, when, why).
"""
TABLES = (
    ("Order", "what a customer has ordered", ORDER_STATES),
    ("Invoice", "what is owed; follows the ledger through `settle`", INVOICE_STATES),
    ("Attempt", "one try of ours to have an invoice paid; at most one is created, open or in progress", ATTEMPT_STATES),
    ("Payment", "the provider's object as last seen; a summary, the ledger is the truth", PAYMENT_STATES),
    ("Refund", "money that goes back: asked for here, or seen at the provider", REFUND_STATES),
    ("Dispute", "a payment that the customer's bank takes back, or asks about, as last seen", DISPUTE_STATES),
    ("Payout", "money on its way from the provider to the host's bank, as last seen", PAYOUT_STATES),
    ("Service", "what was bought", SERVICE_STATES),
    ("Operation", "what a driver has to do, once: a creation, a suspension, a resumption, an end", OPERATION_STATES),
    ("Mail", "one mail for a fact", MAIL_STATES),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_section(title, what, table) for title, what, table in TABLES)])


def _section(title: str, what: str, table: States) -> str:
    moves = [f"    {old} --> {new}" for old, news in table.moves.items() for new in sorted(news)]
    ends = [f"    {state} --> [*]" for state, news in table.moves.items() if not news]
    first = next(iter(table.moves))
    diagram = "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *moves, *ends])
    return f"## {title}\n\n{what[0].upper()}{what[1:]}.\n\n```mermaid\n{diagram}\n```\n"


class Command(BaseCommand):
    """Prints the page; `comptoir manage states > docs/states.md` renews it."""

    help = "Print docs/states.md from the tables of states."

    def handle(self, *_args: object, **_options: object) -> None:
        """Print."""
        self.stdout.write(page(), ending="")

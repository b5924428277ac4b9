"""`comptoir manage states`: the tables of states as a page of the documentation, with a diagram each, and what providers' words decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.core.management.base import BaseCommand
from django.utils.translation import override

from comptoir.invoices.models import INVOICE_STATES
from comptoir.kernel.states import ODD, Reads, States
from comptoir.ledger.models import Entry
from comptoir.mail.models import MAIL_STATES
from comptoir.modules import registry
from comptoir.modules.api import DisputeStatus, PaymentStatus, Vocabulary
from comptoir.orders.models import ORDER_STATES
from comptoir.payments.actions.holds import HELD_FROM
from comptoir.payments.decisions import DECISIONS, FOLLOWING, BankWord, bank_word
from comptoir.payments.models import (
    ATTEMPT_STATES,
    DISPUTE_STATES,
    PAYMENT_STATES,
    PAYOUT_STATES,
    REFUND_STATES,
    PageWord,
    Rules,
    page_word,
)
from comptoir.services.models import OPERATION_STATES, SERVICE_STATES

HEAD = """# States

Made by `comptoir manage states` from the tables next to the models; a test fails when the two differ. A move that is not in its
table raises; every move leaves a row in the history (who, when, why).
"""
DECIDED = """## What the provider says

Every word of the provider's with every state of ours, from the tables by which the code goes: what a read of `word` (row) makes of a thing
that is in a state (column). A word or a state without a decision stops the start; a word that the provider's library knows and these
tables do not, or a table that the code does not keep to, fails a test.

| in a cell | means |
|---|---|
| a state | it moves there |
| · | it stays as it is |
| **odd** | it cannot be: nothing changes, and people are told |
| **again** | nothing is decided: it is read again, and people are told |
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
    """The whole page, in English."""
    with override("en"):
        return "\n".join(
            [
                HEAD,
                *(_section(title, what, table) for title, what, table in TABLES),
                DECIDED,
                *_decisions(),
                _following(),
            ]
        )


def _section(title: str, what: str, table: States) -> str:
    moves = [f"    {old} --> {new}" for old, news in table.moves.items() for new in sorted(news)]
    ends = [f"    {state} --> [*]" for state, news in table.moves.items() if not news]
    first = next(iter(table.moves))
    diagram = "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *moves, *ends])
    return f"## {title}\n\n{what[0].upper()}{what[1:]}.\n\n```mermaid\n{diagram}\n```\n"


# ------------------------------------------------------------------ decisions


def _decisions() -> Iterator[str]:
    for name, module in registry.installed().items():
        for words in registry.vocabulary(name):
            yield f"### {module.manifest.title}: {words.title}\n"
            if words.note:
                yield f"{words.note}\n"
            yield from _of(words)


def _of(words: Vocabulary) -> Iterator[str]:
    if words.told == "risk":
        yield _risks(words)
    elif words.told == "book":
        yield _books(words)
    elif words.told == "none":
        yield _grid(("word", "is"), ((word, said) for word, said in words.words.items()))
    for each in DECISIONS:
        if words.told in each.told:
            yield f"**{each.noun}.** {each.note}\n"
            yield _grid(("word", *each.table.states.moves), _rows(words, each.table))


def _rows(words: Vocabulary, table: Reads) -> Iterator[tuple[str, ...]]:
    """A row for all words that decide alike."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for word, told in words.words.items():
        cells = ("**again**",) * len(table.states.moves)
        if told:
            said = _said(table, told, marked=word in words.marked)
            cells = tuple(_cell(old, table.decide(old=old, word=said)) for old in table.states.moves)
        alike.setdefault(cells, []).append(word)
    for cells, together in alike.items():
        yield ("<br>".join(together), *cells)


def _said(table: Reads, told: str, *, marked: bool) -> str:
    if table.by is PageWord:
        return page_word(PaymentStatus(told), ended=marked)
    return bank_word(DisputeStatus(told), appeal=marked) if table.by is BankWord else told


def _cell(old: str, new: str) -> str:
    if new == ODD:
        return "**odd**"
    return "·" if new == old else new


def _risks(words: Vocabulary) -> str:
    """What a delivery does, by the house's rule (column)."""
    rules = [str(value) for value, _label in Rules.hold_risk.field.flatchoices]
    rows = (
        (word, *("waits" if told in HELD_FROM.get(rule, ()) else "goes" for rule in rules))
        for word, told in words.words.items()
    )
    head = ("word", *(f"rule: {f'from {rule} on' if rule else 'never'}" for rule in rules))
    return (
        "**A paid order's delivery**, by the rule for risks: a person has to say so first, or it goes at once.\n\n"
        + _grid(head, rows)
    )


def _books(words: Vocabulary) -> str:
    """What a row of the books is held against."""
    rows = (
        (word, told, "the ledger" if told in Entry.Kind.values else "nothing of ours")
        for word, told in words.words.items()
    )
    return (
        "**A row of the books**, by its kind here, and what it is held against. One behind which a payment of ours stands is reported "
        "where the ledger has no such row.\n\n" + _grid(("word", "kind", "held against"), rows)
    )


def _following() -> str:
    return "### States that no word of a provider's moves\n\n" + _grid(
        ("noun", "moves"), ((noun, what) for noun, what in FOLLOWING.items())
    )


def _grid(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


class Command(BaseCommand):
    """Prints the page; `comptoir manage states > docs/states.md` renews it."""

    help = "Print docs/states.md from the tables of states."

    def handle(self, *_args: object, **_options: object) -> None:
        """Print."""
        self.stdout.write(page(), ending="")

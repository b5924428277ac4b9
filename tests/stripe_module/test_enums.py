"""Every value that the library's types know of what we read has a decision, and the module's code goes by the tables that say so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

import pytest

from comptoir.modules.api import Account, DisputeStatus, Foreign, OutcomeUnknownError, Subject, Vocabulary
from comptoir_stripe import disputed, look, payout, reconcile, seen, vocabulary, webhooks
from comptoir_stripe.told import Data

WORD = re.compile(r"[\"'`]([a-z_]+)[\"'`]")
REPORT = "params/reporting/_report_run_create_params.py"
# File of the library, field, class that it stands in ('': the object itself), how its words are told of.
ENUMS: list[tuple[str, str, str, Collection[str] | str]] = [
    ("_payment_intent.py", "status", "", seen.STATUSES),
    ("checkout/_session.py", "status", "", {page for page, _paid in seen.PAGES}),
    ("checkout/_session.py", "payment_status", "", {paid for _page, paid in seen.PAGES}),
    ("_charge.py", "status", "", seen.OF_CHARGE),
    ("_charge.py", "risk_level", "Outcome", seen.RISKS),
    ("_charge.py", "type", "Outcome", "Charge.outcome.type"),
    ("_refund.py", "status", "", seen.REFUNDS),
    ("_refund.py", "pending_reason", "", seen.CAUSES),
    ("_dispute.py", "status", "", disputed.STATUSES),
    ("_payout.py", "status", "", payout.STATUSES),
    ("radar/_early_fraud_warning.py", "fraud_type", "", "Early fraud warning.fraud_type"),
    ("_capability.py", "status", "", "Capability.status"),
    ("_mandate.py", "status", "", "Mandate.status"),
    ("_setup_intent.py", "status", "", "SetupIntent.status"),
    ("_balance_transaction.py", "type", "", "BalanceTransaction.type"),
    (REPORT, "reporting_category", "Parameters", reconcile.KINDS),
]
HOLDER = Account("acct_1", "test", "ours", {}, "http://127.0.0.1:9")


def values(file: str, field: str, within: str) -> set[str]:
    """What a field may be: its Literal, or the words of its docstring where it is a plain text."""
    spec = find_spec("stripe")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / file).read_text(encoding="utf-8")
    if within:
        text = text[re.search(rf"^ *class \w*{within}\b", text, re.MULTILINE).start() :]  # type: ignore[union-attr]
    indent = " +" if within else "    "
    found = re.search(
        rf"^(?P<indent>{indent}){field}: (?P<type>.*?)\n(?P=indent)\"\"\"\n(?P<words>.*?)\n(?P=indent)\"\"\"",
        text,
        re.MULTILINE | re.DOTALL,
    )
    assert found is not None, (file, field)
    return set(WORD.findall(found["type"])) or set(WORD.findall(found["words"]))


def known(table: Collection[str] | str) -> set[str]:
    """The words of one of our tables, or of a part of the vocabulary."""
    return {word.strip("`") for word in words(table).words} if isinstance(table, str) else set(table)


def words(title: str) -> Vocabulary:
    """One enumeration of the vocabulary, by the beginning of its title."""
    (found,) = [each for each in vocabulary.vocabulary() if each.title.startswith(title)]
    return found


@pytest.mark.parametrize(
    ("file", "field", "within", "table"), ENUMS, ids=[f"{file}:{field}" for file, field, _within, _table in ENUMS]
)
def test_no_value_is_without_a_decision(file: str, field: str, within: str, table: Collection[str] | str) -> None:
    found = values(file, field, within)
    assert len(found) > 2
    assert found - known(table) == set()


# ------------------------------------------------------------------ the code goes by the tables


def intent(status: str, *, failed: bool = False, outcome: Data | None = None) -> Data:
    """One of ours, with a charge where that has an outcome."""
    charge = {"id": "ch_1", "status": "failed", "captured": False, "outcome": outcome, "currency": "eur"}
    return {
        "id": "pi_1",
        "status": status,
        "metadata": {"installation": "ours", "attempt": "1"},
        "amount": 9990,
        "currency": "eur",
        "created": 1,
        "last_payment_error": {"code": "card_declined"} if failed else None,
        "latest_charge": charge if outcome is not None else None,
    }


def page(status: str, paid: str) -> Data:
    metadata = {"installation": "ours", "attempt": "1"}
    return {
        "id": "cs_1",
        "status": status,
        "payment_status": paid,
        "metadata": metadata,
        "amount_total": 9990,
        "currency": "eur",
    }


def told(thing: Data, session: Data | None = None) -> tuple[str, bool, str]:
    subject = Subject("stripe", "acct_1", "test", "payment", "pi_1")
    found = seen.payment(subject, thing, session, refunds=[], disputes=[], warnings=[])
    return found.status, found.ended, found.risk


def test_intents_are_told_as_the_vocabulary_says_whatever_the_page_says_of_money() -> None:
    told_as = words("PaymentIntent.status")
    for label, status, failed, over in vocabulary.readings():
        expected = (told_as.words[label], label in told_as.marked, "")
        pages = ["complete", "expired"] if over else ["open"]
        sessions = [page(each, paid) for each in pages for paid in ("paid", "unpaid", "no_payment_required")]
        for session in sessions if over else (None, *sessions):
            assert told(intent(status, failed=failed), session) == expected, (label, session)


def test_pages_without_an_intent_are_told_as_the_vocabulary_says() -> None:
    told_as = words("Checkout Session")
    subject = Subject("stripe", "acct_1", "test", "session", "cs_1")
    for status, paid in seen.PAGES:
        label = f"`{status}` / `{paid}`"
        if not told_as.words[label]:
            with pytest.raises(OutcomeUnknownError):
                seen.page_alone(subject, page(status, paid))
            continue
        found = seen.page_alone(subject, page(status, paid))
        assert (found.status, found.ended) == (told_as.words[label], label in told_as.marked)


def test_refunds_disputes_and_payouts_are_told_as_the_vocabulary_says() -> None:
    sum_ = {"amount": 100, "currency": "eur", "created": 1}
    for word, status in words("Refund.status").words.items():
        assert seen.refund_seen({"id": "re_1", "status": word.strip("`"), **sum_}, "ours").status == status
    disputes = words("Dispute.status")
    for label, status in disputes.words.items():
        word, _comma, sepa = label.partition(", ")
        charge = {"payment_method_details": {"type": "sepa_debit" if sepa else "card"}}
        found = disputed.dispute({"id": "du_1", "status": word.strip("`"), **sum_}, charge)
        assert (found.status, found.appeal) == (status, label in disputes.marked)
    for word, status in words("Payout.status").words.items():
        made = {"id": "po_1", "status": word.strip("`"), "arrival_date": 1, "automatic": True, **sum_}
        assert payout.seen(made).status == status


def test_a_disputes_word_of_tomorrow_is_the_banks_to_move() -> None:
    assert disputed.standing("considered_by_a_committee", final=False) is DisputeStatus.UNDER_REVIEW


def test_risks_are_told_and_the_type_of_an_outcome_changes_nothing() -> None:
    for word, risk in words("Charge.outcome.risk_level").words.items():
        level = {"risk_level": word.strip("`")}
        kinds = known("Charge.outcome.type")
        assert {told(intent("processing", outcome={**level, "type": kind})) for kind in kinds} == {
            ("in_progress", False, risk)
        }


def test_books_go_by_the_category_and_not_by_the_type() -> None:
    row = {"id": "txn_1", "amount": 1, "fee": 0, "net": 1, "currency": "eur", "created": 1, "available_on": 1}
    for word, kind in words("BalanceTransaction.reporting_category").words.items():
        kinds = {
            reconcile._row({**row, "reporting_category": word.strip("`"), "type": each}, "ours").kind
            for each in known("BalanceTransaction.type")
        }
        assert kinds == {kind}


def test_of_a_warning_its_kind_is_only_shown() -> None:
    warned = {"id": "issfr_1", "charge": "ch_1", "actionable": True, "created": 1}
    found = [disputed.warning({**warned, "fraud_type": kind}) for kind in sorted(known("Early fraud warning"))]
    assert {(each.id, each.actionable, each.created) for each in found} == {
        ("issfr_1", True, dt.datetime.fromtimestamp(1, dt.UTC))
    }


@pytest.mark.parametrize("kind", ["capability", "mandate", "setup_intent"])
def test_what_is_not_looked_at_is_neither_wished_for_nor_read(kind: str) -> None:
    event = {"object": "event", "data": {"object": {"object": kind, "id": "x_1", "status": "active"}}}
    assert webhooks.subject_of(event, HOLDER) is None
    found = look.look(HOLDER, Subject("stripe", "acct_1", "test", kind, "x_1"))  # no call: nothing listens there
    assert isinstance(found, Foreign)

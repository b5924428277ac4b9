"""Every value that the library's types know of what we read has a decision in the tables that the code goes by."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

import pytest

from comptoir_stripe import disputed, payout, seen

WORD = re.compile(r"[\"`]([a-z_]+)[\"`]")
ENUMS: list[tuple[str, str, Collection[str]]] = [  # file of the library, field, our table
    ("_payment_intent.py", "status", seen.STATUSES),
    ("_charge.py", "status", seen.OF_CHARGE),
    ("_refund.py", "status", seen.REFUNDS),
    ("_refund.py", "pending_reason", seen.CAUSES),
    ("_dispute.py", "status", disputed.STATUSES),
    ("_payout.py", "status", payout.STATUSES),
]


def values(file: str, field: str) -> set[str]:
    """What a field may be: its Literal, or the words of its docstring where it is a plain text."""
    spec = find_spec("stripe")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / file).read_text(encoding="utf-8")
    found = re.search(
        rf"^    {field}: (?P<type>.*?)\n    \"\"\"\n(?P<words>.*?)\n    \"\"\"", text, re.MULTILINE | re.DOTALL
    )
    assert found is not None, (file, field)
    return set(WORD.findall(found["type"])) or set(WORD.findall(found["words"]))


@pytest.mark.parametrize(("file", "field", "table"), ENUMS, ids=lambda value: value if isinstance(value, str) else "")
def test_no_value_is_without_a_decision(file: str, field: str, table: Collection[str]) -> None:
    known = values(file, field)
    assert len(known) > 2
    assert known - set(table) == set()

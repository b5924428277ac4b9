"""French words that agree with what they are said of, and one word for one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils.translation import override

from comptoir.orders.models import Order
from comptoir.services.models import Service

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [*ROOT.glob("src/comptoir*/locale/fr/LC_MESSAGES/django.po"), *ROOT.glob("docs/fr/*.md")]


def test_a_service_is_masculine_and_an_order_is_not() -> None:
    with override("fr"):
        assert (str(Service.State.CANCELLED.label), str(Service.State.REFUNDED.label)) == ("annulé", "remboursé")
        assert str(Order.State.CANCELLED.label) == "annulée"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: "/".join(path.parts[-5:]))
def test_there_is_one_word_for_a_mail_and_one_for_a_currency(path: Path) -> None:
    lines = re.sub(r"%\(\w+\)s|`[^`]*`", "", path.read_text(encoding="utf-8")).splitlines()
    told = [line for line in lines if not line.startswith(("msgid", "#"))]
    assert [line for line in told if re.search(r"\be-?mails?\b|\bdevises?\b", line, re.IGNORECASE)] == []

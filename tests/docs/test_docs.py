"""What the documentation says is what the code does, where a program can tell."""

from __future__ import annotations

import re
from pathlib import Path

from tests.crashes.points import POINTS

from comptoir.payments.management.commands.states import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_states_is_made_from_the_tables() -> None:
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == page(), (
        "comptoir manage states > docs/states.md"
    )


def test_the_money_path_names_every_point_of_the_crash_proof_and_no_other() -> None:
    text = (ROOT / "docs" / "money-path.md").read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"`((?:order|attempt|customer|session|notice|wish|object|money|effects|delivery|driver|mail)\.[a-z]+)`",
            text,
        )
    )
    assert named == {point.name for point in POINTS}


def test_the_money_path_has_at_most_eight_files_and_each_exists() -> None:
    text = (ROOT / "docs" / "money-path.md").read_text(encoding="utf-8")
    into = text[text.index("## In") : text.index("## Out")]
    files = set(re.findall(r"^\| \w+ \| `([^`]+)`", into, re.MULTILINE))
    assert len(files) <= 8
    every = re.findall(r"`((?:src|tests)/[\w/.]+)`", text)
    assert [name for name in every if not (ROOT / name).exists()] == []


def test_every_point_is_where_it_says() -> None:
    from importlib import import_module

    for point in POINTS:
        module, _colon, function = point.where.partition(":")
        assert callable(getattr(import_module(module), function)), point


def test_every_hook_of_the_contract_is_documented() -> None:
    from comptoir.modules.api import DeliveryDriver, GatewaySetup, PaymentGateway, Refunds

    text = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
    contract = (PaymentGateway, GatewaySetup, Refunds, DeliveryDriver)
    hooks = {name for protocol in contract for name in vars(protocol) if not name.startswith("_")}
    assert {name for name in hooks if f"| `{name}` |" not in text} == set()


def test_no_page_links_to_nothing() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []

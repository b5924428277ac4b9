"""What the simulator covers, found in its own code: `python -m stripe_simulator --coverage`."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from stripe_simulator.payments import cards, sepa, tokens
from stripe_simulator.registry import ROUTES, load_resources
from stripe_simulator.schema import Catalog, Operation, load_requests

HERE = Path(__file__).parent
COMMAND = "python -m stripe_simulator --coverage > docs/coverage-simulator.md"
EMIT, REFUSE = "emit", "not_built"
KIND = 1  # position of the type among the arguments of `emit`
INTRODUCTION = f"""# What the simulator covers

Made by `{COMMAND}` from the code and from the types of the installed `stripe` package, version {{version}};
not written by hand.

Every operation of Stripe's is one of two things here. *Implemented*: it does what Stripe does. *Validated only*: a key,
an address and parameters that Stripe would refuse are refused in Stripe's words, and what Stripe would take answers 501
with the operation's name, never an invented 200. Any other address is Stripe's 404.
"""


def report() -> str:
    """The whole document, Markdown."""
    catalog = load_requests()
    load_resources(catalog)
    parts = (
        INTRODUCTION.format(version=catalog.version),
        _operations(catalog),
        _refusals(),
        _events(catalog),
        _values(),
    )
    return "\n".join(parts)


def _operations(catalog: Catalog) -> str:
    distinct = {(item.method, item.path): item for item in catalog.operations}
    rows: dict[str, tuple[list[Operation], list[Operation]]] = {}
    for place, item in distinct.items():
        rows.setdefault(_resource(item.path, distinct), ([], []))[place not in ROUTES].append(item)
    done = sum(len(built) for built, _ in rows.values())
    lines = [
        "## Operations",
        "",
        f"{len(distinct)} operations of {len(rows)} resources: {done} implemented, {len(distinct) - done} validated only.",
        "",
        "| resource | implemented | | validated only | |",
        "|---|---|---|---|---|",
    ]
    for name, (built, checked) in sorted(rows.items(), key=lambda row: (not row[1][0], row[0])):
        lines.append(f"| {name} | {len(built)} | {_names(built)} | {len(checked)} | {_names(checked)} |")
    return "\n".join([*lines, ""])


def _resource(path: str, known: Iterable[tuple[str, str]]) -> str:
    """/v1/checkout/sessions/{session}/expire belongs to checkout/sessions: the shortest address that is a collection."""
    paths = {where for _, where in known}
    _, version, *parts = path.split("/")
    name = ""
    for part in parts:
        if part.startswith("{") or f"/{version}/{name}" in paths:
            break
        name = f"{name}/{part}".strip("/")
    return f"{version}/{name}"


def _names(items: list[Operation]) -> str:
    return ", ".join(sorted(item.name.replace("Service.", ".") for item in items))


def _refusals() -> str:
    """What implemented operations answer 501 to: the words of each `not_built(...)`, by file."""
    lines = ["## Refused inside implemented operations", "", "With 501 and these words.", ""]
    for file in sources():
        found = sorted({_words(call.args[0]) for call in calls(file, REFUSE) if call.args})
        if found and file.parent.name in {"resources", "payments"}:
            lines.append(f"- `{file.relative_to(HERE).as_posix()}`: {'; '.join(found)}")
    return "\n".join([*lines, ""])


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _events(catalog: Catalog) -> str:
    known = catalog.known()
    found = sorted(emitted(set(known.event_types)))
    thin = [kind for kind in found if f"v1.{kind}" in known.thin_events]
    lines = [
        "## Events",
        "",
        f"{len(found)} of the {len(known.event_types) - 1} types that an endpoint may ask for are sent.",
        "",
        *(f"- `{kind}`" + ("" if kind in thin else " (no thin form)") for kind in found),
    ]
    return "\n".join([*lines, ""])


def emitted(known: set[str]) -> set[str]:
    """Types of events that the code sends: each is an argument of a call of `emit`.

    Where that argument is computed, every known type counts that the file spells out, whole or in parts.
    """
    return {kind for file in sources() for call in calls(file, EMIT) for kind in kinds_of(call, file, known)}


def kinds_of(call: ast.Call, file: Path, known: set[str]) -> set[str]:
    if len(call.args) <= KIND:
        return set()
    node = call.args[KIND]
    spelled = _constants(node) & known
    if isinstance(node, ast.JoinedStr):
        words = "|".join(re.escape(word) for word in sorted(_constants(_parsed(file))))
        pattern = re.compile("".join(re.escape(part) if part != "…" else f"(?:{words})" for part in _pieces(node)))
        return {kind for kind in known if pattern.fullmatch(kind)}
    return spelled or _constants(_parsed(file)) & known


def _pieces(node: ast.JoinedStr) -> Iterator[str]:
    for part in node.values:
        yield str(part.value) if isinstance(part, ast.Constant) else "…"


def _constants(node: ast.AST) -> set[str]:
    return {item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)}


def sources() -> list[Path]:
    return sorted(HERE.rglob("*.py"))


def calls(file: Path, name: str) -> Iterator[ast.Call]:
    """Calls of a plain name."""
    for node in _calls(file):
        if isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


@functools.cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@functools.cache
def _calls(file: Path) -> list[ast.Call]:
    return [node for node in ast.walk(_parsed(file)) if isinstance(node, ast.Call)]


def _values() -> str:
    names: dict[str, list[str]] = {}
    for name, value in (*tokens.CARD_NAMES.items(), *tokens.IBANS.items()):
        names.setdefault(value, []).append(f"`{name}`")
    lines = ["## Test values", "", f"{len(cards.CARDS)} cards, {len(tokens.CARD_NAMES)} ids that stand for them,"]
    lines[-1] += f" {len(sepa.IBANS)} IBANs, {len(tokens.IBANS)} ids that stand for these."
    lines += ["", "Each `pm_card_…` is also a token, `tok_…`.", "", "| card | what happens | ids |", "|---|---|---|"]
    for number, behaviour in cards.CARDS.items():
        lines.append(f"| {number} | {_behaviour(behaviour)} | {', '.join(names.get(number, []))} |")
    lines += ["", "| IBAN | what happens | id |", "|---|---|---|"]
    for iban, scenario in sepa.IBANS.items():
        lines.append(f"| {iban} | {_scenario(scenario)} | {', '.join(names.get(iban, []))} |")
    return "\n".join([*lines, ""])


def _behaviour(found: cards.Behaviour) -> str:
    decline = found.decline
    words = ["paid"]
    if decline is not None:
        reason = "" if decline.decline_code == decline.code else f" ({decline.decline_code})"
        words = [f"declined: {decline.code}{reason}"]
    for field in fields(found):  # whatever else a card brings
        value = getattr(found, field.name)
        if field.name != "decline" and value:
            words.append(f"{field.name}: {_plain(value)}")
    return "; ".join(words)


def _plain(value: object) -> str:
    """A value of a table in words: of a claim its reason."""
    found = value if isinstance(value, tuple) else (value,)
    return ", ".join(str(getattr(item, "reason", item)).replace("_", " ") for item in found)


def _scenario(found: sepa.Scenario) -> str:
    if found.refused:
        return f"cannot be made: {found.refused}"
    end = f"fails: {found.failure}" if found.failure else "paid"
    then = f", then disputed: {_plain(found.disputes)}" if found.disputes else ""
    return f"{end}, after {'three minutes' if found.soon else 'six business days'}{then}"

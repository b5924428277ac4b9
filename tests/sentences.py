"""Every sentence that the code stores for staff, collected from the code itself: a new one cannot be forgotten by a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import comptoir
import comptoir_stripe
from comptoir.kernel.money import Money
from comptoir.kernel.words import Words, code, words

PLACE = re.compile(r"%\((\w+)\)s")
SOURCES = (Path(comptoir.__path__[0]), Path(comptoir_stripe.__path__[0]))
HOME = "comptoir.kernel.words"
AMOUNTS = {"amount", "expected", "fee", "net"}
SENTENCES = {"why", "problem", "cause"}  # places that another sentence may fill


@dataclass(frozen=True)
class Sentence:
    """One call of `words`: where it stands, its English text, and the names of the values it is given."""

    where: str
    msgid: str
    given: frozenset[str]

    @property
    def places(self) -> frozenset[str]:
        """The names in its text."""
        return frozenset(PLACE.findall(self.msgid))

    def said(self) -> Words:
        """It with a value in each place."""
        return words(self.msgid, **{name: _sample(name) for name in sorted(self.places)})


def _sample(name: str) -> Money | Words:
    if name in AMOUNTS:
        return Money(123_456, "EUR")
    if name in SENTENCES:
        return words("the seal keys do not open this secret")
    return code(f"{name}_1")


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every sentence, each text once, in the order of the files."""
    found: dict[str, Sentence] = {}
    for where, call in _calls("words"):
        text = _marked(call)
        if text is not None:
            given = frozenset(each.arg for each in call.keywords if each.arg)
            found.setdefault(text, Sentence(where, text, given))
    return tuple(found.values())


def unmarked() -> list[str]:
    """Calls that no catalogue can know: `words` of something else than a marked text, or sentences given as ids or others' words."""
    bare = [
        f"{where}: not marked with gettext_noop"
        for where, call in _calls("words")
        if _marked(call) is None and not _marked_elsewhere(call, where.partition(":")[0])
    ]
    for name in ("code", "verbatim", "Words"):
        bare += [f"{where}: a sentence as {name}" for where, call in _calls(name) if _says(call)]
    return bare


def wrongly_filled() -> list[str]:
    """Calls whose values are not those that the text has places for."""
    calls = [(where, call, _marked(call)) for where, call in _calls("words")]
    return [
        f"{where}: {text!r}"
        for where, call, text in calls
        if text is not None and {each.arg for each in call.keywords} != set(PLACE.findall(text))
    ]


def _marked(call: ast.Call) -> str | None:
    """The text of `words(gettext_noop("..."))`, None for anything else."""
    match call.args:
        case [ast.Call(func=ast.Name("gettext_noop"), args=[ast.Constant(str(text))])]:
            return text
    return None


def _marked_elsewhere(call: ast.Call, file: str) -> bool:
    """Whether a call is given a name, of which the same file makes no text that is not marked: its text is marked where it is written."""
    match call.args:
        case [ast.Name(name)]:
            return name not in _bare_names(file)
        case [ast.Subscript() | ast.Attribute() | ast.Call()]:
            return True
    return False


@cache
def _bare_names(file: str) -> frozenset[str]:
    """The names to which a file gives a written text without marking it."""
    root = next(each.parent for each in SOURCES if (each.parent / file).exists())
    nodes = ast.walk(ast.parse((root / file).read_text(encoding="utf-8")))
    given = [each for each in nodes if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)]
    bare = [each for each in given if isinstance(each.value, ast.Constant) and " " in str(each.value.value)]
    return frozenset(target.id for each in bare for target in each.targets if isinstance(target, ast.Name))


def _says(call: ast.Call) -> bool:
    """Whether a call is given a written sentence: more than one word, or one put together."""
    match call.args[:1]:
        case [ast.Constant(str(text))]:
            return " " in text
        case [ast.JoinedStr(values)]:
            return any(isinstance(each, ast.Constant) and " " in str(each.value) for each in values)
    return False


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Calls of a name of `kernel.words`, in every file that imports it."""
    for root in SOURCES:
        for path in sorted(root.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text) if HOME in text else ast.Module([], [])
            if name not in _imported(tree):
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                    yield f"{path.relative_to(root.parent)}:{node.lineno}", node


def _imported(tree: ast.Module) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == HOME)
    return {each.asname or each.name for node in nodes for each in node.names}

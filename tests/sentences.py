"""Every sentence that the code stores for staff, collected from the code itself: a new one cannot be forgotten by a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
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
    """One text that a call of `words` says: where it stands, and its English."""

    where: str
    msgid: str

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
        for text in _texts(call, where) or ():
            found.setdefault(text, Sentence(where, text))
    return tuple(found.values())


def unmarked() -> list[str]:
    """Calls that no catalogue can know: `words` of something else than marked texts, or sentences given as ids or others' words."""
    bare = [f"{where}: not marked with gettext_noop" for where, call in _calls("words") if _texts(call, where) is None]
    for name in ("code", "verbatim", "Words"):
        bare += [f"{where}: a sentence as {name}" for where, call in _calls(name) if _says(call)]
    return bare


def wrongly_filled() -> list[str]:
    """Calls whose values are not those that their texts have places for. Values that several calls share may be more than one needs."""
    told = []
    for where, call in _calls("words"):
        places = [set(PLACE.findall(text)) for text in _texts(call, where) or ()]
        own = {each.arg for each in call.keywords if each.arg}
        shared = set[str | None]().union(*(_keys(each.value, where) for each in call.keywords if not each.arg))
        if any(each - own - shared for each in places) or own - set[str | None]().union(*places):
            told.append(f"{where}: {places}")
    return told


# ------------------------------------------------------------------ what a call says


def _texts(call: ast.Call, where: str) -> list[str] | None:
    """Every text that a call of `words` can say; None where one of them is not written in a `gettext_noop("...")` that is found."""
    return _marked(call.args[0], _tree(where.partition(":")[0])) if len(call.args) == 1 else None


def _marked(node: ast.AST, tree: ast.Module) -> list[str] | None:
    """The marked texts that an expression can be: itself, one of two, of a table, of a function's answers, or of a name's values."""
    parts: list[ast.AST | None] = []
    match node:
        case ast.Call(func=ast.Name("gettext_noop"), args=[ast.Constant(str(text))]):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            parts = [one, other]
        case ast.Tuple(elts=each) | ast.Dict(values=each):
            parts = [*each]
        case ast.Subscript(value=table) | ast.Call(func=ast.Attribute(value=table, attr="get")):
            parts = [table]
        case ast.Call(func=ast.Name(name)):
            parts = [each.value for each in _returns(name, tree)]
        case ast.Name(name):
            parts = [*_values(name, tree)]
            if not parts:
                return _imported_text(name, tree)
    return _all(parts, tree)


def _all(nodes: Iterable[ast.AST | None], tree: ast.Module) -> list[str] | None:
    """The texts of every one; None where one is not marked, or there is none."""
    each = [_marked(node, tree) if node is not None else None for node in nodes]
    found = [texts for texts in each if texts is not None]
    return [text for texts in found for text in texts] if found and len(found) == len(each) else None


def _values(name: str, tree: ast.Module) -> list[ast.expr]:
    """What a file gives to a name, wherever in it."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(given)], value=value) if given == name:
                found.append(value)
            case ast.AnnAssign(target=ast.Name(given), value=ast.expr() as value) if given == name:
                found.append(value)
            case ast.Assign(targets=[ast.Tuple(names)], value=ast.Tuple(values)):
                pairs = zip(names, values, strict=True)
                found += [value for target, value in pairs if isinstance(target, ast.Name) and target.id == name]
    return found


def _returns(name: str, tree: ast.Module) -> list[ast.Return]:
    """The answers of a function of the file."""
    made = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    return [each for function in made for each in ast.walk(function) if isinstance(each, ast.Return)]


def _imported_text(name: str, tree: ast.Module) -> list[str] | None:
    """A text that is written in another file of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}:
            file = f"{(node.module or '').replace('.', '/')}.py"
            return _marked(ast.Name(name), _tree(file)) if _path(file) is not None else None
    return None


def _keys(node: ast.expr, where: str) -> set[str | None]:
    """The names of the values that are given as `**node`: a dict that is written in the file, or answered by a function there."""
    tree = _tree(where.partition(":")[0])
    match node:
        case ast.Dict(keys):
            return {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
        case ast.Call(func=ast.Name(name)):
            values: list[ast.expr | None] = [each.value for each in _returns(name, tree)]
        case ast.Name(name):
            values = [*_values(name, tree)]
        case _:
            values = []
    each = [_keys(value, where) for value in values if value is not None]
    return set.intersection(*each) if each else set()


@cache
def _tree(file: str) -> ast.Module:
    path = _path(file)
    return ast.parse(path.read_text(encoding="utf-8") if path is not None else "")


def _path(file: str) -> Path | None:
    """A file of ours by its name from the package on."""
    return next((root.parent / file for root in SOURCES if (root.parent / file).is_file()), None)


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

"""Reads the installed `stripe` package as text: its classes are generated from Stripe's specification.

Nothing of the library is imported or run; its annotations are parsed.
"""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from stripe_simulator.schema.nodes import ANY, NULL, PRIMITIVES, STR, Node, alternatives, listing, listing_v2, union

LEFT_OUT = {"params", "events"}  # folders that hold no service and no object
PARAMS, RESOURCE = "p", "r"
LOOKUP = re.compile(r'LOOKUP_TYPE = "([^"]+)"')
MAPS = {"UntypedStripeObject", "StripeObject", "Dict", "dict"}


class Source:
    """One reading of the library; `definitions` grows with what is asked."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.definitions: dict[str, Node] = {}
        self.object_names: dict[str, str] = {}  # "customer" -> name of its definition
        self._modules: dict[str, ast.Module] = {}
        self._classes: dict[tuple[str, str], ast.ClassDef] = {}
        self._imports: dict[str, dict[str, tuple[str, str]]] = {}
        self._functional: dict[tuple[str, str], ast.Dict] = {}

    def files(self) -> Iterable[str]:
        for path in sorted(self.base.rglob("*.py")):
            relative = path.relative_to(self.base).as_posix()
            if relative.split("/", maxsplit=1)[0] not in LEFT_OUT:
                yield relative

    def module(self, relative: str) -> ast.Module | None:
        if relative in self._modules:
            return self._modules[relative]
        path = self.base / relative
        if not path.exists():
            return None
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self._modules[relative] = tree
        self._imports[relative] = {
            alias.asname or alias.name: ("/".join(node.module.split(".")[1:]) + ".py", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe")
            for alias in node.names
        }
        self._index(relative, tree.body, "")
        return tree

    def _index(self, relative: str, body: Iterable[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                self._classes[relative, prefix + node.name] = node
                self._index(relative, node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                self._index_functional(relative, node.targets[0], node.value)

    def _index_functional(self, relative: str, target: ast.expr, call: ast.Call) -> None:
        # TypedDict("X", {"from": str}): the form for keys that are keywords of the language
        if isinstance(target, ast.Name) and getattr(call.func, "id", "") == "TypedDict":
            fields = call.args[-1]
            if isinstance(fields, ast.Dict):
                self._functional[relative, target.id] = fields

    def _resolve(self, relative: str, scope: str, name: str) -> tuple[str, str] | None:
        parts = scope.split(".") if scope else []
        for depth in range(len(parts), -1, -1):
            candidate = ".".join([*parts[:depth], name])
            if (relative, candidate) in self._classes:
                return relative, candidate
        imported = self._imports.get(relative, {}).get(name)
        if imported:
            self.module(imported[0])
            if imported in self._classes:
                return imported
        return None

    def annotation(self, node: ast.expr, relative: str, scope: str, kind: str) -> tuple[Node, bool]:
        """The schema of an annotation, and whether the field may be left out."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self.annotation(ast.parse(node.value, mode="eval").body, relative, scope, kind)
            return NULL, False
        if isinstance(node, ast.BinOp):
            return self._union([node.left, node.right], relative, scope, kind)
        if isinstance(node, ast.Name):
            return self._name(node.id, relative, scope, kind), False
        if isinstance(node, ast.Subscript):
            return self._subscript(node, relative, scope, kind)
        return ANY, False

    def _name(self, name: str, relative: str, scope: str, kind: str) -> Node:
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        if name in MAPS:
            return {"t": "map", "i": ANY}
        hit = self._resolve(relative, scope, name)
        return {"t": "ref", "n": self.define(*hit, kind)} if hit else ANY

    def _subscript(self, node: ast.Subscript, relative: str, scope: str, kind: str) -> tuple[Node, bool]:
        head = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
        args = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if head == "Literal":
            return {"t": "enum", "v": [a.value for a in args if isinstance(a, ast.Constant)], "open": False}, False
        if head == "Union":
            return self._union(args, relative, scope, kind)
        if head == "ClassVar":
            return ANY, False
        inner = self.annotation(args[-1], relative, scope, kind)[0]
        if head in {"NotRequired", "Optional"}:
            return inner, True
        return _container(head, inner, second=relative.startswith("v2/")), False

    def _union(self, nodes: Iterable[ast.expr], relative: str, scope: str, kind: str) -> tuple[Node, bool]:
        found = [self.annotation(node, relative, scope, kind) for node in nodes]
        return union([schema for schema, _ in found]), any(optional for _, optional in found)

    def define(self, relative: str, cls: str, kind: str) -> str:
        """Read one class into `definitions`; returns its name there."""
        name = f"{kind}:{relative}:{cls}"
        if name in self.definitions:
            return name
        node = self._classes[relative, cls]
        definition: Node = {"t": "obj", "n": cls, "p": {}, "r": []}
        self.definitions[name] = definition
        for base in node.bases:
            fields = self._functional.get((relative, getattr(base, "id", "")))
            for key, value in zip(fields.keys, fields.values, strict=True) if fields else ():
                if isinstance(key, ast.Constant):
                    definition["p"][key.value] = self.annotation(value, relative, cls, kind)[0]
        remap = _remappings(node)
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                field = item.target.id
                if not field.startswith("_") and field != "OBJECT_NAME":
                    read = self.annotation(item.annotation, relative, cls, kind)
                    self._field(definition, remap.get(field, field), read, kind)
        discriminator = definition["p"].get("object")
        if kind == RESOURCE and discriminator and discriminator["t"] == "enum" and len(discriminator["v"]) == 1:
            self.object_names.setdefault(discriminator["v"][0], name)
        return name

    @staticmethod
    def _field(definition: Node, field: str, read: tuple[Node, bool], kind: str) -> None:
        schema, optional = read
        if optional and kind == RESOURCE:
            schema = {"t": "union", "a": [*alternatives(schema), NULL]}
        definition["p"][field] = schema
        if not optional:
            definition["r"].append(field)
        if field == "deleted" and kind == RESOURCE:
            definition["deletable"] = True

    def thin_events(self) -> list[str]:
        """The types of thin events that the library knows: "v1.charge.refunded"."""
        texts = (path.read_text(encoding="utf-8") for path in sorted((self.base / "events").glob("_v*_event.py")))
        return sorted({kind for text in texts for kind in LOOKUP.findall(text)})

    def objects(self) -> None:
        """Define every class with an OBJECT_NAME: some are reached only through an event's `data.object`."""
        for relative in self.files():
            if Path(relative).name.startswith("_") and not relative.endswith("_service.py"):
                self.module(relative)
                for file, cls in [key for key in self._classes if key[0] == relative and "." not in key[1]]:
                    body = self._classes[file, cls].body
                    if any(isinstance(x, ast.AnnAssign) and getattr(x.target, "id", "") == "OBJECT_NAME" for x in body):
                        self.define(file, cls, RESOURCE)
        self.module("_error_object.py")
        self.define("_error_object.py", "ErrorObject", RESOURCE)


def _container(head: str, inner: Node, *, second: bool) -> Node:
    """A list, a map or an envelope; `second` says that the class belongs to /v2, whose pages have another form."""
    if head in {"List", "Sequence", "list"}:
        return {"t": "list", "i": inner}
    if head in MAPS or head == "Mapping":
        return {"t": "map", "i": inner}
    if head == "ExpandableField":
        return {"t": "union", "a": [STR, *alternatives(inner)]}
    if head == "ListObject" and second:
        return listing_v2(inner)
    if head in {"ListObject", "SearchResultObject"}:
        return listing(inner, search=head == "SearchResultObject")
    return ANY


def _remappings(node: ast.ClassDef) -> dict[str, str]:
    for item in node.body:
        if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == "_field_remappings":
            found: dict[str, str] = ast.literal_eval(item.value)
            return found
    return {}

"""The schema as a catalogue of operations, loaded from a cache file that is rebuilt when the library changes."""

import hashlib
import importlib.util
import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stripe_simulator.schema.known import Known
from stripe_simulator.schema.nodes import Node
from stripe_simulator.schema.operations import read_operations
from stripe_simulator.schema.source import PARAMS, RESOURCE, Source

FORM = 2  # raise it when the cached form changes


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str  # with {placeholders}
    name: str  # as the library calls it, "CustomerService.create"
    schema: Node

    def fits(self, path: str) -> bool:
        """Whether a concrete path is one of this operation's."""
        expected, actual = self.path.strip("/").split("/"), path.strip("/").split("/")
        return len(expected) == len(actual) and _literal_matches(expected, actual) is not None


class Catalog:
    """Operations by method and path, with the definitions that their schemas refer to."""

    def __init__(self, version: str, saved: Node) -> None:
        self.version = version
        self.definitions: dict[str, Node] = saved["definitions"]
        self.names: dict[str, str] = saved["names"]  # of definitions, by object type
        self.thin_events = frozenset(saved["thin_events"])
        operations: list[Node] = saved["operations"]
        self.operations = [Operation(**item) for item in operations]
        self._fixed: dict[tuple[str, str], Operation] = {}
        self._patterns: dict[tuple[str, int], list[tuple[list[str], Operation]]] = {}
        for operation in self.operations:
            parts = operation.path.strip("/").split("/")
            if "{" in operation.path:
                self._patterns.setdefault((operation.method, len(parts)), []).append((parts, operation))
            else:
                self._fixed[operation.method, operation.path] = operation

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a concrete path; a literal segment beats a placeholder."""
        hit = self._fixed.get((method, path))
        if hit is not None:
            return hit
        parts = path.strip("/").split("/")
        best: tuple[int, Operation] | None = None
        for pattern, operation in self._patterns.get((method, len(parts)), ()):
            literal = _literal_matches(pattern, parts)
            if literal is not None and (best is None or literal > best[0]):
                best = (literal, operation)
        return best[1] if best else None

    def known(self) -> Known:
        """The words of a catalogue of requests."""
        operation = self.find("POST", "/v1/webhook_endpoints")
        fields = self.resolve(operation.schema)["p"] if operation else {}
        versions = self.resolve(fields["api_version"])["v"] if fields else ()
        types = self.resolve(self.resolve(fields["enabled_events"])["i"])["v"] if fields else ()
        return Known(
            version=self.version,
            versions=frozenset(str(value) for value in versions) | {self.version},
            event_types=tuple(str(value) for value in types),
            thin_events=self.thin_events,
        )

    def resolve(self, node: Node) -> Node:
        while node["t"] == "ref":
            node = self.definitions[node["n"]]
        return node


def _literal_matches(pattern: list[str], parts: list[str]) -> int | None:
    count = 0
    for expected, actual in zip(pattern, parts, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
        elif expected != actual:
            return None
        else:
            count += 1
    return count


def load_requests() -> Catalog:
    """What each operation accepts."""
    return _load(PARAMS)


def load_responses() -> Catalog:
    """What each operation answers, and every object type."""
    return _load(RESOURCE)


def _load(kind: str) -> Catalog:
    spec = importlib.util.find_spec("stripe")
    if spec is None or spec.origin is None:
        raise RuntimeError("The `stripe` package is not installed: the simulator reads Stripe's schema from it.")
    base = Path(spec.origin).parent
    version = _pinned(base)
    digest = hashlib.sha256(f"{FORM}:{version}:{base}".encode()).hexdigest()[:12]
    file = _cache_folder() / f"stripe-schema-{kind}-{digest}.json"
    try:
        saved = json.loads(file.read_bytes()) if _is_ours(file.parent) else None
    except (OSError, ValueError):
        saved = None
    if saved is None:
        saved = _read(base, kind)
        _save(file, saved)
    return Catalog(version, saved)


def _pinned(base: Path) -> str:
    found = re.search(r'CURRENT = "([^"]+)"', (base / "_api_version.py").read_text(encoding="utf-8"))
    if found is None:
        raise RuntimeError("The `stripe` package names no API version.")
    return found.group(1)


def _read(base: Path, kind: str) -> Node:
    source = Source(base)
    operations = read_operations(source, kind)
    if kind == RESOURCE:
        source.objects()
    return {
        "definitions": source.definitions,
        "operations": operations,
        "names": source.object_names,
        "thin_events": source.thin_events(),
    }


def _cache_folder() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    if root:
        return Path(root) / "stripe_simulator"
    return Path(tempfile.gettempdir()) / f"stripe_simulator-{os.getuid()}"


def _is_ours(folder: Path) -> bool:
    """A shared temporary folder must not let another user feed us a schema."""
    return folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == os.getuid()


def _save(file: Path, saved: Node) -> None:
    # Without a writable folder the simulator still runs, it only starts more slowly.
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(file.parent):
            return
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as out:
            json.dump(saved, out, separators=(",", ":"))
        Path(out.name).replace(file)
    except OSError:
        return

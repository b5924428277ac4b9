"""Every operation that the library's service classes name: method, path, parameters, answer."""

import ast
from collections.abc import Iterable

from stripe_simulator.schema.nodes import ANY, Node
from stripe_simulator.schema.source import PARAMS, RESOURCE, Source

CALLS = {"_request", "_request_stream"}
CALL_ARGUMENTS = 2  # method and path come first


def read_operations(source: Source, kind: str) -> list[Node]:
    """All operations; `kind` says whether their parameters or their answers are wanted (each is a large graph)."""
    found: list[Node] = []
    for relative in source.files():
        if not relative.endswith("_service.py"):
            continue
        tree = source.module(relative)
        for cls in tree.body if tree else ():
            for method in cls.body if isinstance(cls, ast.ClassDef) else ():
                if isinstance(cls, ast.ClassDef) and isinstance(method, ast.FunctionDef):
                    found.extend(_operation(source, relative, cls.name, method, kind))
    return found


def _operation(source: Source, relative: str, cls: str, method: ast.FunctionDef, kind: str) -> Iterable[Node]:
    target = _target(method)
    if target is None:
        return
    verb, path = target
    schema = ANY
    if kind == PARAMS:
        for argument in method.args.args:
            if argument.arg == "params" and argument.annotation is not None:
                schema = source.annotation(argument.annotation, relative, "", PARAMS)[0]
    elif method.returns is not None:
        schema = source.annotation(method.returns, relative, "", RESOURCE)[0]
    yield {"method": verb.upper(), "path": path, "schema": schema, "name": f"{cls}.{method.name}"}


def _target(method: ast.FunctionDef) -> tuple[str, str] | None:
    for node in ast.walk(method):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CALLS
            and len(node.args) >= CALL_ARGUMENTS
        ):
            verb, url = node.args[0], node.args[1]
            if isinstance(url, ast.Call) and isinstance(url.func, ast.Attribute):  # "/v1/x/{id}".format(...)
                url = url.func.value
            if isinstance(verb, ast.Constant) and isinstance(url, ast.Constant):
                text = str(url.value)
                return (str(verb.value), text) if text.startswith(("/v1/", "/v2/")) else None
    return None

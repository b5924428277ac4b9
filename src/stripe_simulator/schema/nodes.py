"""A tiny schema language, plain JSON so that it can be cached.

{"t": "str" | "int" | "bool" | "num" | "any" | "null"}; a "str" with "clear" may be sent empty
{"t": "enum", "v": [...], "open": bool}         open: the library types it Literal[...] | str
{"t": "list", "i": S}  {"t": "map", "i": S}  {"t": "union", "a": [S, ...]}
{"t": "ref", "n": name}                         name of a definition, always of the form below
{"t": "obj", "n": class name, "p": {name: S}, "r": [required]}
"""

from typing import Any

Node = dict[str, Any]

ANY: Node = {"t": "any"}
NULL: Node = {"t": "null"}
STR: Node = {"t": "str"}
PRIMITIVES: dict[str, Node] = {
    "str": STR,
    "int": {"t": "int"},
    "bool": {"t": "bool"},
    "float": {"t": "num"},
    "Decimal": STR,  # a decimal travels as a string
    "Any": ANY,
    "object": ANY,
    "None": NULL,
}


def alternatives(node: Node) -> list[Node]:
    """The members of a union, or the node alone."""
    found: list[Node] = node["a"] if node["t"] == "union" else [node]
    return found


def union(nodes: list[Node]) -> Node:
    """One node for several alternatives, with the library's two idioms resolved.

    `Literal["a"] | str` is an open enum; `Literal[""] | X` means that X may be sent empty to clear the field.
    """
    flat = [inner for node in nodes for inner in alternatives(node)]
    clear = any(node == {"t": "enum", "v": [""], "open": False} for node in flat)
    flat = [node for node in flat if not (node["t"] == "enum" and node["v"] == [""])]
    enums = [node for node in flat if node["t"] == "enum"]
    if enums and any(node["t"] == "str" for node in flat):
        values = [value for node in enums for value in node["v"]]
        flat = [node for node in flat if node["t"] not in {"enum", "str"}]
        flat.append({"t": "enum", "v": values, "open": True})
    if clear:
        flat.append({"t": "empty"})
    return flat[0] if len(flat) == 1 else {"t": "union", "a": flat}


def listing(inner: Node, *, search: bool = False) -> Node:
    """Stripe's envelope around a page of objects."""
    return {
        "t": "obj",
        "n": "SearchResultObject" if search else "ListObject",
        "p": {
            "object": {"t": "enum", "v": ["search_result" if search else "list"], "open": False},
            "data": {"t": "list", "i": inner},
            "has_more": {"t": "bool"},
            "url": STR,
            "total_count": {"t": "int"},
            "next_page": {"t": "union", "a": [STR, NULL]},
        },
        "r": ["object", "data", "has_more", "url"],
    }


def listing_v2(inner: Node) -> Node:
    """The same in /v2: pages are followed by address."""
    return {
        "t": "obj",
        "n": "ListObject",
        "p": {
            "data": {"t": "list", "i": inner},
            "next_page_url": {"t": "union", "a": [STR, NULL]},
            "previous_page_url": {"t": "union", "a": [STR, NULL]},
        },
        "r": ["data", "next_page_url"],
    }

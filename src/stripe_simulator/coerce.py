"""Form data against the schema of an operation: typed values out, or Stripe's refusal."""

import re
from typing import TYPE_CHECKING, Any

from stripe_simulator.errors import StripeError, malformed, missing
from stripe_simulator.schema import Catalog, Node
from stripe_simulator.types import Json

if TYPE_CHECKING:
    from collections.abc import Callable

INTEGER = re.compile(r"-?[0-9]{1,18}")
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
UNKNOWN = "parameter_unknown"


class Coercer:
    """Reads one request against one schema."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._by_type: dict[str, Callable[[Node, Any, str], Any]] = {
            "any": lambda _node, value, _at: value,
            "str": self._string,
            "int": self._integer,
            "num": self._number,
            "bool": self._boolean,
            "enum": self._enum,
            "list": self._list,
            "map": self._map,
            "obj": self._object,
            "union": self._union,
            "empty": self._empty,
            "null": self._empty,
        }

    def read(self, schema: Node, data: Json) -> Json:
        node = self.catalog.resolve(schema)
        if node["t"] != "obj":
            return data
        typed: Json = self._object(node, data, "")
        return typed

    def _value(self, node: Node, value: Any, at: str) -> Any:
        node = self.catalog.resolve(node)
        return self._by_type[node["t"]](node, value, at)

    def _string(self, _node: Node, value: Any, at: str) -> str:
        if not isinstance(value, str):
            raise malformed("Invalid string: " + _shown(value), param=at)
        if value == "":
            raise malformed(
                f"You passed an empty string for '{at}'. We assume empty values are an attempt to unset a field; "
                f"however '{at}' cannot be unset. You should remove '{at}' from your request or supply a non-empty "
                "value.",
                code="parameter_invalid_empty",
                param=at,
            )
        return value

    def _integer(self, _node: Node, value: Any, at: str) -> int:
        if not isinstance(value, str) or not INTEGER.fullmatch(value):
            raise malformed(f"Invalid integer: {_shown(value)}", code="parameter_invalid_integer", param=at)
        return int(value)

    def _number(self, _node: Node, value: Any, at: str) -> float:
        if not isinstance(value, str) or not NUMBER.fullmatch(value):
            raise malformed(f"Invalid decimal: {_shown(value)}", param=at)
        return float(value)

    def _boolean(self, _node: Node, value: Any, at: str) -> bool:
        if not isinstance(value, str) or value not in {"true", "false"}:
            raise malformed(f"Invalid boolean: {_shown(value)}", param=at)
        return value == "true"

    def _enum(self, node: Node, value: Any, at: str) -> Any:
        known = {str(item).lower() if isinstance(item, bool) else str(item): item for item in node["v"]}
        if isinstance(value, str) and value in known:
            return known[value]
        raise malformed(f"Invalid {at}: must be one of {_either(list(known))}", param=at)

    def _empty(self, _node: Node, value: Any, at: str) -> str:
        if value != "":
            raise malformed("Invalid value: " + _shown(value), param=at)
        return ""

    def _list(self, node: Node, value: Any, at: str) -> list[Any]:
        if not isinstance(value, list):
            raise malformed("Invalid array", param=at)
        return [self._value(node["i"], item, f"{at}[{index}]") for index, item in enumerate(value)]

    def _map(self, node: Node, value: Any, at: str) -> Json:
        if isinstance(value, list):  # metadata[0]=x decodes as a list; its keys are still keys
            value = {str(index): item for index, item in enumerate(value)}
        if not isinstance(value, dict):
            raise malformed("Invalid hash", param=at)
        inner = self.catalog.resolve(node["i"])
        if inner["t"] == "str":  # an empty string takes one key out
            inner = {"t": "union", "a": [inner, {"t": "empty"}]}
        return {key: self._value(inner, item, f"{at}[{key}]") for key, item in value.items()}

    def _object(self, node: Node, value: Any, at: str) -> Json:
        if not isinstance(value, dict):
            raise malformed("Invalid object", param=at or None)
        unknown = [_inside(at, key) for key in value if key not in node["p"]]
        if unknown:
            plural = "parameter" if len(unknown) == 1 else "parameters"
            raise malformed(f"Received unknown {plural}: {', '.join(unknown)}", code=UNKNOWN, param=unknown[0])
        typed = {key: self._value(node["p"][key], item, _inside(at, key)) for key, item in value.items()}
        for key in node["r"]:
            if key not in value:
                raise missing(_inside(at, key))
        return typed

    def _union(self, node: Node, value: Any, at: str) -> Any:
        refusals: list[tuple[int, StripeError]] = []
        for choice in node["a"]:
            kind = self.catalog.resolve(choice)["t"]
            try:
                return self._value(choice, value, at)
            except StripeError as error:
                refusals.append((_aptness(kind, value), error))
        # the refusal of the alternative that the caller most likely meant
        raise max(refusals, key=lambda found: found[0])[1]


def _aptness(kind: str, value: Any) -> int:
    if kind == "empty":
        return 0
    shapes: dict[str, type] = {"obj": dict, "map": dict, "list": list}
    wanted = shapes.get(kind, str)
    return 2 if isinstance(value, wanted) else 1


def _inside(at: str, key: str) -> str:
    return f"{at}[{key}]" if at else key


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text[:100]


def _either(words: list[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004 - one word needs no "or"
        return "".join(words)
    return ", ".join(words[:-1]) + f", or {words[-1]}"

"""Stripe's search language: `email:'x' AND created>1700000000 AND -metadata['tier']:'gold'`."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from stripe_simulator.errors import malformed
from stripe_simulator.lists import page
from stripe_simulator.types import Json

TEXT = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
CLAUSE = re.compile(
    rf"\s*(?P<no>-)?(?P<field>[a-z_.0-9]+)(?:\[(?P<key>{TEXT})\])?\s*(?P<sign>:|~|>=|<=|>|<)\s*"
    rf"(?P<value>{TEXT}|null|-?[0-9]+|true|false)\s*"
)
JOIN = re.compile(r"(AND|OR)\s", re.IGNORECASE)
SHORTEST = 3  # characters that `~` needs
COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


@dataclass(frozen=True, slots=True)
class Clause:
    no: bool
    field: str
    key: str | None  # of metadata
    sign: str
    value: str | int | None  # None is `null`: the field is not there

    def fits(self, thing: Json) -> bool:
        return self._fits(thing) is not self.no

    def _fits(self, thing: Json) -> bool:
        held: Any = thing
        for part in self.field.split("."):
            held = (held or {}).get(part)
        if self.key is not None:
            held = (held or {}).get(self.key)
        if self.value is None:
            return held is None
        if held is None:
            return False
        if self.sign in COMPARE:
            return COMPARE[self.sign](held, int(self.value))
        if isinstance(self.value, int):
            return bool(held == self.value)
        wanted, held = self.value.lower(), str(held).lower()  # search does not tell case
        return wanted in held if self.sign == "~" else wanted == held


def search(things: Iterable[Json], params: Json, url: str, *, texts: tuple[str, ...], numbers: tuple[str, ...]) -> Json:
    """A search result. `texts` and `numbers` are the fields that may be asked for, `metadata` always is."""
    clauses, either = _read(params["query"], texts, numbers)
    judge = any if either else all
    found = (thing for thing in things if judge(clause.fits(thing) for clause in clauses))
    cursor = {"starting_after": params["page"]} if "page" in params else {}
    answer = page(found, {**{k: v for k, v in params.items() if k == "limit"}, **cursor}, url, "page")
    more = answer["has_more"]
    return {**answer, "object": "search_result", "next_page": answer["data"][-1]["id"] if more else None}


def _read(query: str, texts: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[list[Clause], bool]:
    clauses: list[Clause] = []
    joins: set[str] = set()
    at = 0
    while True:
        found = CLAUSE.match(query, at)
        if found is None:
            raise _wrong(query)
        clauses.append(_clause(found, texts, numbers))
        at = found.end()
        if at == len(query):
            break
        join = JOIN.match(query, at)
        if join is not None:
            joins.add(join[1].upper())
            at = join.end()
        else:
            joins.add("AND")  # a space means AND
    if len(joins) > 1:
        raise malformed("You cannot combine AND and OR in the same query.", param="query")
    return clauses, joins == {"OR"}


def _clause(found: re.Match[str], texts: tuple[str, ...], numbers: tuple[str, ...]) -> Clause:
    field, key, sign, raw = found["field"], found["key"], found["sign"], found["value"]
    if (key is not None) != (field == "metadata") or field not in {*texts, *numbers, "metadata"}:
        raise malformed(f"Field `{field}` is an unsupported search field for this resource.", param="query")
    if sign in COMPARE and field not in numbers:
        raise malformed(f"Field `{field}` does not support the operator {sign}.", param="query")
    number = field in numbers and raw != "null"
    text = _plain(raw)
    if number and not text.lstrip("-").isdigit():
        raise malformed(f"Field `{field}` takes a number.", param="query")
    if sign == "~" and (number or len(text) < SHORTEST):
        raise malformed(f"The operator ~ needs a text of at least {SHORTEST} characters.", param="query")
    value = None if raw == "null" else int(text) if number else text
    return Clause(found["no"] is not None, field, _plain(key) if key else None, sign, value)


def _plain(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw[0] in "'\"" else raw


def _wrong(query: str) -> Exception:
    return malformed(f"We were unable to parse your search query: {query[:200]}", param="query")

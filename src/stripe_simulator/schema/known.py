"""The words that the installed library knows, for whoever must choose among them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    version: str = ""  # the pinned one
    versions: frozenset[str] = frozenset()
    event_types: tuple[str, ...] = ()  # that an endpoint may ask for, "*" first
    thin_events: frozenset[str] = frozenset()  # "v1.charge.refunded"

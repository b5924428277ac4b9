"""States are tables: the allowed moves of a noun are data next to its model; each move leaves a history row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.db import models, transaction

from comptoir.kernel import clock
from comptoir.kernel.models import StateChange
from comptoir.kernel.words import NOTHING, Words


class IllegalMoveError(Exception):
    """The table of states does not allow this move: a fault of ours, not of a person."""


class MovedMeanwhileError(Exception):
    """The row was no longer in the state that we had read; whoever holds its lock does not meet this."""


class Stateful(Protocol):
    """A model row with a state."""

    pk: object
    state: str


@dataclass(frozen=True)
class States:
    """The states of one noun and the moves between them."""

    noun: str
    moves: Mapping[str, frozenset[str]]

    def allows(self, *, old: str, new: str) -> bool:
        """Whether the table has this move."""
        return new in self.moves[old]

    def born(self, row: models.Model, *, who: str, why: Words = NOTHING) -> None:
        """Write the first history row of a new object."""
        self._record(row, old="", new=row.state, who=who, why=why)  # type: ignore[attr-defined]  # every noun has one

    def noted(self, row: models.Model, *, who: str, why: Words) -> None:
        """Write a history row for what has changed of a row that stays in its state."""
        self._record(row, old=row.state, new=row.state, who=who, why=why)  # type: ignore[attr-defined]  # every noun has one

    def move(self, row: models.Model, new: str, *, who: str, why: Words = NOTHING) -> bool:
        """Move a row to a state by a conditional UPDATE; False when it stands there already.

        Raises:
            IllegalMoveError: the table has no such move.
            MovedMeanwhileError: the row has left the state that was read.
        """
        old: str = row.state  # type: ignore[attr-defined]  # every noun has one
        if old == new:
            return False
        if not self.allows(old=old, new=new):
            raise IllegalMoveError(f"{self.noun} {row.pk}: {old} -> {new}")
        manager = type(row)._default_manager  # noqa: SLF001 - Django's documented way to a model's manager
        with transaction.atomic():  # the move and its history, both or neither
            if not manager.filter(pk=row.pk, state=old).update(state=new):
                raise MovedMeanwhileError(f"{self.noun} {row.pk} is no longer {old}")
            self._record(row, old=old, new=new, who=who, why=why)
        row.state = new  # type: ignore[attr-defined]
        return True

    def _record(self, row: models.Model, *, old: str, new: str, who: str, why: Words) -> None:
        StateChange.objects.create(
            noun=self.noun, object_id=str(row.pk), from_state=old, to_state=new, who=who, why=why, at=clock.now()
        )


ODD = "odd"  # cannot be, as far as anybody knows: nothing changes here, and people are told


@dataclass(frozen=True)
class Reads:
    """What each word of another system makes of each of our states: every pair is decided, by a state or by ODD."""

    states: States
    by: type[StrEnum]
    cells: Mapping[str, Mapping[str, str]]

    def decide(self, *, old: str, word: str) -> str:
        """The state after `word` was read, which may be the one before; or ODD."""
        return self.cells[word][old]


def reads(states: States, by: type[StrEnum], **words: str) -> Reads:
    """A row for each word of `by`, in it a decision for each state in the order of the table.

    Raises:
        ValueError: a word or a state is without a decision, or one is a move that the table does not have.
    """
    if set(words) != {str(word) for word in by}:
        raise ValueError(f"{states.noun}: decisions for {sorted(words)}, words are {sorted(by)}")
    cells = {word: _decisions(states, word, row.split()) for word, row in words.items()}
    return Reads(states, by, cells)


def _decisions(states: States, word: str, row: list[str]) -> dict[str, str]:
    if len(row) != len(states.moves):
        raise ValueError(f"{states.noun}, {word}: {len(row)} decisions for {len(states.moves)} states")
    decided = dict(zip(states.moves, row, strict=True))
    for old, new in decided.items():
        if new not in {old, ODD} and not states.allows(old=old, new=new):
            raise ValueError(f"{states.noun}, {word}: {old} -> {new} is no move")
    return decided


def table(noun: str, **moves: str) -> States:
    """A table from words: `table("invoice", draft="open void", open="paid", paid="", void="")`."""
    return States(noun, {old: frozenset(new.split()) for old, new in moves.items()})

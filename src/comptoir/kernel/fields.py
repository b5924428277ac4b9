"""Columns of our own kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from comptoir.kernel.words import NOTHING, Words, read

if TYPE_CHECKING:
    _Text = models.Field[Words, Words]  # what stands in an instance is no text
else:  # Django's own class takes no parameters
    _Text = models.TextField


class WordsField(_Text):
    """A column of `Words`; a plain text in it, or given to it, is shown as it stands."""

    def get_default(self) -> Words:
        """Nothing is said unless somebody says it."""
        return NOTHING

    def to_python(self, value: Any) -> Words:
        """From whatever a form or a fixture holds."""
        return value if isinstance(value, Words) else read(str(value or ""))

    def from_db_value(self, value: str | None, *_rest: object) -> Words:
        """From the column."""
        return read(value or "")

    def get_prep_value(self, value: Any) -> str:
        """For the column."""
        return value.stored() if isinstance(value, Words) else str(value or "")

    def value_to_string(self, obj: models.Model) -> str:
        """For a fixture."""
        return self.get_prep_value(self.value_from_object(obj))

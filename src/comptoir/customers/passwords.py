"""What a password may not be made of."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from comptoir.customers.models import User

PART = re.compile(r"[^\W_]{3,}")
FEWEST = 6  # letters and digits that are of the password's own: the name and a year are quickly guessed


class OwnWords:
    """Refuses a password that is little more than its owner's name or e-mail address.

    Only what it truly contains counts. Django's own check compares which letters occur, in any order: a long passphrase has nearly
    all of them, and was refused for a likeness that nobody could see.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise `ValidationError` where fewer than `FEWEST` characters are left without the owner's words."""
        if user is None:
            return
        rest = whole = password.casefold()
        words = PART.findall(f"{user.email} {user.first_name} {user.last_name}".casefold())
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != whole and sum(sign.isalnum() for sign in rest) < FEWEST:
            raise ValidationError(self.get_help_text(), code="own_words")

    def get_help_text(self) -> str:
        """What is asked for, in the active language."""
        return _("The password is little more than your name or e-mail address: take other words.")

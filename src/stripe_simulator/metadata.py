"""Metadata: at most 50 keys, 40 characters a key, 500 a value; an empty value takes a key out."""

from typing import Any

from stripe_simulator.errors import malformed
from stripe_simulator.types import Json

KEYS, KEY_LENGTH, VALUE_LENGTH = 50, 40, 500


def merged(before: Json, sent: Any, *, param: str = "metadata") -> Json:
    """The metadata after an update; an empty string clears everything."""
    if sent is None:
        return dict(before)
    if sent == "":
        return {}
    for key, value in sent.items():
        if len(key) > KEY_LENGTH:
            raise malformed(
                f"Metadata keys must be shorter than {KEY_LENGTH} characters. Your key was {len(key)} characters long.",
                param=f"{param}[{key}]",
            )
        if len(value) > VALUE_LENGTH:
            raise malformed(
                f"Metadata values must be shorter than {VALUE_LENGTH} characters. Your value was {len(value)} "
                "characters long.",
                param=f"{param}[{key}]",
            )
    after = {key: value for key, value in {**before, **sent}.items() if value != ""}
    if len(after) > KEYS:
        raise malformed(f"You can store up to {KEYS} keys on an object.", param=param)
    return after

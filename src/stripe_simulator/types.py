"""The one shape that travels everywhere: a JSON object."""

from typing import Any

Json = dict[str, Any]


def snapshot(value: Any) -> Any:
    """A copy that later changes of `value` do not reach.

    Its texts and keys are those of `value` itself: through JSON and back each copy would hold its own, twice the room.
    """
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [snapshot(item) for item in value]
    return value

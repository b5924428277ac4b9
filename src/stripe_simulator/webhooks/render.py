"""Events as an endpoint's API version shows them.

One converter for each boundary between versions will stand here, newest to oldest; endpoints at another version than
the pinned one are refused until then, so that nobody is sent a shape that their version never had.
"""

import json

from stripe_simulator.types import Json


def body(event: Json, version: str) -> bytes:
    """The exact bytes that are signed and sent."""
    if version != event["api_version"]:
        event = {**event, "api_version": version}
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()

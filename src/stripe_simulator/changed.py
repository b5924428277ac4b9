"""What an update changed: the `previous_attributes` of an `*.updated` event."""

from stripe_simulator.types import Json


def replace(thing: Json, after: Json) -> Json:
    """Make `thing` what `after` says and give back the former values of what changed; empty when nothing did.

    Callers write into a copy first: a refusal half way must leave nothing behind.
    """
    previous = {name: thing.get(name) for name in after if thing.get(name) != after[name]}
    thing.update(after)
    return previous

"""How modules are named to staff. They have a page of their own, and their settings are sealed: no list shows them."""

from __future__ import annotations

from comptoir.modules import registry


def title_of(name: str) -> str:
    """A module's title, or its name where it is not installed (any more)."""
    module = registry.installed().get(name)
    return str(module.manifest.title) if module is not None else name

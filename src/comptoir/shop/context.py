"""What every page of the counter shows."""

from __future__ import annotations

from django.http import HttpRequest

from comptoir.catalogue.queries import shop


def counter(request: HttpRequest) -> dict[str, object]:  # noqa: ARG001 - Django's form
    """The shop itself."""
    return {"shop": shop()}

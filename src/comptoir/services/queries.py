"""What a customer may see of a service."""

from __future__ import annotations

from comptoir.kernel import secrets
from comptoir.services.models import Service


def access(service: Service) -> dict[str, str]:
    """The access data of a service, opened. Raises UnsealError."""
    return secrets.unseal(service.access_sealed)

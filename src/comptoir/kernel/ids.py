"""Identifiers that others see."""

from __future__ import annotations

import secrets


def token() -> str:
    """An unguessable name for an address: 192 random bits, URL-safe."""
    return secrets.token_urlsafe(24)

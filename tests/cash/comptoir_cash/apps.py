"""The module stores something, so it is a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class CashConfig(AppConfig):
    """Its tables."""

    name = "comptoir_cash"

"""Registration at the counter: an account is a customer from the first moment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from comptoir.catalogue.queries import shop
from comptoir.customers import accounts
from comptoir.customers.actions import register
from comptoir.customers.models import User


class Adapter(accounts.Adapter):
    """The house's way with accounts, knowing the shop."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - allauth's form
        """Make the user, and the customer who orders."""
        saved: User = super().save_user(request, user, form, commit=commit)
        if commit:
            register(user=saved, tester=shop().new_customers_are_testers)
        return saved

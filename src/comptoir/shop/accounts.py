"""Registration at the counter: an account is a customer from the first moment."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from comptoir.catalogue.queries import shop
from comptoir.customers import accounts, factors
from comptoir.customers.actions import register
from comptoir.customers.models import User


class Factors(factors.Adapter):
    """The house's way with second factors, under the shop's own name."""

    def get_totp_issuer(self) -> str:
        """Under which name an app lists the codes."""
        return shop().name or "Comptoir"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """To whom a passkey belongs: the host of the address that the browser shows."""
        return {**super().get_public_key_credential_rp_entity(), "name": self.get_totp_issuer()}


class Adapter(accounts.Adapter):
    """The house's way with accounts, knowing the shop."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - allauth's form
        """Make the user, and the customer who orders."""
        saved: User = super().save_user(request, user, form, commit=commit)
        if commit:
            register(user=saved, tester=shop().new_customers_are_testers)
        return saved

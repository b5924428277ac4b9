"""The form of registration: the account and its address, all or nothing."""

from __future__ import annotations

from allauth.account import forms
from django.db import transaction
from django.http import HttpRequest

from comptoir.customers.models import User


class SignupForm(forms.SignupForm):  # type: ignore[misc]  # allauth brings no types
    """As allauth has it."""

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """In one transaction: an account without a noted address counts as made by the operator, so as proven (`factors`)."""
        user: User = super().save(request)
        return user

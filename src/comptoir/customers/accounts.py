"""How allauth's accounts are ours: mails go through the outbox, in the reader's language, under the shop's own words."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy as _

from comptoir.mail import actions as mail

LONGEST_EMAIL = 254  # as User.email has it


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth brings no types
    """The house's way with accounts."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put allauth's mail into the outbox: it tells a fact of its own each time."""
        message = self.render_mail(template_prefix, email, {"request": allauth.request, "email": email, **context})
        mail.queue_text(
            fact=f"account:{uuid.uuid4()}",
            to=email,
            subject=str(message.subject),
            body=str(message.body) + "\n",
            locale=(get_language() or "fr")[:2],
            secret=True,  # a link in it signs in
        )

    def format_email_subject(self, subject: str) -> str:
        """The subject as it is written, without a prefix."""
        return subject

    def clean_email(self, email: str) -> str:
        """Refuse what the account could not hold: allauth would cut it, and nobody would ever receive its mail."""
        if len(email) > LONGEST_EMAIL:
            raise ValidationError(_("This address is too long."))
        return email

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's form
        """Anybody may register."""
        return True

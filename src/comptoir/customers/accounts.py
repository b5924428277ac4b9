"""How allauth's accounts are ours: mails go through the outbox, in the reader's language, under the shop's own words.

What members of staff do with their access is noted in the audit trail, and everybody is told by mail what changed theirs.
"""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as allauth
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy as _

from comptoir.customers import factors, visits
from comptoir.customers.models import User, Visit
from comptoir.kernel import audit
from comptoir.mail import actions as mail

LONGEST_EMAIL = 254  # as User.email has it
PAUSE_SECONDS = 300  # of a throttle, as settings.ACCOUNT_RATE_LIMITS has it

# What allauth tells about an access, by the name of its mail: our verb, and what it was about.
CHANGES = {
    "account/email/password_changed": ("password.changed", ""),
    "account/email/password_set": ("password.changed", ""),
    "account/email/password_reset": ("password.changed", ""),
    "account/email/email_changed": ("email.changed", ""),
    "mfa/email/totp_activated": ("factor.added", "totp"),
    "mfa/email/totp_deactivated": ("factor.removed", "totp"),
    "mfa/email/webauthn_added": ("factor.added", "webauthn"),
    "mfa/email/webauthn_removed": ("factor.removed", "webauthn"),
    "mfa/email/recovery_codes_generated": ("factor.codes", "recovery_codes"),
}


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth brings no types
    """The house's way with accounts."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This address and this password do not go together."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _(
            "Too many wrong tries, for this account or from your network. Nothing is lost: please wait five minutes, then try again. "
            "If you have forgotten your password, choose a new one by mail."
        ),
        "rate_limited": _("Too many tries in a row. Nothing is lost: please wait five minutes, then try again."),
    }

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

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell somebody that the way into their account was changed, and note it for a member of staff."""
        verb, what = CHANGES.get(template_prefix, ("", ""))
        if not verb:
            return
        if verb == "factor.added":
            factors.end_sessions(user, but=allauth.request)
        told = {name: value for name, value in (context or {}).items() if name in {"from_email", "to_email"}}
        if user.is_staff:
            audit.record(
                who=f"staff:{user.email}", verb=verb, on=user, after={"what": what, **told} if what or told else {}
            )
        mail.queue(
            fact=f"access:{uuid.uuid4()}",
            to=email or user.email,
            template="access",
            values={"verb": verb, "what": what},
            locale=(get_language() or "fr")[:2],
        )

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """Note when and from where somebody has signed in; of a member of staff also with what."""
        response: HttpResponse = super().post_login(request, user, **more)
        visits.note(user, Visit.What.SIGN_IN, request)
        if user.is_staff:
            records = get_authentication_records(request, user)
            used = [str(record.get("type") or record["method"]) for record in records]
            audit.record(who=f"staff:{user.email}", verb="sign_in.done", on=user, after={"by": used})
        return response

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try; the first one that is too many for a member of staff is noted, once a pause."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            user = _staff(credentials)
            if user is not None and cache.add(f"comptoir:throttled:{user.pk}", 1, timeout=PAUSE_SECONDS):
                audit.record(who="visitor", verb="sign_in.throttled", on=user)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password for a member of staff."""
        user = _staff(credentials)
        if user is not None:
            note_refusal(request, user, by="password")

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


def _staff(credentials: dict[str, Any]) -> User | None:
    return User.objects.filter(email=str(credentials.get("email", "")).strip().lower(), is_staff=True).first()


def note_refusal(request: HttpRequest, user: User, *, by: str) -> None:
    """Note that a wrong password or code was tried for a member of staff."""
    if user.is_staff:
        who = f"staff:{user.email}" if request.user == user else "visitor"
        audit.record(who=who, verb="sign_in.refused", on=user, after={"by": by})

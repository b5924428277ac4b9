"""The second factor: how allauth's is ours. Its secrets are sealed, its words are the house's, and its loss has a way out."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.customers.models import User
from comptoir.kernel import audit, secrets

# Recovery codes alone are no second factor: they stand in for one that is lost.
TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth brings no types
    """The house's way with second factors."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right (any more). A code is good for half a minute, and only once."),
        "incorrect_passkey": _(
            "This passkey does not belong to this account, or has answered another page. Nothing was changed; please try again."
        ),
        "too_many_codes": _(
            "Too many wrong codes for this account today. Nothing is lost: sign in with a passkey, or come back tomorrow."
        ),
        "unverified_email": _(
            "Please confirm your e-mail address first, with the link that we have sent: so nobody can lock its owner out."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret before it reaches the database."""
        return secrets.seal({"secret": text}).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Open it. Raises UnsealError."""
        return secrets.unseal(encrypted_text.encode("ascii"))["secret"]

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's form
        """What a passkey is called until its owner gives it a name."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}


def has_one(user: Any) -> bool:
    """Whether somebody has a second factor with which to sign in."""
    return isinstance(user, User) and Authenticator.objects.filter(user=user, type__in=TYPES).exists()


def wanted(request: HttpRequest) -> bool:
    """Whether whoever asks is a member of staff who must set up a second factor first."""
    required: bool = settings.STAFF_MFA_REQUIRED and getattr(request.user, "is_staff", False)
    return required and not has_one(request.user)


def address_confirmed(user: User) -> bool:
    """Whether the address by which somebody signs in is known to be theirs.

    Else whoever registers a stranger's address could bind it to a factor of their own, and its owner would be locked out. An
    account that has none noted was made by the operator.
    """
    return not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=False).exists()


def confirm_address(user: User) -> None:
    """Note that somebody's address is theirs: the operator says so, or a mail to it is the only way in."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email.lower(), defaults={"verified": True, "primary": True}
    )


def end_sessions(user: User, *, but: HttpRequest | None = None) -> None:
    """End every session of somebody, except the one of the request `but`: those were begun with less than is asked for now.

    Called where a second factor is added or reset and where somebody joins the team, so that a password alone, stolen before, is no way in.
    """
    User.objects.filter(pk=user.pk).update(session_stamp=F("session_stamp") + 1)
    user.refresh_from_db(fields=["session_stamp"])
    if but is not None:
        update_session_auth_hash(but, user)


def reset(user: User, *, who: str) -> int:
    """Forget every factor of somebody who has lost theirs, recovery codes too; returns how many. The password stays.

    `who` is remembered in the audit trail: the owner who did it, or `command`.
    """
    with transaction.atomic():
        rows = list(Authenticator.objects.select_for_update().filter(user=user).order_by("pk"))
        if rows:
            Authenticator.objects.filter(pk__in=[row.pk for row in rows]).delete()
            audit.record(
                who=who,
                verb="factor.reset",
                on=user,
                before={"factors": [row.type for row in rows]},
                after={"factors": []},
            )
        end_sessions(user)
    return len(rows)

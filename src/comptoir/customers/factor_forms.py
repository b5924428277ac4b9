"""The forms of the second factor: codes are counted and good once, and a secret that is being set up is sealed, too."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.core import context as allauth
from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.core.cache import cache

from comptoir.customers import factors
from comptoir.customers.accounts import note_refusal
from comptoir.kernel import secrets

ONCE_SECONDS = 150  # longer than a code can be good for: three steps of 30 seconds


class _Codes(forms.Form):
    """A code of an app, or a recovery code."""

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Refuse wrong codes, the same one twice, and too many in a day: six digits can be guessed by who has the time."""
        counted = ratelimit.consume(
            allauth.request, app="allauth.account", action="second_factor", key=f"second-factor:{self.user.pk}"
        )
        if not counted:
            raise get_adapter().validation_error("too_many_codes")
        code: str = super().clean_code()  # type: ignore[misc]  # allauth's form stands behind this one
        if self.authenticator.type == Authenticator.Type.TOTP and not self._fresh(code):
            raise get_adapter().validation_error("incorrect_code")
        counted.rollback()
        return code

    def _fresh(self, code: str) -> bool:
        """Whether this code was not used before: allauth remembers one for half a minute, and we take those of three."""
        digest = hashlib.sha256(f"{self.user.pk}:{normalize_user_code(code)}".encode()).hexdigest()
        return cache.add(f"comptoir:totp:{digest}", 1, timeout=ONCE_SECONDS)

    def _emit_authentication_failed(self, _authenticator: Authenticator) -> None:
        note_refusal(allauth.request, self.user, by="code")


class AuthenticateForm(_Codes, base.AuthenticateForm):  # type: ignore[misc]  # allauth brings no types
    """While signing in."""


class ReauthenticateForm(_Codes, base.ReauthenticateForm):  # type: ignore[misc]
    """Before something that only the owner of the account may do."""


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app. Until it comes, the secret waits in the session: sealed, since sessions lie in the database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a secret for each fresh page, and take the one of that page when its form is sent."""
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = self._waiting() if self.is_bound else ""
        if not self.secret:
            self.secret = totp.generate_totp_secret()
            allauth.request.session[totp.SECRET_SESSION_KEY] = secrets.seal({"secret": self.secret}).decode("ascii")

    def _waiting(self) -> str:
        sealed = allauth.request.session.get(totp.SECRET_SESSION_KEY, "")
        return secrets.unseal(sealed.encode("ascii")).get("secret", "")

    def clean_code(self) -> str:
        """Ask for a confirmed address first."""
        _ask_for_confirmed(self.user)
        code: str = super().clean_code()
        return code


class _Passkey(forms.Form):
    """What a passkey has answered: refused in words of its own, since nobody has typed a code."""

    def clean_credential(self) -> Any:
        """The passkey, where it is one of this account's and has answered this page."""
        try:
            return super().clean_credential()  # type: ignore[misc]  # allauth's form stands behind this one
        except forms.ValidationError as refusal:
            if refusal.code != "incorrect_code":
                raise
            raise get_adapter().validation_error("incorrect_passkey") from refusal


class AuthenticatePasskeyForm(_Passkey, passkeys.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in."""


class LoginPasskeyForm(_Passkey, passkeys.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in without a password."""


class ReauthenticatePasskeyForm(_Passkey, passkeys.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Before something that only the owner of the account may do."""


class AddPasskeyForm(passkeys.AddWebAuthnForm):  # type: ignore[misc]
    """A passkey, which also signs in by itself unless that is not wished."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A key that signs in by itself is what most people mean by a passkey."""
        kwargs["initial"] = {"passwordless": True, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Ask for a confirmed address first."""
        _ask_for_confirmed(self.user)
        try:
            cleaned: dict[str, Any] = super().clean()
        except forms.ValidationError as refusal:
            raise get_adapter().validation_error("incorrect_passkey") from refusal
        return cleaned


def _ask_for_confirmed(user: Any) -> None:
    if not factors.address_confirmed(user):
        raise get_adapter().validation_error("unverified_email")

"""The team: who is a member, who is made one, in which role, and whose access is taken away. There is always an owner."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from comptoir.customers import factors, roles
from comptoir.customers.models import User
from comptoir.kernel import audit
from comptoir.kernel.errors import SaidError
from comptoir.mail import actions as mail


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the team as the page of the team shows them."""

    user: User
    role: str
    factors: tuple[str, ...]  # types of allauth's, without recovery codes

    @property
    def is_invited(self) -> bool:
        """Whether they have not chosen a password yet."""
        return not self.user.has_usable_password()


def members() -> list[Member]:
    """Everybody with access to the back office, by name."""
    rows = list(User.objects.filter(is_staff=True).prefetch_related("groups").order_by("email"))
    held: dict[int, list[str]] = {}
    for user, kind in Authenticator.objects.filter(user__in=rows, type__in=factors.TYPES).values_list("user", "type"):
        if kind not in held.setdefault(user, []):
            held[user].append(kind)
    return [Member(row, roles.of(row), tuple(sorted(held.get(row.pk, [])))) for row in rows]


def add(*, email: str, first_name: str, last_name: str, role: str, locale: str, who: str, shop: str = "") -> User:
    """Make somebody a member of the team, and send them a link with which to choose a password.

    A customer whose address is confirmed keeps the password, and is told only. One whose address is not may be anybody: that password,
    its sessions and its second factors end here. `shop` is its name, for the letter.

    Raises:
        SaidError: they are a member already.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if user is not None and user.is_staff:
            raise SaidError(_("This person is a member of the team already. Nothing was changed."))
        proven = user is not None and EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
        if user is None:
            user = User.objects.create_user(email, first_name=first_name, last_name=last_name)
        if not proven:
            user.set_unusable_password()  # ends every session of theirs, too
            Authenticator.objects.filter(user=user).delete()
            EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()  # nor by another address
        user.is_staff = user.is_active = True
        user.save()
        factors.confirm_address(user)
        factors.end_sessions(user)
        user.groups.set([Group.objects.get(name=role)])
        audit.record(who=who, verb="staff.added", on=user, after={"role": role})
        _write(user, role=role, locale=locale, link=not proven, who=who, shop=shop)
    return user


def invite(user_id: int, *, locale: str, who: str, shop: str = "") -> User:
    """Send the link once more to a member who has not chosen a password yet. Raises User.DoesNotExist, SaidError."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id, is_staff=True)
        if user.has_usable_password():
            raise SaidError(
                _("This person has chosen a password already and can ask for another one on the sign-in page.")
            )
        _write(user, role=roles.of(user), locale=locale, link=True, who=who, shop=shop)
        audit.record(who=who, verb="staff.invited", on=user)
    return user


def _write(user: User, *, role: str, locale: str, link: bool, who: str, shop: str) -> None:
    by = who.removeprefix("staff:") if who.startswith("staff:") else ""
    values = {"user": user, "by": by, "shop": shop, "url": f"{settings.PUBLIC_URL}{reverse('admin:index')}", "link": ""}
    if link:
        key = (user_pk_to_url_str(user), default_token_generator.make_token(user))
        values["link"] = f"{settings.PUBLIC_URL}{reverse('account_reset_password_from_key', args=key)}"
    with translation.override(locale):
        values["role"] = str(roles.NAMES.get(role, ""))
        subject, _break, body = render_to_string("mail/staff.txt", values).strip().partition("\n")
    mail.queue_text(
        fact=f"staff:{user.pk}:{uuid.uuid4()}",
        to=user.email,
        subject=subject,
        body=body.strip() + "\n",
        locale=locale,
        secret=link,
    )


def give_role(user_id: int, role: str, *, who: str) -> bool:
    """Give a member another role, and take away all that they had besides; False where they have it already.

    Raises:
        SaidError: nobody would be left who may manage the team.
        User.DoesNotExist: they are no member.
    """
    with transaction.atomic():
        user = _locked(user_id)
        before = roles.of(user)
        if before == role:
            return False
        _keep_an_owner(user)
        user.is_superuser = False
        user.save(update_fields=["is_superuser"])
        user.user_permissions.clear()
        user.groups.set([Group.objects.get(name=role)])
        audit.record(who=who, verb="staff.role", on=user, before={"role": before}, after={"role": role})
    return True


def remove(user_id: int, *, who: str) -> User:
    """Take away somebody's access to the back office; they stay a customer if they are one. Raises as `give_role`."""
    with transaction.atomic():
        user = _locked(user_id)
        before = roles.of(user)
        _keep_an_owner(user)
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])
        user.user_permissions.clear()
        user.groups.clear()
        audit.record(who=who, verb="staff.removed", on=user, before={"role": before}, after={"role": ""})
    return user


def _locked(user_id: int) -> User:
    """A member, with the owners' group locked first: of two owners who end each other's access at once, one comes second."""
    Group.objects.select_for_update().get(name=roles.OWNER)
    return User.objects.select_for_update().get(pk=user_id, is_staff=True)


def _keep_an_owner(user: User) -> None:
    """Refuse what would leave nobody who manages the team. Whoever has not chosen a password yet may never come."""
    if roles.of(user) != roles.OWNER:
        return
    owners = User.objects.filter(Q(is_superuser=True) | Q(groups__name=roles.OWNER), is_staff=True, is_active=True)
    others = owners.exclude(pk=user.pk).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if not others.exists():
        raise SaidError(
            _(
                "This is the last owner: nobody could manage the team any more. Make somebody else an owner first. Nothing was changed."
            )
        )

"""People who sign in, and the customers that are billed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **values: Any) -> User:
        """Make a user; without a password none can be used to sign in."""
        user = self.model(email=email.strip().lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **values: Any) -> User:
        """Make a member of staff with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **values)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in with an e-mail address: a customer or a member of staff."""

    email = models.EmailField(_("e-mail address"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("since"), db_default=Now())
    session_stamp = models.PositiveIntegerField(default=0, editable=False)  # a new one ends every session

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [("manage_staff", "Add members of staff, give them roles, take their access away")]
        constraints = [models.UniqueConstraint(Lower("email"), name="customers_user_email")]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must know of its user: the password, as Django has it, and the stamp."""
        of_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # django-stubs has no word of it
        return salted_hmac(
            "comptoir.session", f"{of_password}:{self.session_stamp}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_full_name(self) -> str:
        """First and last name, or the e-mail address."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


class Customer(models.Model):
    """Who is billed. `tester`: may use gateways in test mode."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="customer", verbose_name=_("user"))
    company = models.CharField(_("company"), max_length=120, blank=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, default="FR")
    locale = models.CharField(_("language"), max_length=5, default="fr")
    tester = models.BooleanField(_("tester"), default=False)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Company, or person, or the e-mail address."""
        return self.company or f"{self.first_name} {self.last_name}".strip() or self.user.email

    @property
    def has_address(self) -> bool:
        """Whether all that an invoice must show is known."""
        return all((self.last_name or self.company, self.address, self.postcode, self.city, self.country))


class Visit(models.Model):
    """Somebody has signed in, or ordered: when, and from which address on the network.

    Kept for 13 months, as long as a bank may take a payment back, to show that the customer was here; then deleted (`visits.prune`).
    Rows are never changed: the database refuses it.
    """

    class What(models.TextChoices):
        SIGN_IN = "sign_in", _("signed in")
        ORDER = "order", _("ordered")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="visits", verbose_name=_("user"))
    what = models.CharField(_("deed"), max_length=10, choices=What)
    about = models.CharField(_("object"), max_length=40, blank=True)  # of an order: its invoice's number
    address = models.CharField(_("address on the network"), max_length=45)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-id"]
        default_permissions = ()  # read as a part of a dispute's evidence, by nobody otherwise
        indexes = [
            models.Index(fields=["user", "-id"], name="customers_visit_user"),
            models.Index(fields=["at"], name="customers_visit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.what}"

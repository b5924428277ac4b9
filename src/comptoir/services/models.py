"""Services: what was sold and is delivered; and the operations that deliver it, each exactly once."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.catalogue.models import Cycle, Product
from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel import states
from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.orders.models import OrderLine

SERVICE_STATES = states.table(
    "service",
    pending="active cancelled refunded",
    active="suspended expired ended refunded",
    suspended="active expired ended refunded",
    expired="active ended refunded",
    ended="",
    cancelled="pending",
    refunded="",
)
OPERATION_STATES = states.table(
    "operation",
    waiting="running cancelled",
    running="waiting failed done",
    failed="waiting done cancelled",
    done="",
    cancelled="",
)


class Wanted(models.TextChoices):
    """What a policy or a person wants a service to be; nothing: what its payment makes it."""

    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


class Service(models.Model):
    """One unit of what a customer bought. `paid_until` (business time): the end of the last paid period.

    `state` is what it is; `wanted` what it shall be: an operation of its driver leads from one to the other.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        EXPIRED = "expired", _("expired")
        ENDED = "ended", _("ended")
        CANCELLED = "cancelled", pgettext_lazy("service", "cancelled")
        REFUNDED = "refunded", pgettext_lazy("service", "refunded")

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="services", verbose_name=_("customer")
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="services", verbose_name=_("order line")
    )
    unit = models.PositiveIntegerField(_("unit"))
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"))
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    mode = models.CharField(_("mode"), max_length=4, default="live")
    driver = models.CharField(_("delivery driver"), max_length=60)
    cycle = models.CharField(_("cycle"), max_length=16, choices=Cycle)
    currency = models.CharField(_("currency"), max_length=3)
    price_minor = models.BigIntegerField(_("price of one period, minor units"))
    access_sealed = models.BinaryField(default=b"", editable=False)
    wanted = models.CharField(_("shall be"), max_length=10, choices=Wanted, blank=True)
    wanted_because = WordsField(_("because"), blank=True)
    held_because = WordsField(_("held because"), blank=True)  # paid, and delivered once a person has said so
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True)
    paid_until = models.DateTimeField(_("paid until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["-id"]
        permissions = [
            ("release_service", "Let a held service be delivered"),
            ("steer_service", "Suspend a service, resume it, end it"),
        ]
        constraints = [models.UniqueConstraint(fields=["order_line", "unit"], name="services_service_unit")]
        indexes = [
            models.Index(fields=["id"], condition=~models.Q(held_because=""), name="services_service_held"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def runs_until(self) -> dt.datetime | None:
        """The end of the last paid period, of a service that has not come to an end before."""
        over = {Service.State.ENDED, Service.State.CANCELLED, Service.State.REFUNDED}
        return None if self.state in over else self.paid_until

    @property
    def price(self) -> Money:
        """The price of one period, as the shop shows it."""
        return Money(self.price_minor, self.currency)


class Operation(models.Model):
    """Something a driver has to do for a service, because of a paid invoice or of what a policy wants: one after the other.

    Its id is the key that the driver is given. `cause` is the invoice that paid for the service.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        FAILED = "failed", _("failed")
        DONE = "done", _("done")
        CANCELLED = "cancelled", pgettext_lazy("operation", "cancelled")

    class Kind(models.TextChoices):
        CREATE = "create", _("creation")
        SUSPEND = "suspend", _("suspension")
        RESUME = "resume", _("resumption")
        END = "end", pgettext_lazy("operation", "end")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="operations", verbose_name=_("service"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default="create")
    cause = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="operations", verbose_name=_("invoice"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.CharField(max_length=80, blank=True)
    asked = models.BooleanField(_("handed to the driver"), default=False)
    again = models.BooleanField(_("a person said: again"), default=False)
    by_hand = models.BooleanField(_("left to people"), default=False)
    note = WordsField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at"]
        permissions = [
            ("deliver_operation", "Say that it is delivered"),
            ("retry_operation", "Have a failed delivery tried again"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["service"],
                condition=models.Q(state__in=["waiting", "running", "failed"]),
                name="services_operation_one_open",
            ),
            models.UniqueConstraint(
                fields=["service"],
                condition=models.Q(kind="create") & ~models.Q(state="cancelled"),
                name="services_operation_one_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.service}"


class InstantRecord(models.Model):
    """What the driver *instant* has delivered: one record for an operation's key."""

    key = models.UUIDField(primary_key=True)
    service = models.CharField(_("service"), max_length=40)
    access_sealed = models.BinaryField(editable=False)
    made_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("instant record")
        verbose_name_plural = _("instant records")

    def __str__(self) -> str:
        return str(self.key)

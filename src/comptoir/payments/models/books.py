"""Payouts as the provider shows them, and the rows that each contains."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from comptoir.kernel import states
from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.ledger.booked import Booked
from comptoir.modules.api import PayoutStatus

PAYOUT_STATES = states.table(
    "payout",
    pending="in_transit paid failed cancelled",
    in_transit="paid failed cancelled",
    paid="failed",  # the bank may send it back some days later
    failed="",
    cancelled="",
)
PAYOUT_READS = states.reads(
    PAYOUT_STATES,
    PayoutStatus,
    # -------- pending    in_transit paid   failed cancelled
    pending="    pending    odd        odd    odd    odd",
    in_transit=" in_transit in_transit odd    odd    odd",
    paid="       paid       paid       paid   odd    odd",
    failed="     failed     failed     failed failed odd",
    cancelled="  cancelled  cancelled  odd    odd    cancelled",
)


class Payout(models.Model):
    """Money that goes from the provider to the host's bank."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("payout", "prepared")
        IN_TRANSIT = "in_transit", pgettext_lazy("payout", "on its way")
        PAID = "paid", pgettext_lazy("payout", "arrived")
        FAILED = "failed", pgettext_lazy("payout", "failed")
        CANCELLED = "cancelled", pgettext_lazy("payout", "cancelled")

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    reference = models.CharField(_("reference"), max_length=255)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    arrival_on = models.DateField(_("arrives"))
    automatic = models.BooleanField(_("automatic"), default=True)
    reconciled = models.BooleanField(_("contents known at the provider"), default=False)
    failure = models.CharField(_("failure"), max_length=120, blank=True)
    rows_read_at = models.DateTimeField(_("contents read"), null=True, blank=True)
    contents_minor = models.BigIntegerField(_("sum of its contents, minor units"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    read_at = models.DateTimeField(_("last read"))

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-created_at", "-id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_payout_once")
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="payments_payout_newest")]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Money:
        """What arrives at the bank."""
        return Money(self.amount_minor, self.currency)

    @property
    def contents(self) -> Money | None:
        """What its rows add up to; None where they are not known."""
        return None if self.contents_minor is None else Money(self.contents_minor, self.currency)

    @property
    def difference(self) -> Money | None:
        """What its rows add up to, less its amount: nothing where it agrees to the cent; None where they are not known."""
        return None if self.contents_minor is None else Money(self.contents_minor - self.amount_minor, self.currency)


class PayoutRow(Booked):
    """A row of the provider's books that left in a payout, as read. `whose` is what its payment's metadata said at the provider."""

    class Whose(models.TextChoices):
        OURS = "ours", _("ours")
        OTHERS = "others", pgettext_lazy("row", "another’s")
        ACCOUNT = "account", _("the account’s own")
        UNKNOWN = "unknown", _("not known whose")

    payout = models.ForeignKey(Payout, on_delete=models.CASCADE, related_name="rows", verbose_name=_("payout"))
    reference = models.CharField(_("reference"), max_length=255)
    kind = models.CharField(_("kind"), max_length=20)  # the house's word: `modules.api.BookKind`
    whose = models.CharField(_("whose"), max_length=10, choices=Whose)
    type = models.CharField(_("type"), max_length=40)
    category = models.CharField(_("category"), max_length=60)
    source = models.CharField(_("source"), max_length=255, blank=True)
    payment = models.CharField(_("payment"), max_length=255, blank=True)
    booked_at = models.DateTimeField(_("booked"))

    class Meta:
        verbose_name = _("row of a payout")
        verbose_name_plural = _("rows of payouts")
        ordering = ["-booked_at", "-id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["payout", "reference"], name="payments_payoutrow_once")]

    def __str__(self) -> str:
        return self.reference


class BookReading(models.Model):
    """How far the books of an account have been read: for fees, and for payouts of which no notice came."""

    module = models.CharField(max_length=60)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    lacking_from = models.BigIntegerField(default=0)  # of the ledger: all older entries have their settlement
    read_until = models.DateTimeField(null=True)  # the provider's time: the newest row that was read for fees
    fees_read_at = models.DateTimeField(null=True)  # wall time: the last reading for fees
    payouts_due_at = models.DateTimeField(null=True)  # business time from which the list of payouts is read again
    problem = WordsField(blank=True)  # of the last reading

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "account", "mode"], name="payments_bookreading_once")]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode})"

"""What others made through the same account; and how far an account's past has been read."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.payments.models.attempts import Payment


class Foreign(models.Model):
    """An object of the same account that is none of ours: noted, with no effect. A payment of others' tells what there is to say of it.

    Its amounts are in no figure of this counter's.
    """

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    kind = models.CharField(_("kind"), max_length=20)
    reference = models.CharField(_("reference"), max_length=255)
    why = WordsField(_("why"))
    seen_at = models.DateTimeField(_("seen"))
    state = models.CharField(_("state"), max_length=20, choices=Payment.State, blank=True)
    amount_minor = models.BigIntegerField(_("amount, minor units"), null=True, blank=True)  # NULL: it is no payment
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    method = models.CharField(_("method"), max_length=80, blank=True)
    method_type = models.CharField(_("method type"), max_length=40, blank=True)
    payer = models.CharField(_("payer"), max_length=255, blank=True)
    settlement = models.CharField(_("settlement"), max_length=255, blank=True)
    fee_minor = models.BigIntegerField(_("fee, minor units"), null=True, blank=True)
    net_minor = models.BigIntegerField(_("net, minor units"), null=True, blank=True)
    settlement_currency = models.CharField(_("currency of settlement"), max_length=3, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())  # the provider's time
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)  # the database's clock, taken before the read

    class Meta:
        verbose_name = _("foreign object")
        verbose_name_plural = _("foreign objects")
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "reference"], name="payments_foreign_once")
        ]
        indexes = [
            models.Index(
                fields=["module", "-created_at", "-id"],
                condition=models.Q(amount_minor__isnull=False),
                name="payments_foreign_newest",
            ),
            *(
                models.Index(fields=[name], name=f"payments_foreign_{name}", opclasses=["varchar_pattern_ops"])
                for name in ("reference", "settlement", "payer")
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def amount(self) -> Money | None:
        """What the payment is about; None where it is none."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money | None:
        """What the provider keeps; None where that is not known."""
        return None if self.fee_minor is None else Money(self.fee_minor, self.settlement_currency)

    @property
    def net(self) -> Money | None:
        """What reaches the account; None where that is not known."""
        return None if self.net_minor is None else Money(self.net_minor, self.settlement_currency)


class History(models.Model):
    """How far the reading of an account's earlier payments has come; `modules.ModuleAccount.history_read_at` says that it is done."""

    module = models.CharField(max_length=60)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    since = models.DateTimeField()
    cursor = models.CharField(max_length=255, blank=True)  # where the next page begins, in the provider's words
    count = models.PositiveIntegerField(default=0)  # payments read
    enqueued_at = models.DateTimeField(null=True)  # wall time: the last job for it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "account", "mode"], name="payments_history_once")]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode}): {self.count}"

"""What a provider has booked, as columns: amount, fee and net in the currency of settlement."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.money import Money


class Booked(models.Model):
    """Base of rows that say what a provider has booked, in minor units; `amount` is signed, before the fee."""

    amount_minor = models.BigIntegerField(_("amount, minor units"))
    fee_minor = models.BigIntegerField(_("fee, minor units"))
    net_minor = models.BigIntegerField(_("net, minor units"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        abstract = True

    @property
    def amount(self) -> Money:
        """Signed amount, before the fee."""
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What the provider keeps."""
        return Money(self.fee_minor, self.currency)

    @property
    def net(self) -> Money:
        """What it adds to the balance, or takes from it."""
        return Money(self.net_minor, self.currency)

"""The ledger: append-only facts about money. States and amounts derive from it; nothing here is ever changed or deleted.

A trigger in the database refuses UPDATE and DELETE on these tables.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.invoices.models import Invoice
from comptoir.kernel.money import Money
from comptoir.ledger.booked import Booked


class Source(models.TextChoices):
    """Where money comes from that no gateway has brought; a gateway's entries bear its module's name."""

    TRANSFER = "transfer", _("bank transfer")
    CASH = "cash", _("cash")
    GIFT = "gift", _("gift")
    CREDIT = "credit", _("the customer’s credit")


RECORDED = (Source.TRANSFER, Source.CASH, Source.GIFT)  # by the team, by hand


class Entry(models.Model):
    """Money in (positive) or out (negative) of one source. Unique by the source's own id: `ch_...` for a charge of Stripe's.

    `recorded_by`: who has told of it, where no provider has.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        REFUND_FAILURE = "refund_failure", _("refund that failed")
        DISPUTE = "dispute", _("dispute")
        DISPUTE_REVERSAL = "dispute_reversal", _("dispute given back")

    source = models.CharField(_("source"), max_length=60)
    account = models.CharField(_("account"), max_length=80, blank=True)
    mode = models.CharField(_("mode"), max_length=4)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    reference = models.CharField(_("reference"), max_length=255)
    payment = models.CharField(_("payment"), max_length=255, blank=True)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    occurred_at = models.DateTimeField(_("when"))
    recorded_by = models.CharField(_("recorded by"), max_length=150, blank=True, db_default="")
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["source", "account", "mode", "kind", "reference"], name="ledger_entry_once")
        ]
        indexes = [
            models.Index(fields=["payment"], name="ledger_entry_payment"),
            models.Index(fields=["occurred_at"], name="ledger_entry_occurred"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount}"

    @property
    def amount(self) -> Money:
        """Signed amount, in the currency that the customer paid."""
        return Money(self.amount_minor, self.currency)


class SettlementEntry(Booked):
    """What the provider books for an entry: amount, fee and net in the settlement's currency. Read, never computed.

    `category` is the provider's own word for such a row in its reports; `booked_at` its time, in whole seconds.
    """

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("ledger entry")
    )
    reference = models.CharField(_("reference"), max_length=255)
    exchange_rate = models.CharField(_("exchange rate"), max_length=40, blank=True)
    category = models.CharField(_("category"), max_length=60, blank=True)
    booked_at = models.DateTimeField(_("booked"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints = [models.UniqueConstraint(fields=["entry", "reference"], name="ledger_settlement_once")]
        indexes = [
            models.Index(fields=["reference"], name="ledger_settlement_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["booked_at", "id"], name="ledger_settlement_booked"),
        ]

    def __str__(self) -> str:
        return self.reference


class Allocation(models.Model):
    """That an entry pays an invoice. An entry that is held is allocated to nothing."""

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("ledger entry")
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("invoice")
    )
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [models.UniqueConstraint(fields=["entry", "invoice"], name="ledger_allocation_once")]

    def __str__(self) -> str:
        return f"{self.entry} → {self.invoice}"

    @property
    def amount(self) -> Money:
        """The part of the entry, with its sign."""
        return Money(self.amount_minor, self.entry.currency)


class Credit(models.Model):
    """What a customer has in hand, in one currency and mode: the sum of the credit entries; the database keeps it from falling below zero.

    The row is locked by whoever adds an entry; `balance_minor` changes in the same statement as that entry's transaction.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="credits", verbose_name=_("customer"))
    mode = models.CharField(_("mode"), max_length=4)
    currency = models.CharField(_("currency"), max_length=3)
    balance_minor = models.BigIntegerField(_("balance, minor units"), default=0)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        constraints = [
            models.UniqueConstraint(fields=["customer", "mode", "currency"], name="ledger_credit_once"),
            models.CheckConstraint(condition=models.Q(balance_minor__gte=0), name="ledger_credit_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.balance}"

    @property
    def balance(self) -> Money:
        """What is left."""
        return Money(self.balance_minor, self.currency)


class CreditEntry(models.Model):
    """Credit added (positive) or used (negative). Append-only, unique by what it is for."""

    class Kind(models.TextChoices):
        OVERPAYMENT = "overpayment", _("paid too much")
        PAYMENT = "payment", _("a payment kept as credit")
        GIFT = "gift", _("gift")
        STAFF = "staff", _("by the team")
        USED = "used", _("used on an invoice")
        RETURNED = "returned", _("back from an invoice")
        TAKEN = "taken", _("its payment went back")

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="entries", verbose_name=_("credit"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    reference = models.CharField(_("reference"), max_length=255, unique=True)
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    invoice = models.ForeignKey(
        Invoice,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credit_entries",
        verbose_name=_("invoice"),
    )
    entry = models.ForeignKey(
        Entry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="credit_entries",
        verbose_name=_("ledger entry"),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    who = models.CharField(_("by"), max_length=150)
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        verbose_name = _("credit entry")
        verbose_name_plural = _("credit entries")
        ordering = ["-id"]
        permissions = [("give_credit", "Give credit, and record payments made outside of the gateways")]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount}"

    @property
    def amount(self) -> Money:
        """Signed amount."""
        return Money(self.amount_minor, self.credit.currency)

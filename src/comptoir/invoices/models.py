"""Invoices: what is owed, with the words, rates and amounts of the day of issue."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from comptoir.customers.models import Customer
from comptoir.kernel import ids, states
from comptoir.kernel.money import Money
from comptoir.orders.models import Order, OrderLine

INVOICE_STATES = states.table(
    "invoice",
    draft="open void",
    open="in_progress paid void",
    in_progress="open paid",
    paid="open in_progress refunded partially_refunded",
    partially_refunded="paid refunded open",
    refunded="paid partially_refunded open",
    void="",
)


class Invoice(models.Model):
    """One invoice. What was paid on it is the ledger's business.

    Its amounts change only while it is open and nothing of it is under way (`payments.actions.change`); `revision` counts how often.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("to be paid")
        IN_PROGRESS = "in_progress", _("payment in progress")
        PAID = "paid", _("paid")
        VOID = "void", _("void")
        REFUNDED = "refunded", _("refunded")
        PARTIALLY_REFUNDED = "partially_refunded", _("partially refunded")

    number = models.CharField(_("number"), max_length=30, null=True, unique=True)
    series = models.CharField(_("series"), max_length=30, blank=True)
    mode = models.CharField(_("mode"), max_length=4, default="live")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("customer")
    )
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("order")
    )
    currency = models.CharField(_("currency"), max_length=3)
    net_minor = models.BigIntegerField(_("net, minor units"), default=0)
    tax_minor = models.BigIntegerField(_("tax, minor units"), default=0)
    total_minor = models.BigIntegerField(_("total, minor units"), default=0)
    revision = models.PositiveIntegerField(_("revision"), default=0, db_default=0)
    billed_to = models.JSONField(_("billed to"), default=dict)
    locale = models.CharField(_("language"), max_length=5, default="fr")
    pay_token = models.CharField(max_length=40, unique=True, default=ids.token, editable=False)
    issued_at = models.DateTimeField(_("issued"), null=True)
    due_at = models.DateTimeField(_("due"), null=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-id"]
        permissions = [("correct_invoice", "Change what an open invoice costs")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("net_minor") + models.F("tax_minor")),
                name="invoices_invoice_sum",
            )
        ]

    def __str__(self) -> str:
        return self.number or str(_("draft"))

    @property
    def total(self) -> Money:
        """What is owed, tax included."""
        return Money(self.total_minor, self.currency)

    @property
    def net(self) -> Money:
        """Without tax."""
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        """The tax."""
        return Money(self.tax_minor, self.currency)


class InvoiceLine(models.Model):
    """A line of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(OrderLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    discount_on = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="discounts", verbose_name=_("discount on")
    )
    description = models.CharField(_("description"), max_length=250)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    tax_name = models.CharField(_("tax"), max_length=60, blank=True)
    tax_basis_points = models.PositiveIntegerField(_("tax rate, in hundredths of a percent"), default=0)
    net_minor = models.BigIntegerField(_("net, minor units"))
    tax_minor = models.BigIntegerField(_("tax, minor units"))
    gross_minor = models.BigIntegerField(_("gross, minor units"))

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gross_minor=models.F("net_minor") + models.F("tax_minor")),
                name="invoices_invoiceline_sum",
            )
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def net(self) -> Money:
        """Without tax, in the invoice's currency."""
        return Money(self.net_minor, self.invoice.currency)

    @property
    def gross(self) -> Money:
        """With tax, in the invoice's currency."""
        return Money(self.gross_minor, self.invoice.currency)

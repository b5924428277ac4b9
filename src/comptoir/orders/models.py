"""Baskets, and the orders that they become."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.catalogue.models import Cycle, Product
from comptoir.customers.models import Customer
from comptoir.kernel import states
from comptoir.kernel.money import Money

MOST_OF_ONE = 20

ORDER_STATES = states.table("order", open="completed cancelled", completed="", cancelled="open completed")


class Basket(models.Model):
    """What a visitor has chosen; its key lies in the visitor's session. Becomes one order, once."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        verbose_name = _("basket")
        verbose_name_plural = _("baskets")

    def __str__(self) -> str:
        return str(self.key)


class BasketLine(models.Model):
    """So many of a product, for a cycle."""

    basket = models.ForeignKey(Basket, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    cycle = models.CharField(max_length=16, choices=Cycle)
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_ONE)])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["basket", "product", "cycle"], name="orders_basketline_once")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product}"


class Order(models.Model):
    """What a customer has ordered."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(_("number"), max_length=30, unique=True, null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", verbose_name=_("customer"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    mode = models.CharField(_("mode"), max_length=4, default="live")
    gateway = models.CharField(_("payment by"), max_length=60, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    total_minor = models.BigIntegerField(_("total, minor units"))
    locale = models.CharField(_("language"), max_length=5, default="fr")
    placed_at = models.DateTimeField(_("placed"))
    basket_key = models.UUIDField(
        null=True, unique=True, editable=False
    )  # of the basket that it was: a second click finds it

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-id"]
        permissions = [("cancel_order", "Cancel an order that is not paid")]

    def __str__(self) -> str:
        return self.number or ""

    @property
    def total(self) -> Money:
        """What the order costs, tax included."""
        return Money(self.total_minor, self.currency)


class OrderLine(models.Model):
    """A line of an order, with the words and amounts of the day it was placed."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    name = models.CharField(_("name"), max_length=200)
    cycle = models.CharField(_("cycle"), max_length=16, choices=Cycle)
    quantity = models.PositiveIntegerField(_("quantity"))
    price_minor = models.BigIntegerField(_("price of one period, minor units"))
    setup_minor = models.BigIntegerField(_("set-up fee, minor units"), default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

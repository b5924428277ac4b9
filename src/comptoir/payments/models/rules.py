"""The house's rules for what can happen to a payment: one row, set by the owner."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from comptoir.payments.models.back import ServicePolicy


class LateSuccess(models.TextChoices):
    """What a debit does that succeeds after its order was cancelled."""

    DELIVER = "deliver", _("deliver the order after all")
    CREDIT = "credit", _("keep it as the customer’s credit")


class Rules(models.Model):
    """The only row (id 1). Amounts are in minor units of `currency`; amounts in other currencies always ask for a person."""

    late_success = models.CharField(
        _("a debit succeeds after its order was cancelled"),
        max_length=10,
        choices=LateSuccess,
        default=LateSuccess.CREDIT,
    )
    on_dispute = models.CharField(
        _("services of a disputed payment"), max_length=10, choices=ServicePolicy, default=ServicePolicy.KEEP
    )
    on_lost = models.CharField(
        _("services of a payment that was lost to a dispute"),
        max_length=10,
        choices=ServicePolicy,
        default=ServicePolicy.SUSPEND,
    )
    currency = models.CharField(_("currency of these amounts"), max_length=3, default="EUR")
    approval_above_minor = models.BigIntegerField(
        _("refunds above this need a second person"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    hold_risk = models.CharField(
        _("hold deliveries from this risk on"),
        max_length=10,
        choices=[("", _("never")), ("elevated", _("elevated")), ("highest", _("highest"))],
        default="highest",
        blank=True,
    )
    hold_new_above_minor = models.BigIntegerField(
        _("hold a new customer’s deliveries above this"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    hold_orders_an_hour = models.PositiveIntegerField(
        _("hold deliveries of a customer with more orders an hour than"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("payment rules")
        verbose_name_plural = _("payment rules")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="payments_rules_one")]

    def __str__(self) -> str:
        return str(_("payment rules"))

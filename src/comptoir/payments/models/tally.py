"""Counts of what may not happen too often, shared by all processes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Tally(models.Model):
    """How often something has happened in one step of time (`actions.tallies.STEP_SECONDS`, wall time). Pruned by the sweep."""

    key = models.CharField(max_length=80)
    step = models.BigIntegerField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "step"], name="payments_tally_once")]
        indexes = [models.Index(fields=["step"], name="payments_tally_step")]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"

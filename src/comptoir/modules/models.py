"""Which modules are enabled, and their settings for each account and mode, sealed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class InstalledModule(models.Model):
    """A module that this counter has met. Disabling it ends its offer, never the looking at what it has started."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    enabled = models.BooleanField(_("enabled"), default=False)
    mode = models.CharField(_("mode"), max_length=4, choices=[("test", _("test")), ("live", _("live"))], default="test")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def __str__(self) -> str:
        return self.name


class ModuleAccount(models.Model):
    """The settings of a module for one account in one mode. Old accounts stay: their payments are looked at with them."""

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    current = models.BooleanField(_("in use"), default=True)
    sealed = models.BinaryField()
    former_sealed = models.BinaryField(default=b"")
    former_until = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("module account")
        verbose_name_plural = _("module accounts")
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode"], name="modules_account_unique"),
            models.UniqueConstraint(
                fields=["module", "mode"], condition=models.Q(current=True), name="modules_account_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode})"

"""Which modules are enabled, and their settings for each account and mode, sealed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from comptoir.kernel import clock


class InstalledModule(models.Model):
    """A module that this counter has met. Disabling it ends its offer, never the looking at what it has started."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    enabled = models.BooleanField(_("enabled"), default=False)
    mode = models.CharField(_("mode"), max_length=4, choices=[("test", _("test")), ("live", _("live"))], default="test")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        permissions = [
            ("switch_module", "Enable and disable modules"),
            ("configure_module", "Store keys, test connections, choose mode and methods"),
        ]

    def __str__(self) -> str:
        return self.name


class ModuleAccount(models.Model):
    """The settings of a module for one account in one mode, in use now or once. Old ones stay: their payments are looked at with them."""

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    current = models.BooleanField(_("in use"), default=True)
    sealed = models.BinaryField()
    title = models.CharField(_("name"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    tested_at = models.DateTimeField(_("tested"), null=True, blank=True)
    proof = models.CharField(max_length=80, blank=True)  # digest of the secret that a notice has proven
    proven_at = models.DateTimeField(_("proven"), null=True, blank=True)
    used_at = models.DateTimeField(_("first used"), default=clock.now)  # business time: nothing of ours is older there
    busy_until = models.DateTimeField(null=True, blank=True)  # wall time: somebody is making an endpoint for it
    endpoint_key = models.UUIDField(
        null=True
    )  # of the call that makes an endpoint, while nobody knows what it has made
    endpoint_key_at = models.DateTimeField(null=True)
    allowed_methods = models.JSONField(default=list)  # ticked by staff; none: the provider decides
    active_methods = models.JSONField(null=True)  # every type known there, and whether it is active; NULL: not read yet
    methods_read_at = models.DateTimeField(_("methods read"), null=True, blank=True)
    seen_endpoints = models.JSONField(null=True)  # what sends notices to our address, as last read; NULL: not read yet
    endpoints_read_at = models.DateTimeField(_("endpoints read"), null=True, blank=True)
    history_read_at = models.DateTimeField(_("earlier transactions read"), null=True, blank=True)
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


class FormerSettings(models.Model):
    """Secrets that sign, which others have replaced: each set has an end of its own, whatever is stored after it."""

    account = models.ForeignKey(ModuleAccount, on_delete=models.CASCADE, related_name="former")
    sealed = models.BinaryField()
    until = models.DateTimeField()  # wall time: signatures go by it

    class Meta:
        indexes = [models.Index(fields=["until"], name="modules_former_until")]

    def __str__(self) -> str:
        return f"{self.account_id} until {self.until}"


class WaitingSettings(models.Model):
    """Tested settings of another account than the one in use: held apart until somebody says yes or no, one set for each mode.

    `sealed` has what was typed, '' for what was left empty: that is kept as it is stored for the account at the time of the yes.
    """

    module = models.CharField(max_length=60)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    sealed = models.BinaryField()
    title = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    active_methods = models.JSONField(null=True)
    tested_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "mode"], name="modules_waiting_one")]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode})"

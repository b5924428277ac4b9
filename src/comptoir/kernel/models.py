"""What every noun shares: the history of its states, the audit trail, counters of numbers, alerts, and the installation's name."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.fields import WordsField


class StateChange(models.Model):
    """One move of one noun from a state to another: who, when (business time, UTC), why. Insert-only."""

    noun = models.CharField(_("noun"), max_length=40)
    object_id = models.CharField(_("object"), max_length=40)
    from_state = models.CharField(_("from"), max_length=30, blank=True)
    to_state = models.CharField(_("to"), max_length=30)
    who = models.CharField(_("who"), max_length=80)
    why = WordsField(_("why"), blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("state change")
        verbose_name_plural = _("state changes")
        indexes = [models.Index(fields=["noun", "object_id", "id"], name="kernel_statechange_object")]

    def __str__(self) -> str:
        return f"{self.noun} {self.object_id}: {self.from_state or '-'} → {self.to_state}"


class AuditEntry(models.Model):
    """What somebody did, with before and after: written by `kernel.audit.record` alone. Insert-only, which the database enforces.

    `at` is wall time, UTC; `noun` a model's label, `key` the row's; `address` the network of the request, '' for jobs and commands.
    """

    at = models.DateTimeField(_("when"), db_default=Now())
    who = models.CharField(_("who"), max_length=300)
    verb = models.CharField(_("deed"), max_length=40)
    noun = models.CharField(_("noun"), max_length=80)
    key = models.CharField(_("object"), max_length=80)
    name = models.CharField(_("name"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    address = models.CharField(_("network"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["who", "-id"], name="kernel_audit_who"),
            models.Index(fields=["verb", "-id"], name="kernel_audit_verb"),
            models.Index(fields=["noun", "key", "-id"], name="kernel_audit_thing"),
            models.Index(fields=["at"], name="kernel_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.verb} {self.name or self.key}"


class Counter(models.Model):
    """The last number given in a series; its row is locked until the number's transaction ends: no gap, no double."""

    series = models.CharField(max_length=60, primary_key=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return f"{self.series}: {self.value}"


class Alert(models.Model):
    """Something that a person must see: raised once for a key, open until somebody closes it."""

    key = models.CharField(_("key"), max_length=200, unique=True)
    text = WordsField(_("text"))
    raised_at = models.DateTimeField(_("raised"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        permissions = [("close_alert", "Close an alert")]

    def __str__(self) -> str:
        return str(self.text)


class Installation(models.Model):
    """This counter's own name among all that may use the same account at a provider: made once, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    address = models.CharField(
        max_length=200, blank=True, db_default="", editable=False
    )  # where it is at home: see `whereabouts`

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="kernel_installation_only_one")]

    def __str__(self) -> str:
        return str(self.id)

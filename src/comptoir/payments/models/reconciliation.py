"""Reports of the reconciliation: what was compared, how far it has come, every row that does not match, and the sums. Insert-only.

A trigger refuses to change or delete lines and sums, and a report that has come to its end.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.fields import WordsField
from comptoir.kernel.money import Money
from comptoir.payments.reconcile.result import Figures, Finding, Line, Side

LOST = dt.timedelta(minutes=5)  # a reading comes on with each page, which takes at most two calls of 25 s


class Reconciliation(models.Model):
    """One account in one mode over one period. `day`: of the nightly ones, one a day.

    `read_until` goes down from `until` to `since` (the provider's time): all later rows have been compared.
    """

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    day = models.DateField(_("day"), null=True, blank=True)
    who = models.CharField(_("asked for by"), max_length=150)
    asked_at = models.DateTimeField(_("asked for"), db_default=Now())
    read_until = models.DateTimeField()
    rows = models.PositiveBigIntegerField(_("rows"), default=0)  # of the provider's, so far
    problems = models.PositiveBigIntegerField(_("findings"), default=0)  # so far
    alive_at = models.DateTimeField(default=timezone.now)  # wall time: when it last came on
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    problem = WordsField(_("problem"), blank=True)  # why it does not come on
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)  # nobody goes on with it unless asked to

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-id"]
        default_permissions = ("view", "add")
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "day"], name="payments_reconciliation_nightly")
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode}) {self.since:%Y-%m-%d} – {self.until:%Y-%m-%d}"

    @property
    def days(self) -> tuple[dt.date, dt.date] | None:
        """The first and the last day of the counter's zone, where it is about whole days."""
        since, until = timezone.localtime(self.since), timezone.localtime(self.until)
        if since.time() != dt.time.min or until.time() != dt.time.min:
            return None
        return since.date(), until.date() - dt.timedelta(days=1)

    @property
    def part_read(self) -> int:
        """How much of the period has been read, in percent."""
        whole = (self.until - self.since).total_seconds()
        return 100 if self.ended_at else round(100 * (self.until - self.read_until).total_seconds() / whole)

    @property
    def failed(self) -> bool:
        """Whether its reading was given up: nothing is known of the rest, and it says of nothing that it agrees."""
        return self.ended_at is None and self.failed_at is not None

    @property
    def cut_short(self) -> bool:
        """Whether it ends within a day: the rest of that day was still to come when it was asked for."""
        return timezone.localtime(self.until).time() != dt.time.min

    @property
    def stopped(self) -> bool:
        """Whether it has stopped coming on without an end."""
        return self.ended_at is None and self.alive_at < timezone.now() - LOST


class ReconciliationLine(models.Model):
    """A row that does not match, or is another's; as `payments.reconcile.result.Line` has it."""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="lines")
    finding = models.CharField(max_length=20, choices=Finding)
    reference = models.CharField(max_length=255)
    category = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=255, blank=True)
    payment = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    there = models.JSONField(null=True)
    here = models.JSONField(null=True)
    entry = models.BigIntegerField(null=True)  # of the ledger, where one was met

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        indexes = [models.Index(fields=["reconciliation", "finding", "id"], name="payments_reconline_finding")]

    def __str__(self) -> str:
        return f"{self.finding} {self.reference}"

    @property
    def figures_there(self) -> Figures | None:
        """How the provider has booked it."""
        return unpacked(self.there)

    @property
    def figures_here(self) -> Figures | None:
        """How the ledger has it."""
        return unpacked(self.here)


class ReconciliationSum(models.Model):
    """A part of a sum: of the rows of one window. Sums are added up when they are shown; each has one currency."""

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="sums")
    side = models.CharField(max_length=10, choices=Side)
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=60, blank=True)
    count = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.side} {self.category}: {self.net_minor} {self.currency}"


def line_row(reconciliation: Reconciliation, line: Line) -> ReconciliationLine:
    """A line as it is stored."""
    return ReconciliationLine(
        reconciliation=reconciliation,
        finding=line.finding,
        reference=line.reference,
        category=line.category[:60],
        source=line.source,
        payment=line.payment,
        at=line.at,
        there=_packed(line.there),
        here=_packed(line.here),
        entry=line.entry,
    )


def _packed(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    amounts = {"amount": figures.amount, "fee": figures.fee, "net": figures.net, "paid": figures.paid}
    return {name: [each.minor, each.currency] for name, each in amounts.items() if each is not None}


def unpacked(stored: dict[str, Any] | None) -> Figures | None:
    """Figures as they were before they were stored."""
    if stored is None:
        return None
    return Figures(**{name: Money(minor, currency) for name, (minor, currency) in stored.items()})

"""What providers told us, each notice once; and the wishes to look."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.fields import WordsField


class Notice(models.Model):
    """A provider's notice (an event), stored once by its id. Received and done are two columns: done is set with the effects."""

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    event_id = models.CharField(_("event"), max_length=120)
    type = models.CharField(_("type"), max_length=120)
    created = models.DateTimeField(_("created"))
    received_at = models.DateTimeField(_("received"), db_default=Now())
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    subject_kind = models.CharField(_("subject"), max_length=20, blank=True)
    subject_id = models.CharField(_("subject id"), max_length=255, blank=True)
    claim = models.CharField(_("claim"), max_length=60, blank=True)
    note = WordsField(_("note"), blank=True)
    payload = models.BinaryField(null=True)  # as received; NULL where it was over the size that is kept

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["module", "event_id"], name="inbox_notice_once")]
        indexes = [
            models.Index(
                fields=["module", "account", "mode", "subject_kind", "subject_id"],
                condition=models.Q(done_at__isnull=True),
                name="inbox_notice_open",
            ),
            models.Index(fields=["subject_id"], name="inbox_notice_subject"),
            models.Index(fields=["event_id"], name="inbox_notice_prefix", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Wish(models.Model):
    """That we look at one object of a provider: wanted > done. Asking again only raises `wanted`; a look answers all at once."""

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    kind = models.CharField(_("kind"), max_length=20)
    external_id = models.CharField(_("id"), max_length=255)
    wanted = models.BigIntegerField(_("wanted"), default=1)
    done = models.BigIntegerField(_("done"), default=0)
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    leased_by = models.CharField(_("leased by"), max_length=80, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    problem = WordsField(_("problem"), blank=True)

    class Meta:
        verbose_name = _("wish to look")
        verbose_name_plural = _("wishes to look")
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "kind", "external_id"], name="inbox_wish_once")
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(wanted__gt=models.F("done")), name="inbox_wish_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}: {self.wanted}/{self.done}"

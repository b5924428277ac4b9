"""What providers told us, each notice once; and the wishes to look."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from comptoir.kernel.fields import WordsField

LOST = dt.timedelta(minutes=5)  # a fetch comes on with each page, which takes at most two calls of 25 s


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
    twin = models.CharField(
        max_length=120, blank=True
    )  # the same notice in the provider's own list, where that has another id
    payload = models.BinaryField(null=True)  # as received; NULL where it was over the size that is kept
    fetched = models.BooleanField(
        _("fetched"), db_default=False
    )  # read from the provider's list, as it had not been sent to us

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
            models.Index(fields=["module", "account", "mode", "-id"], name="inbox_notice_newest"),
            models.Index(fields=["module", "twin"], condition=~models.Q(twin=""), name="inbox_notice_twin"),
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
    since = models.DateTimeField(_("since"), db_default=Now())  # the first asking that no look has answered yet
    not_before = models.DateTimeField(_("not before"), db_default=Now())
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    leased_by = models.CharField(_("leased by"), max_length=80, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    problem = WordsField(_("problem"), blank=True)

    class Meta:
        verbose_name = _("object to look at")
        verbose_name_plural = _("objects to look at")
        constraints = [
            models.UniqueConstraint(fields=["module", "account", "mode", "kind", "external_id"], name="inbox_wish_once")
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=models.Q(wanted__gt=models.F("done")), name="inbox_wish_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}: {self.wanted}/{self.done}"


class Pace(models.Model):
    """How an account in a mode is asked after trouble: not at all for a while, then no faster than its provider allows.

    A row comes with the first trouble. All times are wall time of the database.
    """

    module = models.CharField(max_length=60)
    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    next_at = models.DateTimeField(db_default=Now())  # when the next one may look, while we are careful
    careful_until = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)  # nobody looks before
    failures = models.PositiveIntegerField(default=0)  # looks without an answer, since the last one with
    refusals = models.PositiveIntegerField(default=0)  # "too many calls", since the last hold that helped
    knocked_at = models.DateTimeField(null=True, blank=True)  # when somebody last asked whether it answers again

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "account", "mode"], name="inbox_pace_once")]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode})"


class CatchUp(models.Model):
    """What the provider's own list of notices has and our inbox has not: counted when somebody asks, fetched by a job.

    One row for each account and mode: the last count; the last fetch that somebody asked for; the reading that comes by itself.
    """

    module = models.CharField(_("module"), max_length=60)
    account = models.CharField(_("account"), max_length=80)
    mode = models.CharField(_("mode"), max_length=4)
    counted_at = models.DateTimeField(null=True, blank=True)
    missing = models.JSONField(default=dict)  # how many of each type, at the last count
    complete = models.BooleanField(default=False)  # that count has read the list to its end
    asked_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    alive_at = models.DateTimeField(null=True, blank=True)  # of a fetch under way: when it last came on
    read = models.PositiveIntegerField(default=0)  # by the last fetch, so far
    stored = models.PositiveIntegerField(default=0)  # by the last fetch, so far
    problem = WordsField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # business time from which it is read by itself again
    read_until = models.DateTimeField(null=True, blank=True)  # business time: all older notices have been read
    own_problem = WordsField(blank=True)  # of the last reading by itself
    check_due_at = models.DateTimeField(
        null=True, blank=True
    )  # business time from which the endpoint is looked at again
    sound_mark = models.CharField(max_length=64, blank=True)  # of the endpoints and secrets by which all should arrive
    sound_since = models.DateTimeField(null=True, blank=True)  # business time since which it should
    late = models.PositiveIntegerField(
        default=0
    )  # how many should have arrived and were fetched, at the last reading with any
    late_at = models.DateTimeField(null=True, blank=True)  # when that was

    class Meta:
        constraints = [models.UniqueConstraint(fields=["module", "account", "mode"], name="inbox_catchup_once")]

    def __str__(self) -> str:
        return f"{self.module} {self.account} ({self.mode})"

    @property
    def under_way(self) -> bool:
        """Whether a fetch has been asked for, has not ended and still comes on."""
        return self._open and self.alive_at is not None and self.alive_at > timezone.now() - LOST

    @property
    def lost(self) -> bool:
        """Whether a fetch has stopped coming on without an end: its worker was killed, or there is none."""
        return self._open and not self.under_way

    @property
    def _open(self) -> bool:
        return self.asked_at is not None and self.ended_at is None

    @property
    def total(self) -> int:
        """How many notices were missing at the last count."""
        return sum(self.missing.values())

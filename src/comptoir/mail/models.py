"""The outbox: one mail a fact."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from comptoir.kernel import states
from comptoir.kernel.fields import WordsField

MAIL_STATES = states.table(
    "mail", waiting="sending", sending="sent uncertain waiting", uncertain="sent waiting", sent=""
)


class Mail(models.Model):
    """A mail to be sent, unique by the fact that it tells. Claimed before it is sent: an unknown outcome is not repeated."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        UNCERTAIN = "uncertain", _("uncertain")

    fact = models.CharField(_("fact"), max_length=160, unique=True)
    to = models.EmailField(_("to"))
    template = models.CharField(
        max_length=60, blank=True
    )  # rendered when it is sent: words cannot fail what they tell of
    values = models.JSONField(default=dict, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"), blank=True)
    locale = models.CharField(_("language"), max_length=5, default="fr")
    secret = models.BooleanField(_("forgotten once it is sent"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    problem = WordsField(_("problem"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-id"]
        permissions = [("resolve_mail", "Decide about a mail of which nobody knows whether it left")]

    def __str__(self) -> str:
        return self.subject or self.fact

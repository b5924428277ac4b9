"""What the module stores of its own."""

from __future__ import annotations

import uuid

from django.db import models

from comptoir.kernel.fields import WordsField


class StripeCustomer(models.Model):
    """The Stripe customer of one of the house's customers, in one account and mode; stored, never searched by e-mail.

    `key` is the idempotency key of the call that makes it: stored before the call, so that a repeated call makes no second one.
    """

    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    reference = models.CharField(max_length=80)
    key = models.UUIDField(default=uuid.uuid4)
    customer_id = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "mode", "reference"], name="stripe_customer_once")]

    def __str__(self) -> str:
        return self.customer_id or self.reference


class StripeSilence(models.Model):
    """Since when (wall time, UTC) calls of an account in a mode have had no answer; NULL while they have."""

    account = models.CharField(max_length=80)
    mode = models.CharField(max_length=4)
    since = models.DateTimeField(null=True)
    cause = WordsField(blank=True)  # of the first call without an answer

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "mode"], name="stripe_silence_once")]

    def __str__(self) -> str:
        return f"{self.account} ({self.mode}): {self.since or '-'}"

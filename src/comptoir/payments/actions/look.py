"""Wishes that people make: a visit of the return page, a button."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils import timezone

from comptoir.inbox import actions as inbox
from comptoir.payments.actions.start import subject_of
from comptoir.payments.models import PAYABLE, Attempt

THROTTLE = dt.timedelta(seconds=15)


def visit(attempt: Attempt) -> bool:
    """A visitor wants to know: wish for one look, at most once in 15 seconds for an attempt, whoever visits how often.

    A visit within those 15 seconds wishes for a look at their end: what happened after the last look is not forgotten. False then.
    """
    subject = subject_of(attempt)
    if subject is None or attempt.state not in PAYABLE:
        return False
    now = timezone.now()
    free = models.Q(wished_at=None) | models.Q(wished_at__lt=now - THROTTLE)
    if Attempt.objects.filter(free, pk=attempt.pk).update(wished_at=now):
        inbox.wish(subject)
        return True
    last = Attempt.objects.values_list("wished_at", flat=True).get(pk=attempt.pk) or now
    inbox.wish(subject, delay_seconds=max((last + THROTTLE - now).total_seconds(), 0))
    return False

"""Which of Procrastinate's workers is which of ours."""

from __future__ import annotations

from django.db import models


class Worker(models.Model):
    """A running worker: the name that the supervisor gave it, and its number at Procrastinate."""

    name = models.CharField(max_length=80, primary_key=True)
    procrastinate_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name

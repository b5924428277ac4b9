"""What lies in the till and on the shelf."""

from __future__ import annotations

from django.db import models


class Banknotes(models.Model):
    """Cash that somebody has put on the counter for an attempt; `minor` in minor units."""

    attempt = models.CharField(max_length=40, primary_key=True)
    installation = models.CharField(max_length=40)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    counted = models.BooleanField(default=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.attempt


class Handed(models.Model):
    """Cash that went back over the counter, once for a key; `refund` is the house's name of it, '' where nobody of the house asked."""

    key = models.UUIDField(primary_key=True)
    refund = models.CharField(max_length=40, blank=True)
    attempt = models.CharField(max_length=40)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=12, default="succeeded")
    why = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"back_{self.key}"


class Parcel(models.Model):
    """Something taken from the shelf, once for an operation's key."""

    key = models.UUIDField(primary_key=True)
    product = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.product

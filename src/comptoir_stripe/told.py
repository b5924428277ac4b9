"""The small words of Stripe's objects, in the contract's words: times, and what is booked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from comptoir.modules.api import Settlement
from comptoir_stripe.amounts import decimals, from_stripe

Data = dict[str, Any]


def settlement(booked: Data | str | None, *, paid_in: str) -> Settlement | None:
    """A balance transaction that was read with its object, in which `paid_in` is the currency; None where there is none yet."""
    if not isinstance(booked, dict):
        return None
    currency = booked["currency"]
    return Settlement(
        id=booked["id"],
        amount=from_stripe(booked["amount"], currency),
        fee=from_stripe(booked["fee"], currency),
        net=from_stripe(booked["net"], currency),
        exchange_rate=rate_of(booked, paid_in=paid_in),
        category=booked["reporting_category"],
        booked_at=moment(booked["created"]),
    )


def rate_of(booked: Data, *, paid_in: str) -> str:
    """What one whole unit of the currency that was paid became in that of settlement; '' where nothing was exchanged.

    Stripe's rate is that of minor units: 0.625 where 160 yen are one euro.
    """
    rate = booked.get("exchange_rate")
    if rate is None:
        return ""
    shift = decimals(paid_in.upper()) - decimals(booked["currency"].upper())
    return format(Decimal(str(rate)).scaleb(shift), "f") if shift else str(rate)


def moment(unix: int) -> dt.datetime:
    """A time, in UTC."""
    return dt.datetime.fromtimestamp(unix, dt.UTC)

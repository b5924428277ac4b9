"""The small words of Stripe's objects, in the contract's words: times, and what is booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from comptoir.modules.api import Settlement
from comptoir_stripe.amounts import from_stripe

Data = dict[str, Any]


def settlement(booked: Data | str | None) -> Settlement | None:
    """A balance transaction that was read with its object; None where there is none yet."""
    if not isinstance(booked, dict):
        return None
    currency = booked["currency"]
    return Settlement(
        id=booked["id"],
        amount=from_stripe(booked["amount"], currency),
        fee=from_stripe(booked["fee"], currency),
        net=from_stripe(booked["net"], currency),
        exchange_rate=rate_of(booked),
        category=booked["reporting_category"],
        booked_at=moment(booked["created"]),
    )


def rate_of(booked: Data) -> str:
    """The rate with which a row was exchanged, as Stripe writes it; '' where it was not."""
    return str(booked["exchange_rate"]) if booked.get("exchange_rate") is not None else ""


def moment(unix: int) -> dt.datetime:
    """A time, in UTC."""
    return dt.datetime.fromtimestamp(unix, dt.UTC)

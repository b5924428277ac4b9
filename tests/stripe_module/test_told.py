"""What Stripe books in another currency than was paid: amounts of minor units, and a rate of minor units."""

from __future__ import annotations

from typing import Any

import pytest

from comptoir.kernel.money import Money
from comptoir.payments.actions.dispute_money import in_paid_currency
from comptoir_stripe.told import settlement

EXCHANGED = [  # paid, settled, Stripe's rate, what one whole unit became; what 3,500 (or its like) is in Stripe's minor units
    ("JPY", "EUR", 0.625, "0.00625", 3500, 2188),
    ("EUR", "JPY", 1.6, "160", 3500, 5600),
    ("ISK", "EUR", 0.00666667, "0.00666667", 3500, 2333),
    ("EUR", "USD", 1.25, "1.25", 3500, 4375),
    ("EUR", "EUR", None, "", 3500, 3500),
]


@pytest.mark.parametrize("exchanged", EXCHANGED)
def test_a_dispute_takes_what_was_paid_whatever_it_settles_in(
    exchanged: tuple[str, str, float | None, str, int, int],
) -> None:
    paid_in, held, rate, told, minor, booked = exchanged
    row: dict[str, Any] = {
        "id": "txn_1", "amount": -booked, "fee": 0, "net": -booked, "currency": held.lower(), "exchange_rate": rate,
        "reporting_category": "dispute", "created": 1_790_000_000,
    }  # fmt: skip
    seen = settlement(row, paid_in=paid_in.lower())
    assert seen is not None
    assert seen.exchange_rate == told
    assert in_paid_currency(seen, Money(minor, paid_in), away=0) == Money(-minor, paid_in)

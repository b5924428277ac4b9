"""The demo's data: the shop of a host named Lumière, staff in each role, a customer, and a local Stripe.

Loading is repeatable and adds only what is not there: what somebody has changed while trying stays changed.
"""

from __future__ import annotations

from comptoir.demo.load import load

__all__ = ["load"]

"""Addresses in Stripe's dashboard."""

from __future__ import annotations

from comptoir.modules.api import Mode

DASHBOARD = "https://dashboard.stripe.com"
PAGES = {"keys": "apikeys", "webhooks": "webhooks", "methods": "settings/payment_methods"}


def settings_url(account: str, mode: Mode, page: str) -> str:
    """A page of settings, of one account where it is known; '' for pages that Stripe has not."""
    place = f"{DASHBOARD}/{account}" if account else DASHBOARD
    if page == "account":
        return f"{place}/account/onboarding"  # live and test share it
    if page not in PAGES:
        return ""
    return f"{place}/{'test/' if mode == 'test' else ''}{PAGES[page]}"


def payment_url(account: str, mode: Mode, payment_id: str) -> str:
    """A payment's page."""
    return f"{DASHBOARD}/{account}/{'test/' if mode == 'test' else ''}payments/{payment_id}"


def payout_url(account: str, mode: Mode, payout_id: str) -> str:
    """A payout's page."""
    return f"{DASHBOARD}/{account}/{'test/' if mode == 'test' else ''}payouts/{payout_id}"

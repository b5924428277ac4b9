"""The Stripe module as a Django application: it stores which Stripe customer stands for which of the house's."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StripeConfig(AppConfig):
    """Its tables and its words."""

    name = "comptoir_stripe"
    verbose_name = _("Stripe")

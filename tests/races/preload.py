"""Loaded once by the server from which a race's processes are forked: Django is up, no connection is open yet."""

from __future__ import annotations

from importlib import import_module

import django

django.setup()

for name in ("comptoir.payments.tasks", "comptoir.services.tasks", "comptoir_stripe.checkout", "comptoir_stripe.look"):
    import_module(name)

"""What is done with customers."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import get_language

from comptoir.customers.models import Customer, User


def register(*, user: User, tester: bool, locale: str | None = None) -> Customer:
    """Make the customer of a user, once; a second call returns the first one's."""
    customer, _fresh = Customer.objects.get_or_create(
        user=user,
        defaults={
            "first_name": user.first_name,
            "last_name": user.last_name,
            "tester": tester,
            "locale": (locale or get_language() or "fr")[:2],
        },
    )
    return customer


def save_profile(
    *,
    customer: Customer,
    first_name: str,
    last_name: str,
    company: str,
    address: str,
    postcode: str,
    city: str,
    country: str,
) -> None:
    """Store the billing details; invoices that are issued keep what they were issued with."""
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(
            first_name=first_name,
            last_name=last_name,
            company=company,
            address=address,
            postcode=postcode,
            city=city,
            country=country,
        )
        User.objects.filter(pk=customer.user_id).update(first_name=first_name, last_name=last_name)
    customer.refresh_from_db()


def use_locale(*, customer: Customer, locale: str) -> None:
    """Write to a customer in this language from now on."""
    Customer.objects.filter(pk=customer.pk).update(locale=locale[:2])
    customer.locale = locale[:2]

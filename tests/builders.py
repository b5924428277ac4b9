"""Typed builders: each makes one thing with defaults that a test may override by name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.contrib.auth.models import Group as Role

from comptoir.catalogue.models import Cycle, Group, Price, Product, Shop, TaxRate
from comptoir.customers import roles
from comptoir.customers.models import Customer, User
from comptoir.invoices.models import Invoice
from comptoir.modules import actions as modules
from comptoir.modules.api import Mode
from comptoir.orders import actions as orders
from comptoir.payments.actions.place import place
from comptoir.payments.queries import Choice, choices

PASSWORD = "correct horse battery"


def shop(*, prices_include_tax: bool = True, basis_points: int = 2000, testers: bool = True) -> Shop:
    """The shop's settings: EUR, France."""
    rate, _ = TaxRate.objects.get_or_create(
        name_fr=f"TVA {basis_points}", name_en=f"VAT {basis_points}", country="FR", basis_points=basis_points
    )
    row, _ = Shop.objects.update_or_create(
        only=True,
        defaults={
            "name": "Hébergeur Lumière",
            "currency": "EUR",
            "prices_include_tax": prices_include_tax,
            "tax_rate": rate,
            "new_customers_are_testers": testers,
        },
    )
    return row


def customer(first_name: str, *, tester: bool = True, locale: str = "fr", country: str = "FR") -> Customer:
    """A person with a full address who can sign in with PASSWORD: `customer("Alice")` is alice@example.org."""
    user = User.objects.create_user(
        f"{first_name.lower()}@example.org", PASSWORD, first_name=first_name, last_name="Durand"
    )
    return Customer.objects.create(
        user=user,
        first_name=first_name,
        last_name="Durand",
        address="12, rue des Lilas",
        postcode="75011",
        city="Paris",
        country=country,
        locale=locale,
        tester=tester,
    )


def owner() -> User:
    """A member of staff with every permission."""
    return User.objects.create_superuser("owner@example.org", PASSWORD)


def staff(first_name: str, role: str = "") -> User:
    """A member of staff who can sign in with PASSWORD: `staff("Vera", "read-only")`; without a role somebody who may nothing."""
    user = User.objects.create_user(
        f"{first_name.lower()}@example.org", PASSWORD, first_name=first_name, last_name="Martin", is_staff=True
    )
    if role:
        roles.make()
        user.groups.set(Role.objects.filter(name=role))
    return user


def product(
    name: str = "VPS Lanterne",
    *,
    prices: Mapping[str, int] | None = None,
    setup_minor: int = 0,
    driver: str = "instant",
    currency: str = "EUR",
    default_cycle: str = Cycle.ANNUALLY,
) -> Product:
    """A product with a price in minor units for each cycle; yearly 99.90 unless told otherwise."""
    group, _ = Group.objects.get_or_create(slug="vps", defaults={"name_fr": "Serveurs VPS", "name_en": "VPS servers"})
    row = Product.objects.create(group=group, name_fr=name, name_en=name, driver=driver, default_cycle=default_cycle)
    for cycle, minor in (prices or {Cycle.ANNUALLY: 9990}).items():
        Price.objects.create(product=row, cycle=cycle, currency=currency, amount_minor=minor, setup_minor=setup_minor)
    return row


def basket(*products: Product, cycle: str = Cycle.ANNUALLY, quantity: int = 1) -> uuid.UUID:
    """A basket's key."""
    key: uuid.UUID | None = None
    for each in products:
        key = orders.add_to_basket(key=key, product=each, cycle=cycle, quantity=quantity).pk
    assert key is not None
    return key


def choice(buyer: Customer, invoice_total_minor: int, *, gateway: str = "stripe", currency: str = "EUR") -> Choice:
    """The gateway as it is offered to a customer for an amount."""
    from comptoir.kernel.money import Money

    offered = choices(customer=buyer, amount=Money(invoice_total_minor, currency))
    return next(each for each in offered if each.module == gateway)


def invoice(
    buyer: Customer, *products: Product, gateway: str = "stripe", total_minor: int = 9990, quantity: int = 1
) -> Invoice:
    """An issued invoice of a placed order, to be paid through a gateway."""
    return place(
        basket_key=basket(*(products or (product(),)), quantity=quantity),
        customer=buyer,
        shop=shop(),
        choice=choice(buyer, total_minor, gateway=gateway) if total_minor else None,
        shown_total_minor=total_minor,
        locale=buyer.locale,
        who=f"customer:{buyer.pk}",
    )


def stripe_account(
    *,
    account: str,
    secret_key: str,
    publishable_key: str,
    webhook_secret: str = "whsec_" + "0" * 32,
    mode: Mode = "test",
) -> None:
    """Store a key set of the Stripe module and enable it."""
    modules.store_account(
        module="stripe",
        account=account,
        mode=mode,
        values={"secret_key": secret_key, "publishable_key": publishable_key, "webhook_secret": webhook_secret},
        who="test",
    )
    modules.use_mode(name="stripe", mode=mode, who="test")
    modules.set_enabled(name="stripe", enabled=True, who="test")

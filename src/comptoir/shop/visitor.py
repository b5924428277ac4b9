"""Who stands at the counter: the visitor's basket, and the customer who is signed in."""

from __future__ import annotations

import uuid

from django.http import HttpRequest

from comptoir.catalogue.models import Product
from comptoir.customers.models import Customer, User
from comptoir.orders import actions as orders
from comptoir.payments.actions import limits

BASKET = "basket"


def basket_key(request: HttpRequest) -> uuid.UUID | None:
    """The key of the visitor's basket, which may have been ordered already."""
    return parsed(request.session.get(BASKET))


def parsed(text: object) -> uuid.UUID | None:
    """A basket's key from what a browser sent, None where it is none."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def put(request: HttpRequest, product: Product, *, cycle: str, quantity: int = 1) -> None:
    """Put a product into the visitor's basket."""
    basket = orders.add_to_basket(key=basket_key(request), product=product, cycle=cycle, quantity=quantity)
    request.session[BASKET] = str(basket.pk)


def user_of(request: HttpRequest) -> User | None:
    """Who is signed in."""
    return request.user if isinstance(request.user, User) else None


def customer_of(request: HttpRequest) -> Customer | None:
    """The customer who is signed in; None for guests, and for staff who have never ordered."""
    user = user_of(request)
    return Customer.objects.filter(user=user).select_related("user").first() if user else None


def network(request: HttpRequest) -> str:
    """From which network a visitor comes, as payments are counted by it."""
    return limits.network(request.META.get("REMOTE_ADDR", ""))


def who(customer: Customer | None) -> str:
    """How a customer is named in histories."""
    return f"customer:{customer.pk}" if customer else "visitor"

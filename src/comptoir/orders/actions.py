"""Baskets filled, orders placed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from comptoir.catalogue.models import Price, Product
from comptoir.catalogue.pricing import Quote
from comptoir.customers.models import Customer
from comptoir.kernel import clock
from comptoir.kernel.records import next_number
from comptoir.orders.models import MOST_OF_ONE, ORDER_STATES, Basket, BasketLine, Order, OrderLine

_ADD = """
INSERT INTO orders_basketline (basket_id, product_id, cycle, quantity) VALUES (%s, %s, %s, %s)
ON CONFLICT (basket_id, product_id, cycle) DO UPDATE SET quantity = least(orders_basketline.quantity + excluded.quantity, %s)
"""


def add_to_basket(*, key: uuid.UUID | None, product: Product, cycle: str, quantity: int = 1) -> Basket:
    """Put a product into a basket (a new one where there is none); twice the same raises its quantity, up to the limit."""
    with transaction.atomic():
        # Locked, so that a basket which becomes an order at this moment is not filled behind its back: then a new one begins.
        basket = Basket.objects.select_for_update().filter(pk=key).first() if key else None
        if basket is None:
            basket = Basket.objects.create()
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [basket.pk, product.pk, cycle, min(quantity, MOST_OF_ONE), MOST_OF_ONE])
    return basket


def set_quantity(*, line: BasketLine, quantity: int) -> None:
    """Change how many of a line; none removes it."""
    if quantity < 1:
        line.delete()
    else:
        BasketLine.objects.filter(pk=line.pk).update(quantity=min(quantity, MOST_OF_ONE))


def set_cycle(*, line: BasketLine, cycle: str) -> None:
    """Change the cycle of a line; where the basket has that product and cycle already, the two become one."""
    twin = (
        BasketLine.objects.filter(basket=line.basket_id, product=line.product_id, cycle=cycle)
        .exclude(pk=line.pk)
        .first()
    )
    if twin is None:
        BasketLine.objects.filter(pk=line.pk).update(cycle=cycle)
    else:
        set_quantity(line=twin, quantity=twin.quantity + line.quantity)
        line.delete()


def create(
    *,
    customer: Customer,
    choice: Sequence[tuple[Product, Price, int]],
    quote: Quote,
    gateway: str,
    mode: str,
    locale: str,
    who: str,
    basket_key: uuid.UUID | None = None,
) -> Order:
    """Write an order and its lines, within the caller's `locks.transaction()`; `give_number` comes at that transaction's end."""
    order = Order(
        customer=customer,
        mode=mode,
        gateway=gateway,
        currency=quote.total.currency,
        total_minor=quote.total.minor,
        locale=locale,
        placed_at=clock.now(),
        basket_key=basket_key,
    )
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=product,
            name=product.name_in(locale),
            cycle=price.cycle,
            quantity=quantity,
            price_minor=price.amount_minor,
            setup_minor=price.setup_minor,
        )
        for product, price, quantity in choice
    )
    ORDER_STATES.born(order, who=who)
    return order


def give_number(order: Order) -> None:
    """Give an order its number; everybody who orders waits for the counter, so this comes last in its transaction."""
    order.number = f"{'T' if order.mode == 'test' else 'C'}-{next_number(f'order:{order.mode}'):06d}"
    Order.objects.filter(pk=order.pk).update(number=order.number)

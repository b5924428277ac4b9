"""An order is placed: order, invoice, pending services, all in one transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from comptoir.catalogue.models import Shop
from comptoir.customers.models import Customer
from comptoir.invoices import actions as invoices
from comptoir.invoices.models import Invoice
from comptoir.kernel import locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.ledger import credit
from comptoir.ledger.models import Credit
from comptoir.modules.api import Mode
from comptoir.orders import actions as orders
from comptoir.orders.models import Basket
from comptoir.orders.queries import Filled, filled
from comptoir.payments.actions.settle import settle
from comptoir.payments.actions.spend import refuse_small_rest
from comptoir.payments.queries import Choice, free_mode
from comptoir.services.actions import open_for_order

OTHER_MODE = _(
    "Your credit cannot be combined with this way of paying: one of them is a try-out, the other one is not. "
    "Nothing was ordered; please choose another way, or pay without your credit."
)


@dataclass(frozen=True, slots=True)
class Spend:
    """How much of a customer's credit in a mode is to pay an order, as it was shown."""

    amount: Money
    mode: Mode


def place(
    *,
    basket_key: uuid.UUID,
    customer: Customer,
    shop: Shop,
    choice: Choice | None,
    shown_total_minor: int,
    locale: str,
    who: str,
    spend: Spend | None = None,
) -> Invoice:
    """Turn a basket into an order with its issued invoice; an invoice over nothing is settled at once. A basket becomes one order.

    `choice`: the gateway chosen, None where nothing is left to pay. `shown_total_minor`: what the customer has agreed to, in minor
    units. `spend`: the credit that pays it wholly or in part, in the same transaction.

    Raises:
        SaidError: the basket is empty or ordered already, prices or credit have changed since they were shown, or the rest could not
            be paid. Nothing is ordered then.
    """
    with locks.transaction():
        content = _agreed(basket_key, shop=shop, shown_total_minor=shown_total_minor)
        mode = choice.mode if choice else spend.mode if spend else free_mode(customer)
        order = orders.create(
            customer=customer,
            choice=content.choice,
            quote=content.quote,
            gateway=choice.module if choice else "",
            mode=mode,
            locale=locale,
            who=who,
            basket_key=basket_key,
        )
        Basket.objects.filter(pk=basket_key).delete()
        invoice = invoices.draft_for_order(order=order, quote=content.quote, who=who)
        held = _credit(spend, customer, mode=mode, total=content.quote.total) if spend else None
        services = open_for_order(order=order, who=who)
        orders.give_number(order)  # from here to the commit, everybody who orders waits for us
        invoices.issue(invoice, who=who)
        if spend is not None:
            credit.use(invoice=invoice, who=who, held=held, agreed=spend.amount)
        settle(invoice=invoice, order=order, who=who, born=services)
    return invoice


def _credit(spend: Spend, customer: Customer, *, mode: Mode, total: Money) -> Credit:
    """Lock the credit that is to be spent: before the counters of numbers, where everybody waits. Raises SaidError."""
    if mode != spend.mode:
        raise SaidError(OTHER_MODE)
    refuse_small_rest(customer, mode=mode, owed=total, rest=total - spend.amount)
    return credit.lock(customer.pk, mode=mode, currency=total.currency)


def _agreed(basket_key: uuid.UUID, *, shop: Shop, shown_total_minor: int) -> Filled:
    """Lock the basket and return what it holds, where that is still what the customer has agreed to. Raises SaidError."""
    locks.note(Basket)
    if Basket.objects.filter(pk=basket_key).select_for_update().first() is None:
        raise SaidError(_("This basket has been ordered already, or is empty. Nothing was charged; see your invoices."))
    content = filled(basket_key, shop=shop)
    if not content.lines:
        raise SaidError(_("This basket is empty. Nothing was ordered."))
    if content.quote.total.minor != shown_total_minor:
        raise SaidError(
            _("A price has changed while you were ordering. Nothing was ordered; please check the new total.")
        )
    return content

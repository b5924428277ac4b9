"""Checkout: details, payment choice, confirmation on one page; then the order, and the way to the provider's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from comptoir.catalogue.models import Shop
from comptoir.catalogue.queries import shop
from comptoir.customers import visits
from comptoir.customers.actions import register, use_locale
from comptoir.customers.models import Customer, User, Visit
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.ledger.queries import credit_in
from comptoir.modules.api import Text
from comptoir.orders.queries import Filled, became, filled
from comptoir.payments.actions.place import Spend, place
from comptoir.payments.queries import Choice, choices, free_mode, refusal
from comptoir.shop import receipts, visitor
from comptoir.shop.forms.address import AddressForm
from comptoir.shop.forms.checkout import ConfirmForm
from comptoir.shop.pay.leaving import go, to
from comptoir.shop.privacy import private

log = structlog.get_logger(__name__)


@dataclass
class Desk:
    """What lies on the counter between this visitor and us."""

    request: HttpRequest
    shop: Shop
    content: Filled
    user: User | None
    customer: Customer | None

    @property
    def free(self) -> bool:
        """Whether nothing is to be paid."""
        return not self.content.quote.total

    @cached_property
    def offered(self) -> list[Choice]:
        """The ways of paying for this visitor; a guest is asked to sign in before."""
        if self.user is None or self.free:
            return []
        return choices(customer=self.customer or Customer(user=self.user), amount=self.content.quote.total)

    @property
    def refused(self) -> Text:
        """Why no way of paying takes this amount; '' where that has another reason, or one does."""
        if self.user is None or self.free or self.offered:
            return ""
        return refusal(customer=self.customer or Customer(user=self.user), amount=self.content.quote.total)

    @cached_property
    def spend(self) -> Spend | None:
        """The credit that could pay this order, wholly or in part; in the mode in which this customer meets the shop."""
        if self.customer is None or self.free:
            return None
        total = self.content.quote.total
        mode = self.offered[0].mode if self.offered else free_mode(self.customer)
        held = credit_in(customer_id=self.customer.pk, mode=mode, currency=total.currency)
        amount = min(held, total, key=lambda each: each.minor)
        return Spend(amount, mode) if amount else None


@require_http_methods(["GET", "HEAD", "POST"])
@private
def checkout(request: HttpRequest) -> HttpResponse:
    """GET shows the page, POST orders. A basket that was ordered before leads to what it became."""
    row = shop()
    desk = Desk(
        request,
        shop=row,
        content=filled(visitor.basket_key(request), shop=row),
        user=visitor.user_of(request),
        customer=visitor.customer_of(request),
    )
    ordered = _ordered(desk)
    if ordered is not None:
        return _again(desk, ordered)
    if not desk.content.lines:
        return redirect("basket")
    if request.method == "POST" and desk.user is not None:
        return _order(desk, desk.user)
    return _page(desk, AddressForm.of(desk.customer, country=row.country), _confirm(desk))


def _ordered(desk: Desk) -> Invoice | None:
    """The invoice of what this basket became: a second click, a page that was still open, a browser's Back button."""
    if desk.customer is None:
        return None
    keys = [visitor.basket_key(desk.request)] if not desk.content.lines else []
    if desk.request.method == "POST":
        keys.insert(0, visitor.parsed(desk.request.POST.get("basket", "")))
    orders = (became(key, customer=desk.customer) for key in keys)
    order = next((found for found in orders if found is not None), None)
    return order.invoices.order_by("pk").first() if order else None


def _confirm(desk: Desk) -> ConfirmForm:
    data = desk.request.POST if desk.request.method == "POST" else None
    return ConfirmForm(data, choices=desk.offered, total=desk.content.quote.total, spend=desk.spend)


def _page(desk: Desk, address: AddressForm, confirm: ConfirmForm, *, sentence: str = "") -> HttpResponse:
    values = {
        "address": address,
        "confirm": confirm,
        "sentence": sentence,
        "receipt": receipts.of_quote(desk.content.quote, shop=desk.shop),
        "free": desk.free,
        "basket_key": visitor.basket_key(desk.request),
        "refused": desk.refused,
        "can_order": desk.free or confirm.wholly or bool(confirm.offered),
        "spend": desk.spend,
        "rest": desk.content.quote.total - desk.spend.amount if desk.spend else None,
    }
    return render(desk.request, "shop/checkout.html", values)


def _order(desk: Desk, user: User) -> HttpResponse:
    """Store the address, order, then ask the provider for its page: in this order, each on its own."""
    address, confirm = AddressForm(desk.request.POST), _confirm(desk)
    if not all([address.is_valid(), confirm.is_valid()]):
        return _page(desk, address, confirm, sentence=confirm.sentence)
    customer = desk.customer or register(user=user, tester=desk.shop.new_customers_are_testers)
    address.save(customer)
    use_locale(customer=customer, locale=_language())
    try:
        invoice = _place(desk, customer, confirm)
    except SaidError as error:
        return _second_or_said(desk, customer, error)
    return go(desk.request, invoice, customer)


def _again(desk: Desk, invoice: Invoice) -> HttpResponse:
    """A second click leads where the first one did: a browser has thrown the first one's answer away."""
    if desk.request.method == "POST":
        return go(desk.request, invoice, desk.customer)
    return to(invoice)


def _place(desk: Desk, customer: Customer, confirm: ConfirmForm) -> Invoice:
    key = visitor.basket_key(desk.request)
    if key is None:
        raise SaidError("")  # cannot be: a basket with lines has a key
    invoice = place(
        basket_key=key,
        customer=customer,
        shop=desk.shop,
        choice=confirm.choice,
        shown_total_minor=confirm.cleaned_data["total"],
        locale=_language(),
        who=visitor.who(customer),
        spend=confirm.spent,
    )
    visits.note(customer.user, Visit.What.ORDER, desk.request, about=invoice.number or "")
    return invoice


def _second_or_said(desk: Desk, customer: Customer, error: SaidError) -> HttpResponse:
    """The other one of two clicks was faster: lead to its invoice. Else say why nothing was ordered, with today's prices."""
    order = became(visitor.basket_key(desk.request), customer=customer)
    invoice = order.invoices.order_by("pk").first() if order else None
    if invoice is not None:
        return _again(desk, invoice)
    log.info("not ordered", customer=customer.pk, cause=str(error))
    desk = replace(desk, content=filled(visitor.basket_key(desk.request), shop=desk.shop))
    if not desk.content.lines:
        messages.error(desk.request, str(error.sentence))
        return redirect("basket")
    return _page(desk, AddressForm(desk.request.POST), _confirm(desk), sentence=str(error.sentence))


def _language() -> str:
    return (get_language() or "fr")[:2]

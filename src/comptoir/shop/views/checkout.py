"""Checkout: details, payment choice, confirmation on one page; then the order, and the way to the provider's page."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from comptoir.catalogue.models import Shop
from comptoir.catalogue.queries import shop
from comptoir.customers.actions import register, use_locale
from comptoir.customers.models import Customer, User
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.orders.queries import Filled, became, filled
from comptoir.payments.actions.place import place
from comptoir.payments.actions.start import start
from comptoir.payments.queries import Choice, choices
from comptoir.shop import receipts, visitor
from comptoir.shop.forms.address import AddressForm
from comptoir.shop.forms.checkout import ConfirmForm
from comptoir.shop.pay.leaving import leave
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

    def offered(self) -> list[Choice]:
        """The ways of paying for this visitor; a guest is asked to sign in before."""
        if self.user is None or self.free:
            return []
        return choices(customer=self.customer or Customer(user=self.user), amount=self.content.quote.total)


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
    return ConfirmForm(data, choices=desk.offered(), free=desk.free)


def _page(desk: Desk, address: AddressForm, confirm: ConfirmForm, *, sentence: str = "") -> HttpResponse:
    values = {
        "address": address,
        "confirm": confirm,
        "sentence": sentence,
        "receipt": receipts.of_quote(desk.content.quote, shop=desk.shop),
        "free": desk.free,
        "basket_key": visitor.basket_key(desk.request),
        "can_order": desk.free or bool(confirm.offered),
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
    return _leave(desk.request, invoice, customer)


def _again(desk: Desk, invoice: Invoice) -> HttpResponse:
    """A second click leads where the first one did: a browser has thrown the first one's answer away."""
    if desk.request.method == "POST":
        return _leave(desk.request, invoice, desk.customer)
    return _to(invoice)


def _place(desk: Desk, customer: Customer, confirm: ConfirmForm) -> Invoice:
    key = visitor.basket_key(desk.request)
    if key is None:
        raise SaidError("")  # cannot be: a basket with lines has a key
    return place(
        basket_key=key,
        customer=customer,
        shop=desk.shop,
        choice=confirm.choice,
        shown_total_minor=confirm.cleaned_data["total"],
        locale=_language(),
        who=visitor.who(customer),
    )


def _second_or_said(desk: Desk, customer: Customer, error: SaidError) -> HttpResponse:
    """The other one of two clicks was faster: lead to its invoice. Else say why nothing was ordered, with today's prices."""
    order = became(visitor.basket_key(desk.request), customer=customer)
    invoice = order.invoices.order_by("pk").first() if order else None
    if invoice is not None:
        return _again(desk, invoice)
    log.info("not ordered", customer=customer.pk, cause=str(error))
    desk.content = filled(visitor.basket_key(desk.request), shop=desk.shop)
    if not desk.content.lines:
        messages.error(desk.request, str(error.sentence))
        return redirect("basket")
    return _page(desk, AddressForm(desk.request.POST), _confirm(desk), sentence=str(error.sentence))


def _leave(request: HttpRequest, invoice: Invoice, customer: Customer | None) -> HttpResponse:
    """Outside any transaction. Where the provider's page cannot be opened, the order stands and its own page says what to do."""
    response = _to(invoice)
    if invoice.state != Invoice.State.OPEN:
        return response
    gateway = invoice.order.gateway if invoice.order else None
    try:
        ready = start(invoice_id=invoice.pk, gateway=gateway, who=visitor.who(customer))
    except SaidError as error:
        log.warning("payment page not opened", invoice=invoice.pk, cause=error.cause)
        messages.error(request, str(error.sentence))
        return response
    return leave(response, ready)


def _to(invoice: Invoice) -> HttpResponse:
    response = redirect("pay", token=invoice.pay_token)
    response.status_code = 303
    return response


def _language() -> str:
    return (get_language() or "fr")[:2]

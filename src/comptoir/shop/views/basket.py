"""The visitor's own basket."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptoir.catalogue.models import Price, Product
from comptoir.catalogue.queries import price_of, products, shop
from comptoir.orders import actions as orders
from comptoir.orders.models import MOST_OF_ONE, BasketLine
from comptoir.orders.queries import filled
from comptoir.shop import receipts, visitor
from comptoir.shop.forms.basket import LineForm


@dataclass(frozen=True)
class Line:
    """A line of the basket with the cycles that its product is sold with."""

    row: BasketLine
    price: Price
    prices: tuple[Price, ...]


@require_safe
@never_cache
def basket(request: HttpRequest) -> HttpResponse:
    """What has been chosen, and what it costs."""
    row = shop()
    content = filled(visitor.basket_key(request), shop=row)
    lines = [Line(line, price, _sold(line.product, row.currency)) for line, price in content.lines]
    return render(
        request,
        "shop/basket.html",
        {"lines": lines, "receipt": receipts.of_quote(content.quote, shop=row), "most": MOST_OF_ONE},
    )


def _sold(product: Product, currency: str) -> tuple[Price, ...]:
    return tuple(price for price in product.prices.all() if price.currency == currency)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, product_id: int) -> HttpResponse:
    """POST puts a product into the basket; GET shows a page that offers it."""
    product = get_object_or_404(products(shop().currency), pk=product_id)
    if request.method != "POST":
        return offer(request, product)
    form = LineForm(request.POST)
    if not form.is_valid():
        return offer(request, product, sentence=form.sentence, status=422)
    price = price_of(product, cycle=form.cleaned_data["cycle"] or None, currency=shop().currency)
    if price is None:
        return offer(request, product, wrong_cycle=True)
    visitor.put(request, product, cycle=price.cycle, quantity=form.cleaned_data["quantity"] or 1)
    return _to_basket()


def offer(
    request: HttpRequest, product: Product, *, wrong_cycle: bool = False, sentence: str = "", status: int = 200
) -> HttpResponse:
    """The page of one product: its cycles and one button. `wrong_cycle`: it was asked for with one that it is not sold with."""
    if wrong_cycle:
        sentence, status = _("This product is not sold with that billing period. Please choose another one."), 404
    prices = _sold(product, shop().currency)
    values = {"product": product, "prices": prices, "sentence": sentence}
    return render(request, "shop/offer.html", values, status=status)


@require_POST
def line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change a line of the visitor's own basket: how many, which cycle, or away with it."""
    row = get_object_or_404(
        BasketLine.objects.select_related("product"), pk=line_id, basket=visitor.basket_key(request)
    )
    if "remove" in request.POST:
        orders.set_quantity(line=row, quantity=0)
        return _to_basket()
    form = LineForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.sentence)
        return _to_basket()
    quantity = form.cleaned_data["quantity"]
    if quantity is not None:
        orders.set_quantity(line=row, quantity=quantity)
    cycle = form.cleaned_data["cycle"]
    if quantity != 0 and cycle and cycle != row.cycle:
        if price_of(row.product, cycle=cycle, currency=shop().currency) is None:
            messages.error(request, _("This product is not sold with that billing period. Please choose another one."))
        else:
            row.refresh_from_db()
            orders.set_cycle(line=row, cycle=cycle)
    return _to_basket()


def _to_basket() -> HttpResponse:
    response = redirect("basket")
    response.status_code = 303
    return response

"""The storefront, its groups, and the address that leads straight to checkout."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_safe

from comptoir.catalogue.models import Cycle, Product
from comptoir.catalogue.queries import groups, price_of, products, shop
from comptoir.shop import visitor
from comptoir.shop.shelves import shelves
from comptoir.shop.views.basket import offer


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every group with its products; `?cycle=monthly` shows other prices."""
    shown = shelves(shop(), cycle=_cycle(request))
    return render(request, "shop/home.html", {"shelves": shown})


@require_safe
def group(request: HttpRequest, slug: str) -> HttpResponse:
    """One group."""
    row = get_object_or_404(groups(), slug=slug)
    shown = shelves(shop(), cycle=_cycle(request), group=row)
    return render(request, "shop/group.html", {"group": row, "shelves": shown})


@require_GET
def direct(request: HttpRequest, product_id: int) -> HttpResponse:
    """Straight to checkout with a billing cycle, as links on a host's own site do: the product lies in the visitor's own basket then.

    A second visit does not put it there twice. A cycle that it is not sold with leads to the page that offers the others.
    """
    product = get_object_or_404(products(shop().currency), pk=product_id)
    recurring = request.GET.get("recurring")
    price = price_of(product, cycle=recurring, currency=shop().currency)
    if price is None:
        return offer(request, product, wrong_cycle=True)
    put_once(request, product, cycle=price.cycle)
    return redirect("checkout")


def put_once(request: HttpRequest, product: Product, *, cycle: str) -> None:
    """Put a product into the visitor's basket unless it lies there for that cycle."""
    key = visitor.basket_key(request)
    if key is None or not product.basketline_set.filter(basket=key, cycle=cycle).exists():
        visitor.put(request, product, cycle=cycle)


def _cycle(request: HttpRequest) -> str | None:
    asked = request.GET.get("cycle")
    return asked if asked in Cycle.values else None

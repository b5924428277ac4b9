"""What people do at the counter, as a browser sends it."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client

from comptoir.catalogue.models import Product

ADDRESS = {
    "first_name": "Alice",
    "last_name": "Durand",
    "company": "",
    "address": "12, rue des Lilas",
    "postcode": "75011",
    "city": "Paris",
    "country": "FR",
}


def text_of(response: Any) -> str:
    """The page as text, entities resolved.

    Its random form tokens are left out: sooner or later one of them spells the word that a test looks for.
    """
    shown = re.sub(r'<input[^>]*name="csrfmiddlewaretoken"[^>]*>', "", response.content.decode())
    return html.unescape(re.sub(r'"[Xx]-[Cc][Ss][Rr][Ff]-?[Tt]oken": *"[^"]*"', "", shown))


def named(response: Any, name: str) -> list[str]:
    """The opening tags that carry a `data-test` name."""
    return re.findall(rf'<[^>]*data-test="{name}"[^>]*>', response.content.decode())


def states(response: Any, name: str) -> list[str]:
    """The `data-state` of each of them."""
    return [found for tag in named(response, name) for found in re.findall(r'data-state="([^"]*)"', tag)]


def fill(client: Client, product: Product, **values: str) -> Any:
    """Put a product into the basket."""
    return client.post(f"/basket/add/{product.pk}", values)


def order(client: Client, **values: Any) -> Any:
    """Confirm the checkout page as it stands."""
    page = client.get("/checkout/")
    hidden = dict(re.findall(r'<input type="hidden" name="(basket|total)" value="([^"]*)"', page.content.decode()))
    sent = {**ADDRESS, **hidden, "gateway": "cash", "terms": "1", **values}
    return client.post("/checkout/", {name: value for name, value in sent.items() if value is not None})


def pay_page(client: Client, product: Product) -> str:
    """Order a product; the address of its payment page."""
    fill(client, product)
    return str(order(client)["Location"])

"""What every page of the counter shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from comptoir.catalogue.models import Shop
from comptoir.catalogue.queries import shop
from comptoir.conf import conf
from comptoir.modules.queries import cards
from comptoir.orders.queries import count
from comptoir.shop import visitor
from comptoir.shop.forms.language import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable


def counter(request: HttpRequest) -> dict[str, object]:
    """The shop itself, and what the page's head and foot ask for; the rest is read only where a page shows it."""
    row = shop()
    return {
        "shop": row,
        "languages": [(code, NAMES[code]) for code, _name in settings.LANGUAGES],
        "demo": conf().demo,
        "basket_count": SimpleLazyObject(lambda: count(visitor.basket_key(request))),
        "test_ribbon": _once(lambda: pays_in_test_mode(request, row)),
    }


def pays_in_test_mode(request: HttpRequest, row: Shop) -> bool:
    """Whether this visitor is offered a gateway in test mode, and so could take pretend money for real."""
    user = visitor.user_of(request)
    if user is None:
        tester = row.new_customers_are_testers
    else:
        customer = visitor.customer_of(request)
        tester = user.is_staff or (customer is not None and customer.tester)
    return tester and any(
        card.is_gateway and card.enabled and card.configured and card.mode == "test" and card.manifest.settings
        for card in cards()
    )


def _once(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Asked at most once a page, and only by pages that show it."""
    answer: list[bool] = []

    def known() -> bool:
        if not answer:
            answer.append(ask())
        return answer[0]

    return known

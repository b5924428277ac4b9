"""Our own page between shop and provider. Its unguessable address is its key: it shows how things stand and an amount, no more."""

from __future__ import annotations

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.ledger.queries import credit_for, owed_on
from comptoir.payments.actions.look import visit
from comptoir.payments.actions.start import start as begin
from comptoir.payments.queries import choices, current_attempt
from comptoir.shop import throttle, visitor
from comptoir.shop.pay.leaving import depart, leave, page_of
from comptoir.shop.pay.standing import Standing, standing
from comptoir.shop.privacy import secret_address

log = structlog.get_logger(__name__)
PAGES_A_MINUTE = 60  # for one address and one visitor; a dozen orders a minute pass, each with its own address
LOOKS_A_MINUTE = 150
TOO_MANY = 429
BACK = {"done", "cancel"}
MOST_TURNS = 1_000


@require_safe
@secret_address
def page(request: HttpRequest, token: str) -> HttpResponse:
    """How the payment stands. A visit while we wait is a (throttled) wish that the provider be asked; nothing else changes."""
    invoice = _invoice(token)
    if not throttle.allowed(request, what=f"pay:{token}", limit=PAGES_A_MINUTE):
        return _slower(request)
    attempt = current_attempt(invoice)
    back = _back(request)
    # Whoever has left without paying has no news; a look for them would put off the one for when they do pay.
    if attempt is not None and (back == "done" or not page_of(attempt)):
        visit(attempt)
    response = render(request, "shop/pay.html", _values(request, standing(invoice, back=back, turn=None)))
    if attempt is not None:
        depart(request, response, attempt)
    return response


@require_safe
@secret_address
def state(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the page that changes: asked for every second at first, so it reads our own database and nothing else."""
    invoice = _invoice(token)
    if not throttle.allowed(request, what=f"state:{token}", limit=LOOKS_A_MINUTE):
        return HttpResponse(status=TOO_MANY)  # the page leaves what it shows and asks again
    shown = standing(invoice, back=_back(request), turn=_turn(request))
    if request.GET.get("seen") == shown.mark:  # what has not changed is left alone, under the reader's eyes and fingers
        response = HttpResponse(render_to_string("shop/pay_poll.html", {"pay": shown, "invoice": invoice}))
    else:
        response = render(request, "shop/pay_changed.html", _values(request, shown))
    if shown.attempt is not None:
        depart(request, response, shown.attempt)
    return response


@csrf_exempt  # see privacy.secret_address
@require_POST
@secret_address
def start(request: HttpRequest, token: str) -> HttpResponse:
    """Have the invoice paid: the page that is open, or a new one. Outside any transaction."""
    invoice = _invoice(token)
    if not throttle.allowed(request, what=f"start:{token}", limit=PAGES_A_MINUTE):
        return _slower(request)
    response = redirect("pay", token=token)
    response.status_code = 303
    customer = visitor.customer_of(request)
    try:
        ready = begin(
            invoice_id=invoice.pk,
            gateway=_gateway(request, invoice),
            who=visitor.who(customer),
            network=visitor.network(request),
        )
    except SaidError as error:
        log.warning("payment not started", invoice=invoice.pk, cause=error.cause)
        messages.error(request, str(error.sentence))
        return response
    return leave(response, ready)


def _invoice(token: str) -> Invoice:
    rows = Invoice.objects.exclude(state=Invoice.State.DRAFT).select_related("order", "customer__user")
    return get_object_or_404(rows, pay_token=token)


def _gateway(request: HttpRequest, invoice: Invoice) -> str | None:
    """The way of paying that was chosen, where it is one of those offered; else the order's own."""
    asked = request.POST.get("gateway", "")
    offered = choices(customer=invoice.customer, amount=owed_on(invoice), mode=invoice.mode) if asked else []
    return next((choice.module for choice in offered if choice.module == asked), None)


def _turn(request: HttpRequest) -> int:
    turn = request.GET.get("turn", "")
    plain = turn.isascii() and turn.isdigit() and len(turn) <= len(str(MOST_TURNS))
    return min(int(turn), MOST_TURNS) if plain else 0


def _back(request: HttpRequest) -> str:
    back = request.GET.get("back", "")
    return back if back in BACK else ""


def _values(request: HttpRequest, shown: Standing) -> dict[str, object]:
    customer = visitor.customer_of(request)
    mine = customer is not None and customer.pk == shown.invoice.customer_id
    in_hand = credit_for(shown.invoice) if mine and shown.invoice.state == Invoice.State.OPEN else None
    return {"pay": shown, "invoice": shown.invoice, "mine": mine, "in_hand": in_hand, "checked": shown.checked}


def _slower(request: HttpRequest) -> HttpResponse:
    response = render(request, "429.html", status=TOO_MANY)
    response["Retry-After"] = str(throttle.WINDOW_SECONDS)
    return response

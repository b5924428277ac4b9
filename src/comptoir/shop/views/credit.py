"""A customer's own credit: what there is and how it came to that, and using it on an invoice. Somebody else's is not there (404)."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from comptoir.invoices.models import Invoice
from comptoir.kernel.amounts import agreed
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import MINUS
from comptoir.ledger.models import CreditEntry
from comptoir.ledger.queries import credit_movements, credits_of
from comptoir.payments.actions.spend import use_credit
from comptoir.shop import visitor
from comptoir.shop.pay.leaving import go
from comptoir.shop.privacy import private

log = structlog.get_logger(__name__)
A_PAGE = 20
WORDS = {
    CreditEntry.Kind.OVERPAYMENT: _("You had paid more than was owed"),
    CreditEntry.Kind.PAYMENT: _("A payment of yours that we keep for you"),
    CreditEntry.Kind.GIFT: _("A gift"),
    CreditEntry.Kind.STAFF: _("Given by our team"),
    CreditEntry.Kind.USED: _("Used on invoice"),
    CreditEntry.Kind.RETURNED: _("Given back from invoice"),
    CreditEntry.Kind.TAKEN: _("The payment that it came from went back to you"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One movement, in the customer's words."""

    entry: CreditEntry

    @property
    def words(self) -> str:
        """What it was for."""
        return str(WORDS[CreditEntry.Kind(self.entry.kind)])

    @property
    def amount(self) -> str:
        """With its sign: what was added has one too."""
        amount = self.entry.amount
        return f"+{amount}" if amount.minor > 0 else f"{MINUS}{-amount}"


@login_required
@require_safe
@private
def credit(request: HttpRequest) -> HttpResponse:
    """What one has in hand in each currency, and every movement."""
    customer = visitor.customer_of(request)
    held = credits_of(customer)
    shown = [each for each in held if each.balance_minor] or held[:1]
    values: dict[str, object] = {
        "credits": shown,
        "several": len(shown) > 1 or any(each.mode == "test" for each in shown),
    }
    if customer is not None:
        page = Paginator(credit_movements(customer), A_PAGE).get_page(request.GET.get("page"))
        values |= {"page": page, "rows": [Row(entry) for entry in page]}
    return render(request, "client/credit.html", values)


@login_required
@require_POST
@private
def use(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """Pay an invoice with one's credit, as much as the button has said; then on to the payment page for the rest."""
    customer = visitor.customer_of(request)
    rows = Invoice.objects.filter(customer=customer).exclude(state=Invoice.State.DRAFT)
    invoice = get_object_or_404(rows, pk=invoice_id)
    try:
        amount, before = agreed(request.POST, invoice.currency, "amount", "used")
        use_credit(
            invoice_id=invoice.pk, who=visitor.who(customer), by_customer=True, agreed=amount, used_before=before
        )
    except SaidError as error:
        log.info("credit not used", invoice=invoice.pk, cause=error.cause)
        messages.error(request, str(error.sentence))
        return redirect("client_invoice", invoice_id=invoice.pk)
    invoice.refresh_from_db()
    return go(request, invoice, customer)

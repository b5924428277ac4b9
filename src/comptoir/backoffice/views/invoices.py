"""What people do about an open invoice: a line costs something else, or less by a discount."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access
from comptoir.catalogue.queries import shop
from comptoir.invoices.models import Invoice
from comptoir.kernel.amounts import AmountField, money
from comptoir.kernel.errors import SaidError
from comptoir.kernel.shown import page_of
from comptoir.payments.actions.change import NOT_OPEN, Change, change

PERMISSION = "invoices.correct_invoice"
UNPROCESSABLE = 422
LONGEST_REASON = 300
DEEDS = (("price", _("the line costs this from now on")), ("discount", _("a discount of this on the line")))


class ChangeForm(forms.Form):
    """Which line, what of it, and why; `revision` is that of the invoice as the page has shown it."""

    line = forms.TypedChoiceField(label=_("Line"), coerce=int)
    deed = forms.ChoiceField(label=_("What changes"), choices=DEEDS, initial="discount")
    amount = AmountField(label=_("Amount"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("The customer reads it too, in the mail about the change."),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, invoice: Invoice, data: QueryDict | None = None) -> None:
        """Offer the invoice's own lines."""
        super().__init__(data, initial={"revision": invoice.revision})
        self.invoice = invoice
        with_tax = shop().prices_include_tax
        self.fields["amount"].label = _("Amount incl. VAT") if with_tax else _("Amount excl. VAT")
        lines = invoice.lines.select_related("invoice").order_by("id")
        named = [(line.pk, f"{line.description}, {line.gross if with_tax else line.net}") for line in lines]
        self.fields["line"].choices = named  # type: ignore[attr-defined]  # it is a choice field

    def clean(self) -> None:
        """The amount in the invoice's currency."""
        super().clean()
        value = self.cleaned_data.get("amount")
        if value is not None:
            try:
                self.cleaned_data["amount"] = money(value, self.invoice.currency)
            except forms.ValidationError as error:
                self.add_error("amount", error)

    @property
    def wanted(self) -> Change:
        """What is asked for."""
        data = self.cleaned_data
        return Change(data["line"], data["deed"], data["amount"], data["reason"])


def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET shows the form, POST changes the invoice."""
    return _changed(request, pk) if request.method == "POST" else _shown(request, pk)


@access.page(PERMISSION)
def _shown(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice, pk=pk)
    if invoice.state != Invoice.State.OPEN:
        messages.info(request, str(NOT_OPEN))
        return HttpResponseRedirect(page_of(invoice))
    return _page(request, invoice, ChangeForm(invoice))


@access.change(PERMISSION)
def _changed(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice, pk=pk)
    form = ChangeForm(invoice, request.POST)
    if not form.is_valid():
        return _page(request, invoice, form, status=UNPROCESSABLE)
    try:
        total = change(
            invoice_id=pk, wanted=form.wanted, revision=form.cleaned_data["revision"], who=access.who(request)
        )
    except SaidError as error:
        messages.error(request, str(error.sentence))
        return HttpResponseRedirect(page_of(invoice))
    said = gettext("The invoice comes to %(total)s now. The customer is told by mail.") % {"total": total}
    messages.success(request, said)
    return HttpResponseRedirect(page_of(invoice))


def _page(request: HttpRequest, invoice: Invoice, form: ChangeForm, *, status: int = 200) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": gettext("Change invoice %(number)s") % {"number": invoice},
        "invoice": invoice,
        "form": form,
    }
    return TemplateResponse(request, "backoffice/invoice_edit.html", context, status=status)

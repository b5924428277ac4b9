"""The page of the rules for payments: for the owner alone."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access
from comptoir.backoffice.rules import COLUMNS, RulesForm
from comptoir.payments import queries
from comptoir.payments.actions.rules import store_rules

PERMISSION = "payments.change_rules"
UNPROCESSABLE = 422


def rules(request: HttpRequest) -> HttpResponseBase:
    """GET shows the rules that hold, POST stores them."""
    return _store(request) if request.method == "POST" else _shown(request)


@access.page(PERMISSION)
def _shown(request: HttpRequest) -> HttpResponse:
    return _page(request, RulesForm(instance=queries.rules()))


@access.change(PERMISSION)
def _store(request: HttpRequest) -> HttpResponse:
    form = RulesForm(request.POST, instance=queries.rules())
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    if store_rules(values={name: form.cleaned_data[name] for name in COLUMNS}, who=access.who(request)):
        messages.success(request, _("The rules are stored. They hold from now on, for what happens from now on."))
    else:
        messages.info(request, _("These rules hold already. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:payment_rules"))


def _page(request: HttpRequest, form: RulesForm, *, status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Rules for payments"), "form": form}
    return TemplateResponse(request, "backoffice/rules.html", context, status=status)

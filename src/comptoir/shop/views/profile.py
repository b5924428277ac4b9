"""The customer's own details."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext as _, override
from django.views.decorators.http import require_http_methods

from comptoir.catalogue.queries import shop
from comptoir.conf import conf
from comptoir.customers.actions import register, use_locale
from comptoir.shop import visitor
from comptoir.shop.forms.address import AddressForm
from comptoir.shop.forms.language import LanguageForm
from comptoir.shop.privacy import private

A_YEAR = 365 * 24 * 3600  # seconds


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@private
def profile(request: HttpRequest) -> HttpResponse:
    """Name, address and language; invoices that are issued keep what they were issued with."""
    if request.method == "POST":
        return _save(request)
    customer = visitor.customer_of(request)
    address = AddressForm.of(customer, country=shop().country)
    language = LanguageForm(initial={"locale": customer.locale if customer else (get_language() or "fr")[:2]})
    return render(request, "client/profile.html", {"address": address, "language": language})


def _save(request: HttpRequest) -> HttpResponse:
    address, language = AddressForm(request.POST), LanguageForm(request.POST)
    user = visitor.user_of(request)
    if user is None or not all([address.is_valid(), language.is_valid()]):
        return render(request, "client/profile.html", {"address": address, "language": language})
    customer = visitor.customer_of(request) or register(user=user, tester=shop().new_customers_are_testers)
    address.save(customer)
    locale = language.cleaned_data["locale"]
    use_locale(customer=customer, locale=locale)
    with override(locale):
        messages.success(request, _("Your details are saved."))
    response = redirect("client_profile")
    response.status_code = 303
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        locale,
        max_age=A_YEAR,
        samesite="Lax",
        secure=conf().secure,
    )
    return response

"""The addresses of the shop and of the customer area."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from comptoir.shop.views import basket, checkout, client, credit, demo, health, pay, profile, storefront


class TokenConverter(StringConverter):
    """An unguessable name, as `kernel.ids.token` makes it."""

    regex = r"[A-Za-z0-9_-]{16,40}"


register_converter(TokenConverter, "token")

urlpatterns = [
    path("", storefront.home, name="home"),
    path("store/<slug:slug>/", storefront.group, name="group"),
    path("store/<int:product_id>/checkout", storefront.direct, name="direct"),
    path("basket/", basket.basket, name="basket"),
    path("basket/add/<int:product_id>", basket.add, name="basket_add"),
    path("basket/line/<int:line_id>", basket.line, name="basket_line"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("pay/<token:token>/", pay.page, name="pay"),
    path("pay/<token:token>/state/", pay.state, name="pay_state"),
    path("pay/<token:token>/start", pay.start, name="pay_start"),
    path("client/", client.overview, name="client"),
    path("client/services/", client.services, name="client_services"),
    path("client/invoices/", client.invoices, name="client_invoices"),
    path("client/invoices/<int:invoice_id>/", client.invoice, name="client_invoice"),
    path("client/invoices/<int:invoice_id>/cancel", client.cancel, name="client_cancel"),
    path("client/invoices/<int:invoice_id>/credit", credit.use, name="client_credit_use"),
    path("client/credit/", credit.credit, name="client_credit"),
    path("client/profile/", profile.profile, name="client_profile"),
    path("client/security/", client.security, name="client_security"),
    path("demo/mail/", demo.mails, name="demo_mail"),
    # A visitor's own language and nothing else; the payment page's forms have no origin to show (see privacy.secret_address).
    path("language/", csrf_exempt(set_language), name="set_language"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("robots.txt", health.robots, name="robots"),
]

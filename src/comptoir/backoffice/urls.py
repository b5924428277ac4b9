"""Addresses of the back office's own pages; they stand before Django's."""

from __future__ import annotations

from django.urls import path

from comptoir.backoffice.views import alerts, billing, deliveries, modules

app_name = "backoffice"
urlpatterns = [
    path("modules/", modules.modules, name="modules"),
    path("modules/<slug:name>/enabled/", modules.switch, name="module_switch"),
    path("billing/<slug:gateway>/", billing.listing, name="transactions"),
    path("billing/<slug:gateway>/<int:pk>/", billing.payment, name="payment"),
    path("billing/<slug:gateway>/<int:pk>/look/", billing.look, name="payment_look"),
    path("deliveries/<uuid:pk>/done/", deliveries.done, name="delivery_done"),
    path("deliveries/<uuid:pk>/again/", deliveries.again, name="delivery_again"),
    path("alerts/<int:pk>/close/", alerts.close, name="alert_close"),
]

"""Addresses of the back office's own pages; they stand before Django's."""

from __future__ import annotations

from django.urls import path

from comptoir.backoffice.views import alerts, billing, deliveries, modules, settings, settings_webhook

app_name = "backoffice"
urlpatterns = [
    path("modules/", modules.modules, name="modules"),
    path("modules/<slug:name>/enabled/", modules.switch, name="module_switch"),
    path("modules/moved/", modules.moved, name="moved"),
    path("settings/<slug:name>/", settings.settings, name="module_settings"),
    path("settings/<slug:name>/waiting/", settings.waiting, name="module_waiting"),
    path("settings/<slug:name>/use/", settings.use_mode, name="module_mode"),
    path("settings/<slug:name>/methods/", settings.methods, name="module_methods"),
    path("settings/<slug:name>/endpoint/", settings_webhook.make, name="module_endpoint"),
    path("settings/<slug:name>/check/", settings_webhook.check, name="module_check"),
    path("settings/<slug:name>/repair/", settings_webhook.repair, name="module_repair"),
    path("settings/<slug:name>/missing/", settings_webhook.missing, name="module_missing"),
    path("billing/<slug:gateway>/", billing.listing, name="transactions"),
    path("billing/<slug:gateway>/<int:pk>/", billing.payment, name="payment"),
    path("billing/<slug:gateway>/<int:pk>/look/", billing.look, name="payment_look"),
    path("deliveries/<uuid:pk>/done/", deliveries.done, name="delivery_done"),
    path("deliveries/<uuid:pk>/again/", deliveries.again, name="delivery_again"),
    path("alerts/<int:pk>/close/", alerts.close, name="alert_close"),
]

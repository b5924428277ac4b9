"""Addresses of the back office's own pages; they stand before Django's."""

from __future__ import annotations

from django.urls import path

from comptoir.backoffice.views import (
    alerts,
    asking,
    audit,
    billing,
    deliveries,
    events,
    help as manuals,
    modules,
    orders,
    rules,
    settings,
    settings_webhook,
    staff,
)

app_name = "backoffice"
urlpatterns = [
    path("modules/", modules.modules, name="modules"),
    path("modules/<slug:name>/enabled/", modules.switch, name="module_switch"),
    path("modules/moved/", modules.moved, name="moved"),
    path("settings/payments/", rules.rules, name="payment_rules"),
    path("settings/<slug:name>/", settings.settings, name="module_settings"),
    path("settings/<slug:name>/waiting/", settings.waiting, name="module_waiting"),
    path("settings/<slug:name>/use/", settings.use_mode, name="module_mode"),
    path("settings/<slug:name>/methods/", settings.methods, name="module_methods"),
    path("settings/<slug:name>/endpoint/", settings_webhook.make, name="module_endpoint"),
    path("settings/<slug:name>/check/", settings_webhook.check, name="module_check"),
    path("settings/<slug:name>/repair/", settings_webhook.repair, name="module_repair"),
    path("settings/<slug:name>/missing/", settings_webhook.missing, name="module_missing"),
    path("help/<slug:name>/", manuals.manual, name="help"),
    path("help/pictures/<slug:name>.png", manuals.picture, name="help_picture"),
    path("billing/<slug:gateway>/", billing.listing, name="transactions"),
    path("billing/<slug:gateway>/ask/", asking.ask, name="ask"),
    path("billing/<slug:gateway>/asked/", asking.asked, name="asked"),
    path("billing/<slug:gateway>/<int:pk>/", billing.payment, name="payment"),
    path("billing/<slug:gateway>/<int:pk>/look/", billing.look, name="payment_look"),
    path("billing/<slug:gateway>/<int:pk>/events/<int:notice>/", events.of_payment, name="payment_event"),
    path("billing/<slug:gateway>/others/<int:pk>/", billing.foreign, name="foreign"),
    path("billing/<slug:gateway>/others/<int:pk>/look/", billing.foreign_look, name="foreign_look"),
    path("billing/<slug:gateway>/others/<int:pk>/events/<int:notice>/", events.of_foreign, name="foreign_event"),
    path("orders/<int:pk>/cancel/", orders.cancel, name="order_cancel"),
    path("deliveries/<uuid:pk>/done/", deliveries.done, name="delivery_done"),
    path("deliveries/<uuid:pk>/again/", deliveries.again, name="delivery_again"),
    path("alerts/<int:pk>/close/", alerts.close, name="alert_close"),
    path("staff/", staff.team, name="staff"),
    path("staff/add/", staff.add, name="staff_add"),
    path("staff/<int:pk>/role/", staff.role, name="staff_role"),
    path("staff/<int:pk>/remove/", staff.remove, name="staff_remove"),
    path("staff/<int:pk>/invite/", staff.invite, name="staff_invite"),
    path("staff/<int:pk>/reset/", staff.reset_factors, name="staff_reset"),
    path("audit/", audit.listing, name="audit"),
]

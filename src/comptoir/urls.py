"""Every address of the counter."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from comptoir.conf import conf
from comptoir.inbox import views as inbox

urlpatterns = [
    re_path(r"^(?P<module>[a-z0-9-]+)/api/?$", inbox.receive, name="inbox_receive"),
    path("", include("comptoir.shop.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path(f"{conf().admin_prefix}/", include("comptoir.backoffice.urls")),
    path(f"{conf().admin_prefix}/", admin.site.urls),
]
handler429 = "comptoir.shop.throttle.paused"  # by this name allauth finds it
handler400 = "comptoir.shop.failures.not_understood"
handler500 = "comptoir.shop.failures.failed"

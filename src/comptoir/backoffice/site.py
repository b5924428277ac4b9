"""The back office's admin site: one door for every page, Django's and our own.

Django loads this file before any model, so models and rooms of ours are imported where they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

View = Callable[..., HttpResponseBase]
# Accounts, passwords and sign-out are allauth's business; pages of an application and forwarding by content type have no use here.
LEFT_OUT = {"logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site", "app_list"}

# Registered by libraries. E-mail addresses and second factors are changed by their owners, who confirm them; roles are a table of
# ours; jobs are the workers' business.
LIBRARIES = ("account.EmailAddress", "mfa.Authenticator", "auth.Group", "procrastinate.ProcrastinateJob")


def sign_in(target: str) -> HttpResponse:
    """The page on which customers and staff sign in; afterwards it leads to `target`."""
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': target})}")


class Site(AdminSite):
    """Django's admin site in our own shell."""

    site_header = "Comptoir"
    site_title = _("Back office")
    index_title = _("Today")
    index_template = "backoffice/home.html"
    enable_nav_sidebar = False
    final_catch_all_view = False  # what nothing answers is a 404

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may enter at all; each page then asks for its own permission."""
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def admin_view(self, view: View, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's form
        """The door: guests are led to the sign-in page, whoever may not see a page is told so, with 403.

        Staff without a second factor are led to where they set one up, where that is required.
        """
        inside = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            from comptoir.customers import factors

            if not request.user.is_authenticated:
                return sign_in(request.get_full_path())
            if not self.has_permission(request):
                return self.refused(request)
            if factors.wanted(request):
                return HttpResponseRedirect(reverse("mfa_index"))
            try:
                return inside(request, *args, **kwargs)
            except PermissionDenied:
                return self.refused(request)

        return update_wrapper(door, view)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign in through the same page as customers, so that its throttle and second factor hold for everybody."""
        del extra_context
        target = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return sign_in(target)
        if not self.has_permission(request):
            return self.refused(request)
        return sign_in(target)  # allauth checks `next` and forwards who is signed in

    def refused(self, request: HttpRequest) -> HttpResponse:
        """Say in a sentence that this page is not for whoever is signed in."""
        context = {**self.each_context(request), "title": _("Not for this account")}
        return TemplateResponse(request, "backoffice/refused.html", context, status=403)

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """What needs a person today, and the turnover."""
        from comptoir.backoffice import home, settings_lacks

        waiting, quiet = home.due(request)
        more = {
            "off": home.off(request),
            "waiting": waiting,
            "quiet": quiet,
            "copy": settings_lacks.copy(),
            "turnover": home.turnover(request),
            "in_hand": home.in_hand(request),
            **(extra_context or {}),
        }
        return super().index(request, more)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the shell shows on every page."""
        from comptoir.backoffice import menu

        sections = menu.sections(self, request) if self.has_permission(request) else []
        return {**super().each_context(request), "menu": sections}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:  # noqa: ARG002 - Django's form
        """Django's own list of applications is not shown: our menu is."""
        return []

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's pages that we use, and a customer's page at its own address."""
        from comptoir.customers.models import Customer

        customer = self.get_model_admin(Customer)
        return [
            path(
                "customers/<int:object_id>/",
                self.admin_view(lambda request, object_id: customer.change_view(request, str(object_id))),
                name="customers_customer_change",
            ),
            *(found for found in super().get_urls() if getattr(found, "name", None) not in LEFT_OUT),
        ]


class Admin(AdminConfig):
    """Django's admin with our site as the default one."""

    default_site = "comptoir.backoffice.site.Site"

    def ready(self) -> None:
        """Find the pages of our rooms and of modules, and leave out those that libraries bring."""
        super().ready()
        for name in LIBRARIES:
            admin.site.unregister(apps.get_model(name))

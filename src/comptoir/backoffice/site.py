"""The back office's admin site."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class Site(AdminSite):
    """Django's admin site in our own shell."""

    site_header = "Comptoir"
    enable_nav_sidebar = False


class Admin(AdminConfig):
    """Django's admin with our site as the default one."""

    default_site = "comptoir.backoffice.site.Site"

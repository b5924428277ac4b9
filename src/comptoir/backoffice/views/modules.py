"""The modules page: what there is, what is on, and what is still missing."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, settings_lacks
from comptoir.kernel import whereabouts
from comptoir.mail import actions as mail
from comptoir.modules import actions, queries, registry


@access.page("modules.view_installedmodule")
def modules(request: HttpRequest) -> HttpResponse:
    """A card for each module, and what is still missing."""
    cards = queries.cards()
    context = {
        **admin.site.each_context(request),
        "title": _("Modules"),
        "cards": cards,
        "lacks": settings_lacks.all_lacks(),
        "copy": settings_lacks.copy(),
        "may_change": request.user.has_perm("modules.switch_module"),
        "may_configure": request.user.has_perm("modules.configure_module"),
    }
    return TemplateResponse(request, "backoffice/modules.html", context)


@access.change("modules.switch_module")
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Enable or disable a module; one that has settings leads straight to them when it is enabled."""
    module = registry.installed().get(name)
    if module is None:
        raise Http404(gettext("No such module is installed."))
    enabled = request.POST.get("enabled") == "yes"
    actions.set_enabled(name=name, enabled=enabled, who=access.who(request))
    said = _("%(title)s is enabled.") if enabled else _("%(title)s is disabled. What it has started goes on.")
    messages.success(request, said % {"title": module.manifest.title})
    if enabled and module.manifest.settings and module.setup is not None:
        return HttpResponseRedirect(reverse("backoffice:module_settings", args=[name]))
    return HttpResponseRedirect(reverse("backoffice:modules"))


@access.change("modules.configure_module")
def moved(request: HttpRequest) -> HttpResponse:
    """Say that this counter has moved to the address at which it answers, and is no copy: what has waited goes on."""
    if request.POST.get("address") == settings.PUBLIC_URL and whereabouts.move_here(who=access.who(request)):
        mail.take_up_waiting()  # deliveries are taken up by the sweep
        messages.success(request, _("This counter is at home here now. What has waited goes on by itself."))
    else:
        messages.info(request, _("This counter is at home here already. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:modules"))

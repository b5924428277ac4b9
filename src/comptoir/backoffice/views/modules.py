"""The modules page: what there is, what is on."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access
from comptoir.modules import actions, queries, registry


@access.page("modules.view_installedmodule")
def modules(request: HttpRequest) -> HttpResponse:
    """A card for each module, and what is still missing."""
    cards = queries.cards()
    context = {
        **admin.site.each_context(request),
        "title": _("Modules"),
        "cards": cards,
        "unfinished": [card for card in cards if card.is_gateway and card.enabled and not card.configured],
        "may_change": request.user.has_perm("modules.switch_module"),
    }
    return TemplateResponse(request, "backoffice/modules.html", context)


@access.change("modules.switch_module")
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Enable or disable a module."""
    module = registry.installed().get(name)
    if module is None:
        raise Http404(gettext("No such module is installed."))
    enabled = request.POST.get("enabled") == "yes"
    actions.set_enabled(name=name, enabled=enabled, who=access.who(request))
    said = _("%(title)s is enabled.") if enabled else _("%(title)s is disabled. What it has started goes on.")
    messages.success(request, said % {"title": module.manifest.title})
    return HttpResponseRedirect(reverse("backoffice:modules"))

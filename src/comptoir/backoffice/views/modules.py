"""The modules page: what there is, what is on, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from comptoir.backoffice import access, settings_lacks
from comptoir.catalogue.models import Product
from comptoir.kernel import whereabouts
from comptoir.mail import actions as mail
from comptoir.modules import actions, queries, registry
from comptoir.modules.api import Module


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
    if not enabled:
        for sentence in _what_that_means(module):
            messages.warning(request, sentence)
    if enabled and module.manifest.settings and module.setup is not None:
        return HttpResponseRedirect(reverse("backoffice:module_settings", args=[name]))
    return HttpResponseRedirect(reverse("backoffice:modules"))


def _what_that_means(module: Module) -> Iterator[str]:
    """What has just been disabled may be missed."""
    values = {"title": module.manifest.title}
    if module.gateway is not None and not _can_pay():
        yield gettext(
            "Customers cannot pay any more: no other way of paying is enabled and set up. Until one is, nothing that "
            "costs money can be ordered."
        )
    products = Product.objects.filter(driver=module.manifest.name, visible=True).count() if module.driver else 0
    if products:
        text = ngettext(
            "%(count)s product in your shop is delivered by %(title)s. It stays on sale, and whoever pays for it is still "
            "served by %(title)s: hide it or choose another delivery for it, where you do not want that.",
            "%(count)s products in your shop are delivered by %(title)s. They stay on sale, and whoever pays for them is still "
            "served by %(title)s: hide them or choose another delivery for them, where you do not want that.",
            products,
        )
        yield text % {**values, "count": products}


def _can_pay() -> bool:
    """Whether a way of paying is left: enabled, set up, and nothing keeps customers from it."""
    gateways = (card for card in queries.cards() if card.is_gateway and card.enabled)
    return any(not any(lack.bad for lack in settings_lacks.of(card)) for card in gateways)


@access.change("modules.configure_module")
def moved(request: HttpRequest) -> HttpResponse:
    """Say that this counter has moved to the address at which it answers, and is no copy: what has waited goes on."""
    if request.POST.get("address") == settings.PUBLIC_URL and whereabouts.move_here(who=access.who(request)):
        mail.take_up_waiting()  # deliveries are taken up by the sweep
        messages.success(request, _("This counter is at home here now. What has waited goes on by itself."))
    else:
        messages.info(request, _("This counter is at home here already. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:modules"))

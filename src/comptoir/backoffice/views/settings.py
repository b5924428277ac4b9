"""The settings of a module: keys are tested and stored, another account waits for a yes, a mode is chosen, and payment method types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from comptoir.backoffice import access, settings_mode
from comptoir.backoffice.settings_page import Desk
from comptoir.backoffice.settings_result import Result
from comptoir.backoffice.settings_said import FAILURES, sentence
from comptoir.backoffice.views import help as manuals
from comptoir.catalogue.queries import shop
from comptoir.modules import actions, queries, registry, setup
from comptoir.modules.api import Mode

LOOK, CONFIGURE = "modules.view_installedmodule", "modules.configure_module"
UNPROCESSABLE = 422
SECTIONS = ("keys", "webhook", "methods", "mode")


def desk(request: HttpRequest, name: str) -> Desk:
    """The module and the mode that an address names; without a mode, the one in use."""
    module = registry.installed().get(name)
    if module is None or not module.manifest.settings or module.setup is None:
        raise Http404(gettext("No module with settings is installed under this name."))
    asked = request.GET.get("mode")
    mode: Mode = "live" if asked == "live" else "test" if asked == "test" else queries.mode_of(name)
    return Desk(module, mode, shop())


def back(at: Desk, section: str = "") -> HttpResponse:
    """To the page, at a section of it."""
    anchor = f"#{section}" if section else ""
    return HttpResponseRedirect(f"{reverse('backoffice:module_settings', args=[at.name])}?mode={at.mode}{anchor}")


def tell(request: HttpRequest, section: str, text: str, *, level: int = messages.SUCCESS) -> None:
    """Say something in a section of the page that follows."""
    messages.add_message(request, level, text, extra_tags=section)


def asking(request: HttpRequest, at: Desk, section: str, call: Callable[[], tuple[int, str]]) -> HttpResponse:
    """Do something that asks the provider, and say what came of it: its sentence with its level, or that of its failure."""
    try:
        level, text = call()
        tell(request, section, text, level=level)
    except FAILURES as error:
        tell(request, section, sentence(error, title=at.manifest.title), level=messages.ERROR)
    return back(at, section)


def settings(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET shows the page; POST tests the keys that stand in its form, and stores them when they are good."""
    return _test(request, name) if request.method == "POST" else _shown(request, name)


@access.page(LOOK)
def _shown(request: HttpRequest, name: str) -> HttpResponse:
    return _page(request, desk(request, name))


def _page(request: HttpRequest, at: Desk, result: Result | None = None, *, status: int = 200) -> HttpResponse:
    told: dict[str, list[Any]] = {}
    for message in messages.get_messages(request):
        section = next((each for each in SECTIONS if each in (message.extra_tags or "").split()), "")
        told.setdefault(f"in_{section}", []).append(message)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Settings › %(title)s") % {"title": at.manifest.title},
        "at": at,
        "result": result,
        "may_configure": request.user.has_perm(CONFIGURE),
        "messages": told.pop("in_", []),
        "told": told,
        "help_url": _help(at.name),
        "enabled": queries.is_enabled(at.name),
        "choice": settings_mode.choice(at.name),
        "endpoint_refusal": settings_mode.endpoint_refusal(at.name, at.mode),
        "waiting_open": settings_mode.unfinished(module=at.name, account=at.row.account, mode=at.mode) if at.row else 0,
    }
    return TemplateResponse(request, "backoffice/settings/page.html", context, status=status)


def _help(name: str) -> str:
    """The help page of a module, where there is one."""
    return reverse("backoffice:help", args=[name]) if manuals.has_help(name) else ""


@access.change(CONFIGURE)
def _test(request: HttpRequest, name: str) -> HttpResponse:
    """Test what was typed; an empty field keeps what is stored.

    What was typed is never sent back. So htmx replaces only the result and the sentences at the fields when something is wrong, and what
    was typed stays in the browser; when all is good the whole page is fresh, with empty fields.
    """
    at = desk(request, name)
    typed = {each.name: request.POST.get(each.name, "") for each in at.manifest.settings}
    who = access.who(request)
    tried = setup.try_settings(module=at.name, mode=at.mode, typed=typed, who=who)
    result = Result(manifest=at.manifest, mode=at.mode, tried=tried, typed=typed, at=timezone.now())
    if result.good:
        _look_for_endpoints(at)
    fresh = Desk(at.module, at.mode, at.shop)
    if not getattr(request, "htmx", False):
        return _page(request, fresh, result, status=200 if result.good else UNPROCESSABLE)
    if result.good:
        answer = _page(request, fresh, result)
        answer["HX-Retarget"] = answer["HX-Reselect"] = "#main"
        answer["HX-Reswap"] = "outerHTML show:#connection:top"
        return answer
    context = {"at": fresh, "result": result, "alone": True}
    return TemplateResponse(request, "backoffice/settings/result.html", context)


def _look_for_endpoints(at: Desk) -> None:
    """Fresh keys: what sends to us is read at once, so that the page says what is still to be done. A failure says nothing new."""
    if at.waiting is None:
        try:
            setup.endpoints(module=at.name, mode=at.mode)
        except FAILURES:
            return


@access.change(CONFIGURE)
def waiting(request: HttpRequest, name: str) -> HttpResponse:
    """A yes or a no to the keys of another account."""
    at = desk(request, name)
    deed = actions.use_waiting if request.POST.get("answer") == "yes" else actions.drop_waiting
    asked = request.POST.get("account", "")
    if not deed(module=at.name, mode=at.mode, who=access.who(request), account=asked):
        tell(
            request, "keys", gettext("No keys wait for an answer (any more). Nothing was changed."), level=messages.INFO
        )
    elif deed is actions.use_waiting:
        tell(
            request,
            "keys",
            gettext("The other account is used from now on. What the one before has started goes on there."),
        )
        _look_for_endpoints(at)
    else:
        tell(request, "keys", gettext("The keys of the other account are forgotten. Nothing else was changed."))
    return back(at, "keys")


@access.change(CONFIGURE)
def use_mode(request: HttpRequest, name: str) -> HttpResponse:
    """Choose the mode in which the module is offered; live needs live keys."""
    at = desk(request, name)
    wanted: Mode = "live" if request.POST.get("use") == "live" else "test"
    refusal = settings_mode.refusal(at.name, wanted)
    if refusal:
        tell(request, "mode", refusal, level=messages.ERROR)
        return back(at, "mode")
    actions.use_mode(name=at.name, mode=wanted, who=access.who(request))
    values = {"title": at.manifest.title}
    if wanted == "live":
        tell(
            request,
            "mode",
            gettext("%(title)s is in live mode: every customer is offered it, and real money moves.") % values,
        )
    elif at.shop.new_customers_are_testers:
        text = gettext("%(title)s is in test mode: staff, testers and every new customer are offered it.")
        tell(request, "mode", text % values, level=messages.WARNING)
    else:
        tell(request, "mode", gettext("%(title)s is in test mode: only testers and staff are offered it.") % values)
    return back(Desk(at.module, wanted, at.shop), "mode")


@access.change(CONFIGURE)
def methods(request: HttpRequest, name: str) -> HttpResponse:
    """Store which payment method types are allowed, or read again which there are."""
    at = desk(request, name)
    if request.POST.get("do") == "read":
        return asking(request, at, "methods", lambda: _read_methods(at))
    if at.row is None or not at.types:
        tell(
            request,
            "methods",
            gettext("The payment methods of this account have not been read yet. Nothing was stored."),
            level=messages.ERROR,
        )
        return back(at, "methods")
    types = [each.tile.type for each in at.types if f"method-{each.tile.type}" in request.POST]
    actions.allow_methods(module=at.name, account=at.row.account, mode=at.mode, types=types, who=access.who(request))
    if types:
        words = ngettext(
            "%(count)s payment method is allowed.", "%(count)s payment methods are allowed.", len(types)
        ) % {"count": len(types)}
    else:
        words = gettext("No payment method is ticked: %(title)s decides what customers are shown.") % {
            "title": at.manifest.title
        }
    tell(request, "methods", gettext("Stored.") + " " + words)
    return back(at, "methods")


def _read_methods(at: Desk) -> tuple[int, str]:
    setup.read_methods(module=at.name, mode=at.mode)
    active = sum(each.tile.active for each in Desk(at.module, at.mode, at.shop).types)
    text = ngettext(
        "Read again: %(count)s payment method is active.", "Read again: %(count)s payment methods are active.", active
    )
    return messages.SUCCESS, text % {"count": active}

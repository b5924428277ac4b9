"""The webhook of a module: an endpoint is made, checked, repaired; what our inbox lacks is counted and fetched."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from comptoir.backoffice import access, settings_mode
from comptoir.backoffice.settings_page import Desk
from comptoir.backoffice.views.settings import CONFIGURE, LOOK, asking, back, desk, tell
from comptoir.inbox import catchup, reach
from comptoir.modules import queries, setup
from comptoir.modules.api import CallRefusedError

LONGEST_ID = 255


@access.change(CONFIGURE)
def make(request: HttpRequest, name: str) -> HttpResponse:
    """Have the provider send to us: one endpoint with just what we need; others at exactly our address are replaced."""
    at = desk(request, name)
    refusal = settings_mode.endpoint_refusal(at.name, at.mode)
    if refusal:
        tell(request, "webhook", refusal, level=messages.ERROR)
        return back(at, "webhook")

    def call() -> tuple[int, str]:
        made = setup.make_endpoint(module=at.name, mode=at.mode, who=access.who(request))
        reach.tell(module=at.name, mode=at.mode)
        text = gettext(
            "The endpoint %(id)s is made, and its secret is stored. The secret is proven when the first event arrives."
        )
        return messages.SUCCESS, text % {"id": made.id}

    return asking(request, at, "webhook", call)


@access.change(CONFIGURE)
def check(request: HttpRequest, name: str) -> HttpResponse:
    """Ask the provider which endpoints send to us, and which events our inbox lacks."""
    at = desk(request, name)
    return asking(request, at, "webhook", lambda: _checked(at))


def _checked(at: Desk) -> tuple[int, str]:
    title = {"title": at.manifest.title}
    found = setup.endpoints(module=at.name, mode=at.mode)
    reach.tell(module=at.name, mode=at.mode)
    level = messages.WARNING
    if not found:
        words = gettext("Checked: no endpoint at %(title)s sends to our address.") % title
    elif any(each.enabled and not each.missing for each in found):
        level, words = messages.SUCCESS, gettext("Checked: an endpoint sends us all that we need.")
    else:
        words = gettext("Checked: what sends to our address is switched off or lacks events.")
    try:
        catchup.count(module=at.name, account=setup.opened(at.name, at.mode))
    except CallRefusedError as error:
        refused = gettext("Past events could not be read (%(code)s).") % {"code": error.code}
        return messages.WARNING, f"{words} {refused}"
    return level, words


@access.change(CONFIGURE)
def repair(request: HttpRequest, name: str) -> HttpResponse:
    """Have an endpoint send what it lacks, and switch it on."""
    at = desk(request, name)
    wanted = request.POST.get("endpoint", "")[:LONGEST_ID]
    if wanted not in {each.id for each in at.endpoints or ()}:
        tell(request, "webhook", gettext("There is no such endpoint (any more): check again."), level=messages.ERROR)
        return back(at, "webhook")

    def call() -> tuple[int, str]:
        setup.mend_endpoint(module=at.name, mode=at.mode, endpoint=wanted, who=access.who(request))
        reach.tell(module=at.name, mode=at.mode)
        return messages.SUCCESS, gettext("The endpoint is repaired: it is switched on and sends all that we need.")

    return asking(request, at, "webhook", call)


def missing(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET shows how far the fetching has come, for a page that is open; POST has what we lack fetched."""
    return _fetch(request, name) if request.method == "POST" else _progress(request, name)


@access.page(LOOK)
def _progress(request: HttpRequest, name: str) -> HttpResponse:
    at = desk(request, name)
    context = {"at": at, "may_configure": request.user.has_perm(CONFIGURE)}
    return TemplateResponse(request, "backoffice/settings/missing.html", context)


@access.change(CONFIGURE)
def _fetch(request: HttpRequest, name: str) -> HttpResponse:
    at = desk(request, name)
    row = queries.row_of(module=at.name, mode=at.mode)
    if row is None:
        tell(request, "webhook", gettext("No keys are stored for this mode yet."), level=messages.ERROR)
    elif catchup.ask(module=at.name, account=row.account, mode=at.mode):
        tell(request, "webhook", gettext("The events that our inbox lacks are being fetched."))
    else:
        tell(request, "webhook", gettext("They are being fetched already."), level=messages.INFO)
    return back(at, "webhook")

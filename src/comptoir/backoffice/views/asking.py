"""Asking the provider for an id that nobody here knows, and waiting for what the look shows."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from comptoir.backoffice import access
from comptoir.backoffice.asking import Answer, Asked, Awaited, ask as ask_provider, awaited
from comptoir.backoffice.views.billing import LONGEST_TEXT, module_of
from comptoir.kernel.words import MODES
from comptoir.modules import registry
from comptoir.modules.api import Mode, Subject

# Seconds between two looks of an open page at our database, by how many it has had; then it stops.
PACE = ((30, 1), (60, 3), (120, 10))


@access.change("payments.look_payment")
def ask(request: HttpRequest, gateway: str) -> HttpResponse:
    """Ask the provider. Found: to the page that waits for the look; else back to the search, with a sentence of what was asked where."""
    module = module_of(gateway)
    text = request.POST.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT]
    search = f"{reverse('backoffice:transactions', args=[gateway])}?{urlencode({'q': text})}"
    if not registry.gateway(gateway).well_formed(text):
        messages.error(request, gettext("That is no id of the provider’s: nobody was asked."))
        return HttpResponseRedirect(search)
    asked = ask_provider(gateway, text)
    if asked.found is not None:
        found = asked.found
        place = {"q": text, "account": found.account, "mode": found.mode, "kind": found.kind, "id": found.id}
        return HttpResponseRedirect(f"{reverse('backoffice:asked', args=[gateway])}?{urlencode(place)}")
    messages.warning(request, _sentence(asked, text, str(module.manifest.title)))
    return HttpResponseRedirect(search)


def _sentence(asked: Asked, text: str, provider: str) -> str:
    """Where we looked, and what went wrong where."""
    values = {"provider": provider, "id": text}
    if not asked.answers:
        return gettext("No keys of %(provider)s are stored: there is no account that we could ask.") % values
    unknown = [each for each in asked.answers if each.asked and each.problem is None]
    sentences = []
    if unknown:
        values["where"] = ", ".join(map(_place, unknown))
        sentences.append(gettext("%(provider)s knows no payment of %(id)s. We asked in: %(where)s.") % values)
    for each in asked.answers:
        named = {**values, "where": _place(each), "problem": str(each.problem)}
        if each.problem is not None:
            said = gettext("In %(where)s there was no clear answer (%(problem)s). Nothing is lost: ask again later.")
            sentences.append(said % named)
        elif not each.asked:
            sentences.append(gettext("%(where)s was not asked: it took too long. Ask again.") % named)
    return " ".join(sentences)


def _place(answer: Answer) -> str:
    return gettext("account %(account)s, %(mode)s mode") % {"account": answer.account, "mode": MODES[answer.mode]}


@access.page("payments.view_payment")
def asked(request: HttpRequest, gateway: str) -> HttpResponse:
    """Wait for a look; once there is something to show, lead there. htmx asks for the part that changes, a browser for the whole."""
    module = module_of(gateway)
    subject, text = _subject(request, gateway), request.GET.get("q", "")[:LONGEST_TEXT]
    stands = awaited(subject)
    search = f"{reverse('backoffice:transactions', args=[gateway])}?{urlencode({'q': text})}"
    if stands is None:
        return HttpResponseRedirect(search)
    if stands.url:
        return HttpResponseClientRedirect(stands.url) if _htmx(request) else HttpResponseRedirect(stands.url)
    turn = _turn(request)
    context = {
        "provider": module.manifest.title,
        "text": text,
        "stands": stands,
        "search": search,
        "next_in": _next_in(stands, turn),
        "next": f"?{urlencode({**_kept(request), 'turn': str(turn + 1)})}",
    }
    if _htmx(request):
        return HttpResponse(render_to_string("backoffice/parts/asked.html", context))
    page = {**admin.site.each_context(request), "title": text, "gateway": gateway, **context}
    return TemplateResponse(request, "backoffice/asked.html", page)


def _htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _subject(request: HttpRequest, gateway: str) -> Subject:
    asked = {name: request.GET.get(name, "").replace("\0", "")[:LONGEST_TEXT] for name in ("account", "kind", "id")}
    mode: Mode = "live" if request.GET.get("mode") == "live" else "test"
    return Subject(module=gateway, mode=mode, **asked)


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("q", "account", "mode", "kind", "id")}


def _turn(request: HttpRequest) -> int:
    turn = request.GET.get("turn", "")
    return min(int(turn), PACE[-1][0]) if turn.isascii() and turn.isdigit() and len(turn) < len("1000") else 0


def _next_in(stands: Awaited, turn: int) -> int:
    """Seconds until the page looks again; 0: it does not."""
    return next((seconds for turns, seconds in PACE if turn < turns), 0) if stands.waiting else 0

"""The team's page: who has access, in which role, with which second factor; for the owner alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_lazy as _

from comptoir.backoffice import access
from comptoir.catalogue.queries import shop
from comptoir.customers import factors, roles, staff
from comptoir.customers.models import User
from comptoir.kernel.errors import SaidError

PERMISSION = "customers.manage_staff"
UNPROCESSABLE = 422


class MemberForm(forms.Form):
    """Who is to be a member of the team, and in which role."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    first_name = forms.CharField(label=_("First name"), max_length=80, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=80, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=lambda: list(roles.NAMES.items()), initial=roles.READ_ONLY)


@access.page(PERMISSION)
def team(request: HttpRequest) -> HttpResponse:
    """Everybody who has access, and the form that adds somebody."""
    return _shown(request, MemberForm(), status=200)


def _shown(request: HttpRequest, form: MemberForm, *, status: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": _("Team"),
        "members": staff.members(),
        "roles": [(role, name, roles.PURPOSES[role]) for role, name in roles.NAMES.items()],
        "form": form,
    }
    return TemplateResponse(request, "backoffice/staff.html", context, status=status)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("backoffice:staff"))


@access.change(PERMISSION)
def add(request: HttpRequest) -> HttpResponse:
    """Make somebody a member; they are written to."""
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, status=UNPROCESSABLE)
    try:
        user = staff.add(**form.cleaned_data, locale=_locale(), who=access.who(request), shop=shop().name)
    except SaidError as refusal:
        form.add_error("email", str(refusal.sentence))
        return _shown(request, form, status=UNPROCESSABLE)
    messages.success(request, _("%(email)s is in the team now and is told by mail.") % {"email": user.email})
    return _back()


@access.change(PERMISSION)
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    wanted = request.POST.get("role", "")
    if wanted not in roles.NAMES:
        raise Http404(gettext("There is no such role."))
    done = _done(request, lambda: staff.give_role(pk, wanted, who=access.who(request)))
    if done is True:
        messages.success(request, _("The role is changed. It holds from the next page on."))
    elif done is False:
        messages.info(request, _("This is the role that the person has already."))
    return _onwards(request, pk)


@access.change(PERMISSION)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody's access away."""
    user = _done(request, lambda: staff.remove(pk, who=access.who(request)))
    if user is not None:
        messages.success(request, _("%(email)s has no access to the back office any more.") % {"email": user.email})
    return _onwards(request, pk)


@access.change(PERMISSION)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the link once more."""
    user = _done(request, lambda: staff.invite(pk, locale=_locale(), who=access.who(request), shop=shop().name))
    if user is not None:
        messages.success(request, _("A new link is on its way to %(email)s.") % {"email": user.email})
    return _back()


@access.change(PERMISSION)
def reset_factors(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the second factor off a member who has lost theirs."""
    user = User.objects.filter(pk=pk, is_staff=True).first()
    if user is None:
        raise Http404(gettext("There is no such page."))
    if factors.reset(user, who=access.who(request)):
        messages.success(
            request,
            _("%(email)s signs in with the password alone, and sets up a new second factor.") % {"email": user.email},
        )
    else:
        messages.info(request, _("This person has no second factor."))
    return _back()


def _done(request: HttpRequest, deed: Callable[[], Any]) -> Any:
    """Do it; None where it is refused, and then the person is told why. Raises Http404."""
    try:
        return deed()
    except User.DoesNotExist as gone:
        raise Http404(gettext("There is no such page.")) from gone
    except SaidError as refusal:
        messages.error(request, str(refusal.sentence))
        return None


def _onwards(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the team; whoever has just given up their own access to it goes to the first page."""
    if pk == request.user.pk:
        return HttpResponseRedirect(reverse("admin:index"))
    return _back()


def _locale() -> str:
    return (get_language() or "fr")[:2]

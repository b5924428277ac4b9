"""Closing an alert."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, actions
from comptoir.kernel.models import Alert


@access.change("kernel.close_alert")
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that somebody has seen to it."""
    if not Alert.objects.filter(pk=pk).exists():
        raise Http404(gettext("There is no such page."))
    if actions.close_alert(pk, who=access.who(request)):
        messages.success(request, _("The alert is closed."))
    else:
        messages.info(request, _("The alert was closed before."))
    return HttpResponseRedirect(reverse("admin:kernel_alert_changelist") + "?show=open")

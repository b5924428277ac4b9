"""What people decide about a mail of which nobody knows whether it left."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access
from comptoir.kernel.shown import page_of
from comptoir.mail import actions
from comptoir.mail.models import Mail


@access.change("mail.resolve_mail")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it once more: it may arrive twice, and that is better than not at all."""
    return _decide(request, pk, actions.send_again, _("The mail is sent again."))


@access.change("mail.resolve_mail")
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """It did leave: the mail server's log or the customer says so."""
    return _decide(request, pk, actions.mark_sent, _("The mail is marked as sent. Nothing is sent."))


def _decide(request: HttpRequest, pk: int, deed: Callable[..., bool], done: object) -> HttpResponse:
    mail = get_object_or_404(Mail, pk=pk)
    if deed(mail_id=pk, who=access.who(request)):
        messages.success(request, str(done))
    else:
        messages.info(request, _("Nobody has to decide about this mail (any more). Nothing was changed."))
    return HttpResponseRedirect(page_of(mail))

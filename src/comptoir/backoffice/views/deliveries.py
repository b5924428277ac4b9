"""What people do about deliveries, suspensions and ends: make them by hand, or have them tried again."""

from __future__ import annotations

import uuid

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from comptoir.backoffice import access
from comptoir.backoffice.forms import DeliveredForm
from comptoir.kernel.errors import SaidError
from comptoir.kernel.shown import page_of
from comptoir.kernel.states import IllegalMoveError
from comptoir.kernel.words import Words
from comptoir.services import actions, kinds
from comptoir.services.admin import OperationAdmin
from comptoir.services.models import Operation

UNPROCESSABLE = 422


def for_people(operation: Operation) -> bool:
    """Whether a person may say now that it is done."""
    return not actions.refusal(operation)


def not_now(operation: Operation) -> list[Words]:
    """Why people are not to do now what they were asked for, or what has failed: it is held back."""
    held_back = kinds.is_for_people(operation) and operation.kind == Operation.Kind.CREATE
    return kinds.why_not_now(operation.service) if held_back else []


@access.change("services.deliver_operation")
def done(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A person has delivered, suspended, resumed or ended; the customer is told. A second time changes nothing."""
    operation = get_object_or_404(Operation, pk=pk)
    said = actions.refusal(operation)
    if said:
        messages.error(request, str(said))
        return HttpResponseRedirect(page_of(operation))
    form = DeliveredForm(request.POST, operation=operation)
    if not form.is_valid():
        page = admin.site.get_model_admin(Operation)
        assert isinstance(page, OperationAdmin)  # noqa: S101 - for the type checker: it is registered so
        return page.page(request, str(pk), {"delivered_form": form}, status=UNPROCESSABLE)
    try:
        actions.done_by_hand(
            operation_id=pk,
            access=form.cleaned_data.get("access", {}),
            note=form.cleaned_data["note"],
            who=access.who(request),
        )
    except SaidError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, kinds.of(operation).done)
    return HttpResponseRedirect(page_of(operation))


@access.change("services.retry_operation")
def again(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The cause of a failure is mended: the driver is asked again."""
    operation = get_object_or_404(Operation, pk=pk)
    try:
        if operation.state == Operation.State.FAILED:
            actions.try_again(operation_id=pk, who=access.who(request))
            messages.success(request, _("It is tried again now."))
        else:
            messages.info(request, _("This has not failed. Nothing was changed."))
    except SaidError as refused:
        messages.error(request, str(refused.sentence))
    except IllegalMoveError:
        messages.info(request, _("This has not failed. Nothing was changed."))
    return HttpResponseRedirect(page_of(operation))

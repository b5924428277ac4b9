"""The reconciliation: reports are asked for here, made by a worker, and read here."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.backoffice import access, reconciliations
from comptoir.backoffice.reconcile_form import PeriodForm
from comptoir.backoffice.transactions import number
from comptoir.kernel import audit
from comptoir.modules import registry
from comptoir.payments.models import Reconciliation
from comptoir.payments.reconcile import run
from comptoir.payments.reconcile.result import Finding

UNPROCESSABLE = 422
AGAIN_SECONDS = 3  # after which a report under way is shown anew


@access.page("payments.view_reconciliation")
def listing(request: HttpRequest) -> HttpResponse:
    """The newest reports, and the form that asks for one."""
    return _page(request, PeriodForm())


def _page(request: HttpRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    before = number(request.GET.get("before"))
    rows, further = reconciliations.listed(before=before)
    context = {
        **admin.site.each_context(request),
        "title": _("Reconciliation"),
        "rows": rows,
        "form": form,
        "older": f"?before={further}" if further else "",
        "newer": reverse("backoffice:reconciliations") if before else "",
    }
    return TemplateResponse(request, "backoffice/reconciliations.html", context, status=status)


@access.change("payments.add_reconciliation", "payments.view_reconciliation")
def ask(request: HttpRequest) -> HttpResponse:
    """Have reports made: of one account, or of all."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    asked = []
    for reading in form.readings:
        with transaction.atomic():
            row = run.ask(reading, since=form.since, until=form.until, who=access.who(request))
            assert row is not None  # noqa: S101 - for the type checker: only nightly ones can be there already
            audit.record(who=access.who(request), verb="reconciliation.asked", on=row)
            asked.append(row)
    if len(asked) == 1:
        return HttpResponseRedirect(reverse("backoffice:reconciliation", args=[asked[0].pk]))
    messages.success(request, _("The reports are being made. They stand below."))
    return HttpResponseRedirect(reverse("backoffice:reconciliations"))


@access.page("payments.view_reconciliation")
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: how far it has come, the sums of both sides, and every row that does not match."""
    row = get_object_or_404(Reconciliation, pk=pk)
    finding, after = request.GET.get("finding", ""), number(request.GET.get("after"))
    finding = finding if finding in Finding.values else ""
    lines, further = reconciliations.lines(row, finding=finding, after=after)
    pairs, aside = reconciliations.sums(row)
    narrowed = f"finding={finding}&" if finding else ""
    context = {
        **admin.site.each_context(request),
        "title": gettext("Reconciliation"),
        "report": row,
        "provider": registry.title(row.module),
        "pairs": pairs,
        "aside": aside,
        "counts": reconciliations.counts(row),
        "finding": finding,
        "lines": lines,
        "older": f"?{narrowed}after={further}#rows" if further else "",
        "newer": f"?{narrowed.rstrip('&')}#rows" if after else "",
        "may_go_on": row.stopped or row.failed,
        "may_ask": request.user.has_perm("payments.add_reconciliation"),
    }
    response = TemplateResponse(request, "backoffice/reconciliation.html", context)
    if row.ended_at is None and not row.stopped and not row.failed:
        response["Refresh"] = str(AGAIN_SECONDS)
    return response


@access.change("payments.add_reconciliation", "payments.view_reconciliation")
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a report that has stopped go on where it was."""
    row = get_object_or_404(Reconciliation, pk=pk)
    if row.ended_at is None:
        run.take_up(row)
        messages.success(request, _("The report goes on where it was."))
    else:
        messages.info(request, _("This report is complete. Nothing was changed."))
    return HttpResponseRedirect(reverse("backoffice:reconciliation", args=[pk]))

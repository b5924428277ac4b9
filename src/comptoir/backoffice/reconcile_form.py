"""The form that asks for a report: two days of the counter's zone, and an account or all."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.kernel import clock
from comptoir.kernel.words import MODES
from comptoir.modules import registry
from comptoir.payments import books
from comptoir.payments.models import BookReading
from comptoir.payments.reconcile.nightly import midnight

LONGEST = dt.timedelta(days=400)


class PeriodForm(forms.Form):
    """Both days are included; today counts until now."""

    begin = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))
    account = forms.ChoiceField(label=_("Account"), required=False)

    def __init__(self, data: Any = None) -> None:
        """Yesterday, where nothing else is asked for."""
        yesterday = timezone.localdate(clock.now()) - dt.timedelta(days=1)
        super().__init__(data, initial={"begin": yesterday.isoformat(), "end": yesterday.isoformat()})
        self._all = list(books.readings())
        every = [("", _("Every account"))] if len(self._all) != 1 else []
        account = self.fields["account"]
        assert isinstance(account, forms.ChoiceField)  # noqa: S101 - for the type checker
        account.choices = [*every, *((str(row.pk), _named(row)) for row in self._all)]

    def clean(self) -> dict[str, Any]:
        """Sense of the two days."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        begin, end = cleaned.get("begin"), cleaned.get("end")
        if begin is None or end is None:
            return cleaned
        if end < begin:
            self.add_error("end", _("The last day is before the first one."))
        elif begin > timezone.localdate(clock.now()):
            self.add_error("begin", _("This day has not begun yet."))
        elif end - begin > LONGEST:
            self.add_error("end", _("A report covers 400 days at most."))
        elif not self._all:
            self.add_error(None, _("There is no account yet whose books could be read."))
        return cleaned

    @property
    def since(self) -> dt.datetime:
        """When the period begins."""
        return midnight(self.cleaned_data["begin"])

    @property
    def until(self) -> dt.datetime:
        """When it ends: now, where the last day is today."""
        return min(midnight(self.cleaned_data["end"] + dt.timedelta(days=1)), clock.now())

    @property
    def readings(self) -> list[BookReading]:
        """The accounts that are asked for."""
        chosen = self.cleaned_data["account"]
        return [row for row in self._all if chosen in {"", str(row.pk)}]


def _named(row: BookReading) -> str:
    title = registry.title(row.module)
    return gettext("%(provider)s %(account)s, %(mode)s") % {
        "provider": title,
        "account": row.account,
        "mode": MODES[row.mode],
    }

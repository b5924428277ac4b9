"""What staff fill in on the back office's own pages."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from comptoir.services.models import Operation

LONGEST_NAME = 60


class DeliveredForm(forms.Form):
    """That something is done for a service; of a delivery, also what the customer needs to use it."""

    access = forms.CharField(
        label=_("Access data for the customer"),
        help_text=_("One line each: name: value. Sealed at once, shown to the customer alone."),
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        required=False,
    )
    note = forms.CharField(label=_("Note for your team"), max_length=300, required=False)

    def __init__(self, data: Mapping[str, str] | None = None, *, operation: Operation) -> None:
        """A form about this operation."""
        super().__init__(data)
        if operation.kind != Operation.Kind.CREATE:
            del self.fields["access"]

    def clean_access(self) -> dict[str, str]:
        """The lines as names and values; a line that is neither is refused, not guessed at."""
        values: dict[str, str] = {}
        for number, line in enumerate(str(self.cleaned_data["access"]).splitlines(), start=1):
            if not line.strip():
                continue
            name, colon, value = (part.strip() for part in line.partition(":"))
            if not (name and colon and value) or len(name) > LONGEST_NAME:
                raise forms.ValidationError(
                    gettext("Line %(number)s is not of the form name: value. Nothing was stored.") % {"number": number}
                )
            if name in values:
                raise forms.ValidationError(
                    gettext("The name %(name)s stands twice. Nothing was stored.") % {"name": name}
                )
            values[name] = value
        return values

"""What staff write to a bank about a dispute, and what they decide about its services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from comptoir.modules.api import EVIDENCE_FIELDS, EVIDENCE_LONGEST
from comptoir.payments.models import ServicePolicy

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# Label, lines of the box, help.
FIELDS: dict[str, tuple[_StrOrPromise, int, _StrOrPromise]] = {
    "customer_name": (_("Customer’s name"), 1, ""),
    "customer_email": (_("Customer’s e-mail address"), 1, ""),
    "customer_address": (_("Billing address"), 1, ""),
    "customer_address_ip": (_("Address on the network at the order"), 1, ""),
    "product": (_("What was sold"), 4, ""),
    "service_date": (_("Day on which it was delivered"), 1, ""),
    "activity": (_("Deliveries and sign-ins"), 8, _("One a line, with the time in UTC.")),
    "letters": (_("Mails that the customer was sent"), 5, ""),
    "refund_policy": (_("Terms and refund policy, and how the customer was shown them"), 3, ""),
    "more": (
        _("What else speaks for you"),
        6,
        _("In your own words, facts first: a stranger reads this in two minutes."),
    ),
}


class EvidenceForm(forms.Form):
    """One box for each text of the contract's, none longer than providers take."""

    def __init__(self, *args: object, **values: object) -> None:
        """The boxes, in the contract's order."""
        super().__init__(*args, **values)  # type: ignore[arg-type]  # a form's own arguments
        for name in EVIDENCE_FIELDS:
            label, lines, help_text = FIELDS[name]
            widget = forms.Textarea({"rows": lines}) if lines > 1 else forms.TextInput()
            self.fields[name] = forms.CharField(
                label=label, help_text=help_text, max_length=EVIDENCE_LONGEST, required=False, widget=widget
            )


class ServicesForm(forms.Form):
    """What becomes of the services."""

    policy = forms.ChoiceField(choices=ServicePolicy)

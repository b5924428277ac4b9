"""The driver *manual*: people deliver, and say so in the back office."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Manifest, Module, Outcome


class Manual:
    """Leaves every operation to people."""

    def run(self, request: DeliveryRequest) -> Outcome:  # noqa: ARG002 - the contract's form
        """Wait for a person; the back office lists it."""
        return Outcome(DeliveryStatus.BY_HAND)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """As before: only a person ends the waiting."""
        return self.run(request)


module = Module(
    manifest=Manifest(
        name="manual",
        title=_("Delivery by hand"),
        purpose=_("Your team is told what to deliver, suspend, resume or end, and marks it as done."),
        version="1.0",
        enabled_from_start=True,
        touches_outside=False,
    ),
    driver=Manual,
)

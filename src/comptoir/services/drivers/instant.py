"""The driver *instant*: a record with generated access data, at once. What the demo delivers."""

from __future__ import annotations

import secrets as random

from django.utils.translation import gettext_lazy as _

from comptoir.kernel import secrets
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Manifest, Module, Outcome


class Instant:
    """Makes one record for an operation's key; a repetition finds that record."""

    def run(self, request: DeliveryRequest) -> Outcome:
        """Make the access data, once; there is nothing to take away when it is suspended or ended but a record that it was."""
        from comptoir.services.models import InstantRecord

        access: dict[str, str] = {}
        if request.kind == "create":
            access = {"login": f"client{request.service}", "password": random.token_urlsafe(12)}
        record = InstantRecord(key=request.key, service=request.service, access_sealed=secrets.seal(access))
        InstantRecord.objects.bulk_create([record], ignore_conflicts=True)  # the key decides once
        return self.ask(request)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """The record of this key, where there is one."""
        from comptoir.services.models import InstantRecord

        record = InstantRecord.objects.filter(key=request.key).first()
        if record is None:
            return Outcome(DeliveryStatus.NEVER)
        return Outcome(DeliveryStatus.DONE, access=secrets.unseal(record.access_sealed))


module = Module(
    manifest=Manifest(
        name="instant",
        title=_("Instant access data"),
        purpose=_("Creates access data at once: for try-outs, and for services that need nothing else."),
        version="1.0",
        enabled_from_start=True,
        touches_outside=False,
    ),
    driver=Instant,
)

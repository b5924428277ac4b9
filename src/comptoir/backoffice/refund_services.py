"""What becomes of the services of a payment that goes back, said before it does: of those that run, and of those not delivered yet."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import ngettext, ngettext_lazy

from comptoir.invoices.models import Invoice
from comptoir.payments.actions.holds import is_waiting
from comptoir.payments.models import ServicePolicy
from comptoir.services.models import Service

DROPPED = ngettext_lazy(
    "The service was never delivered: it is cancelled once the money has gone.",
    "%(count)s services were never delivered: they are cancelled once the money has gone.",
    "count",
)
PUT_OFF = ngettext_lazy(
    "The service was never delivered: once the money has gone it is not, as long as it is suspended.",
    "%(count)s services were never delivered: once the money has gone they are not, as long as they are suspended.",
    "count",
)
WAITING = ngettext_lazy(
    "The service was not delivered yet: its delivery goes on waiting for one of your team.",
    "%(count)s services were not delivered yet: their delivery goes on waiting for one of your team.",
    "count",
)
TO_COME = ngettext_lazy(
    "The service was not delivered yet: it is delivered all the same.",
    "%(count)s services were not delivered yet: they are delivered all the same.",
    "count",
)


def told(services: Sequence[Service], *, policy: str, invoice_after: str) -> list[str]:
    """One sentence for each way it goes. `invoice_after`: what the invoice is then, '' where it stays; refunded, it ends what is held."""
    made = [each for each in services if each.state != Service.State.PENDING]
    unmade = [each for each in services if each.state == Service.State.PENDING]
    held = [each for each in unmade if is_waiting(each)]
    ends = policy == ServicePolicy.END
    dropped = unmade if ends else held if invoice_after == Invoice.State.REFUNDED else []
    rest = [each for each in unmade if each not in dropped]
    found = [_running(len(made), policy), _said(DROPPED, len(dropped))]
    if policy == ServicePolicy.SUSPEND:
        return [each for each in (*found, _said(PUT_OFF, len(rest))) if each]
    waiting = [each for each in rest if each in held]
    return [each for each in (*found, _said(WAITING, len(waiting)), _said(TO_COME, len(rest) - len(waiting))) if each]


def _running(count: int, policy: str) -> str:
    if not count:
        return ""
    if policy == ServicePolicy.SUSPEND:
        return ngettext(
            "The service is suspended once the money has gone.",
            "The services are suspended once the money has gone.",
            count,
        )
    if policy == ServicePolicy.END:
        return ngettext(
            "The service ends for good once the money has gone.",
            "The services end for good once the money has gone.",
            count,
        )
    return ngettext("The service goes on.", "The services go on.", count)


def _said(sentence: Promise, count: int) -> str:
    return str(sentence % {"count": count}) if count else ""

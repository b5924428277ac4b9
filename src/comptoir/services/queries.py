"""What a customer may see of a service."""

from __future__ import annotations

from comptoir.invoices.models import Invoice
from comptoir.kernel import secrets
from comptoir.services.models import Operation, Service


def access(service: Service) -> dict[str, str]:
    """The access data of a service, opened. Raises UnsealError."""
    return secrets.unseal(service.access_sealed)


def is_held(invoice: Invoice) -> bool:
    """Whether something that an invoice pays for waits until a person lets it be delivered."""
    held = Service.objects.filter(order_line__order=invoice.order_id, state=Service.State.PENDING)
    return invoice.order_id is not None and held.exclude(held_because="").exists()


def delivery_of(invoice: Invoice) -> str:
    """How the delivery of what an invoice pays for stands, in one word of the operations' states: the least advanced one.

    A later suspension or end of a service is not its delivery.
    """
    made = Operation.objects.filter(cause=invoice, kind=Operation.Kind.CREATE)
    states = set(made.values_list("state", flat=True))
    for state in (Operation.State.FAILED, Operation.State.WAITING, Operation.State.RUNNING):
        if state in states:
            return state
    return Operation.State.DONE if states else Operation.State.WAITING

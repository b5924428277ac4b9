"""What a service shall be: policies and people say it; operations of its driver lead there, one after the other."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.utils.translation import gettext_noop

from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit, locks
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.words import NOTHING, Words
from comptoir.mail import actions as mail
from comptoir.services import kinds
from comptoir.services.models import OPERATION_STATES, SERVICE_STATES, Operation, Service, Wanted

# Why a service is suspended or ended, for staff. Its customer is told so in words of their own, which the mail chooses by `CAUSES`.
DISPUTED = gettext_noop("the customer’s bank disputes its payment (%(dispute)s)")
LOST = gettext_noop("the customer’s bank has taken its payment back for good (%(dispute)s)")
REFUNDED = gettext_noop("its payment was refunded (%(refund)s)")
CREDITED = gettext_noop("its payment was given back as credit (%(invoice)s)")
CAUSES = {DISPUTED: "disputed", LOST: "lost", REFUNDED: "refunded", CREDITED: "credited"}
OPEN = (Operation.State.WAITING, Operation.State.RUNNING, Operation.State.FAILED)
STANDING = {Service.State.ACTIVE, Service.State.SUSPENDED, Service.State.EXPIRED}
ARRIVED = {
    Operation.Kind.SUSPEND: Service.State.SUSPENDED,
    Operation.Kind.RESUME: Service.State.ACTIVE,
    Operation.Kind.END: Service.State.ENDED,
}


def want(*, services: Iterable[Service], wanted: str, why: Words, who: str) -> None:
    """Say what services shall be: a `Wanted`, or '' for what their payment makes them. Safe to say twice.

    Within the caller's `locks.transaction()`, which holds the services' locks. What was ended stays ended.
    """
    for service in services:
        if service.wanted in {wanted, Wanted.ENDED}:
            continue
        service.wanted, service.wanted_because = wanted, why if wanted else NOTHING
        Service.objects.filter(pk=service.pk).update(wanted=wanted, wanted_because=service.wanted_because)
        pursue(service, who=who)


def apply_policy(*, services: Iterable[Service], policy: str, why: Words, who: str) -> None:
    """Carry out what the house does with services whose payment is disputed, lost or given back: `keep`, `suspend` or `end`.

    Within the caller's `locks.transaction()`, which holds the services' locks.
    """
    wanted = {"suspend": Wanted.SUSPENDED, "end": Wanted.ENDED}.get(policy)
    if wanted is not None:
        want(services=services, wanted=wanted, why=why, who=who)


def revive(*, services: Iterable[Service], who: str) -> None:
    """Services that were cancelled before they were made are pending again: their payment has come after all.

    Within the caller's `locks.transaction()`, which holds their locks; `demand` follows.
    """
    for service in services:
        if service.state == Service.State.CANCELLED:
            service.wanted, service.wanted_because = "", NOTHING
            Service.objects.filter(pk=service.pk).update(wanted="", wanted_because=NOTHING)
            SERVICE_STATES.move(service, Service.State.PENDING, who=who)


def pursue(service: Service, *, who: str) -> None:
    """Begin the operation that leads to what the service shall be, where none is under way; the end of each one comes here again.

    A service that is not made yet is not made (ended), or waits (suspended); it goes on once it may. What is asked of people, has failed
    or was told to no driver, and leads elsewhere by now, is called off. What a driver was told of comes here again by its outcome.
    """
    under_way = next(iter(locks.take_all(Operation, service=service, state__in=OPEN)), None)
    if service.state == Service.State.PENDING:
        _unmade(service, under_way, who=who)
        return
    kind = _step(service) if service.state in STANDING else None
    if under_way is not None:
        if under_way.kind == kind or _is_told(under_way):
            return
        _call_off(under_way, why=service.wanted_because, who=who)
    cause = _cause(service)
    if kind is not None and cause is not None:
        operation = Operation.objects.create(service=service, kind=kind, cause=cause)
        OPERATION_STATES.born(operation, who=who, why=service.wanted_because)
        _go(operation)


def _unmade(service: Service, creation: Operation | None, *, who: str) -> None:
    """One of which a driver may know is asked for first, by its worker; what it then is comes here again."""
    if creation is not None and _is_told(creation):
        _go(creation)
    elif service.wanted == Wanted.ENDED:
        if creation is not None:
            _call_off(creation, why=service.wanted_because, who=who)
        SERVICE_STATES.move(service, Service.State.CANCELLED, who=who, why=service.wanted_because)
        if service.held_because:
            _waits_no_more(service)
    elif creation is not None and not is_wanted(service, creation):
        _ask_nobody(creation)
    elif creation is not None and creation.state == Operation.State.FAILED:
        alert(f"delivery:{creation.pk}", kinds.failed(service, creation, creation.note))
    elif creation is not None:
        _go(creation)


def is_wanted(service: Service, operation: Operation) -> bool:
    """Whether a service shall become now what an operation makes of it. A creation that is held back is not wanted for the time being."""
    if operation.kind == Operation.Kind.CREATE:
        return not (service.held_because or service.wanted)
    return operation.kind == _step(service)


def _is_told(operation: Operation) -> bool:
    """Whether a driver may carry it out whatever is wanted by now; what a driver left to people it does not."""
    waits = operation.state == Operation.State.WAITING and operation.asked and not operation.by_hand
    return waits or operation.state == Operation.State.RUNNING


def _call_off(operation: Operation, *, why: Words, who: str) -> None:
    OPERATION_STATES.move(operation, Operation.State.CANCELLED, who=who, why=why)
    _ask_nobody(operation)


def _ask_nobody(operation: Operation) -> None:
    close_alerts(f"by-hand:{operation.pk}", f"delivery:{operation.pk}")


def _waits_no_more(service: Service) -> None:
    """Nobody has to decide about it any more; people are told so with the last one of its order."""
    order_id = service.order_line.order_id
    held = Service.objects.filter(order_line__order=order_id, state=Service.State.PENDING).exclude(held_because="")
    if not held.exists():
        close_alerts(held_key(order_id))


def held_key(order_id: int) -> str:
    """The key of the alert that an order's delivery waits for a person."""
    return f"service-held:{order_id}"


def _step(service: Service) -> Operation.Kind | None:
    if service.wanted == Wanted.ENDED:
        return Operation.Kind.END
    if service.wanted == Wanted.SUSPENDED and service.state == Service.State.ACTIVE:
        return Operation.Kind.SUSPEND
    if not service.wanted and service.state == Service.State.SUSPENDED:
        return Operation.Kind.RESUME
    return None


def _cause(service: Service) -> Invoice | None:
    """The invoice that paid for it: its creation's."""
    made = Operation.objects.filter(service=service, kind=Operation.Kind.CREATE, state=Operation.State.DONE)
    found = made.select_related("cause").first()
    return found.cause if found is not None else None


def _go(operation: Operation) -> None:
    if operation.state == Operation.State.WAITING:
        enqueue("services.deliver", key=f"deliver:{operation.pk}", args={"operation_id": str(operation.pk)})


def arrive(service: Service, operation: Operation, *, who: str) -> None:
    """The driver has suspended, resumed or ended a service: its state, and one mail to the customer."""
    kind = Operation.Kind(operation.kind)
    SERVICE_STATES.move(service, ARRIVED[kind], who=who, why=service.wanted_because)
    customer = service.customer
    mail.queue(
        fact=f"{kind.value}:{operation.pk}",
        to=customer.user.email,
        template=f"service_{kind.value}",
        values={
            "name": customer.name,
            "service": service.name,
            "cause": CAUSES.get(service.wanted_because.text, ""),
            "url": f"{settings.PUBLIC_URL}/client/services/",
        },
        locale=customer.locale,
    )


def hold(*, services: Iterable[Service], why: Words) -> None:
    """Let no service be made before a person has said so (`release`). Within the caller's transaction, which holds their locks."""
    for service in services:
        if service.state == Service.State.PENDING and not service.held_because:
            service.held_because = why
            Service.objects.filter(pk=service.pk).update(held_because=why)
            for creation in Operation.objects.filter(service=service, state__in=OPEN):
                _ask_nobody(creation)


def release(*, services: Iterable[Service], who: str) -> int:
    """A person lets held services be made; returns how many were held.

    Within the caller's `locks.transaction()`, which holds the services' locks.
    """
    held = [service for service in services if service.held_because]
    for service in held:
        thing = audit.Thing("services.service", str(service.pk), service.name)
        audit.record(
            who=who,
            verb="service.released",
            on=thing,
            before={"held_because": service.held_because.stored()},
            after={"held_because": ""},
        )
        service.held_because = NOTHING
        Service.objects.filter(pk=service.pk).update(held_because=NOTHING)
        pursue(service, who=who)
    return len(held)


def steer(*, service_id: int, wanted: str, why: Words, who: str) -> bool:
    """A person says what a service shall be; False where that is so already, or it has ended."""
    with locks.transaction():
        service = locks.take(Service, service_id)
        if service.wanted in {wanted, Wanted.ENDED}:
            return False
        thing = audit.Thing("services.service", str(service.pk), service.name)
        audit.record(
            who=who, verb="service.steered", on=thing, before={"wanted": service.wanted}, after={"wanted": wanted}
        )
        want(services=[service], wanted=wanted, why=why, who=who)
    return True

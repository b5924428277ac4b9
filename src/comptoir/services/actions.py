"""Services opened, deliveries demanded, claimed and finished."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import override

from comptoir.catalogue.models import Cycle
from comptoir.catalogue.queries import shop
from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import audit, clock, locks, secrets
from comptoir.kernel.errors import SaidError
from comptoir.kernel.records import alert, close_alerts
from comptoir.kernel.shown import page_of
from comptoir.kernel.states import MovedMeanwhileError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import Words, code, verbatim
from comptoir.mail import actions as mail
from comptoir.modules.api import DeliveryStatus, Outcome
from comptoir.orders.models import Order
from comptoir.services import kinds, steering
from comptoir.services.models import OPERATION_STATES, SERVICE_STATES, Operation, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.functional import _StrOrPromise

LEASE_SECONDS = 300  # longer than a driver may take for one call
FORGOTTEN = dt.timedelta(minutes=2)
_NO_JOB = """
NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.task_name = 'services.deliver' AND job.status IN ('todo', 'doing')
            AND job.args ->> 'operation_id' = services_operation.id::text)
"""
LENGTHS = {
    Cycle.WEEKLY: relativedelta(weeks=1),
    Cycle.MONTHLY: relativedelta(months=1),
    Cycle.QUARTERLY: relativedelta(months=3),
    Cycle.SEMIANNUALLY: relativedelta(months=6),
    Cycle.ANNUALLY: relativedelta(years=1),
    Cycle.BIENNIALLY: relativedelta(years=2),
    Cycle.TRIENNIALLY: relativedelta(years=3),
}


def open_for_order(*, order: Order, who: str) -> list[Service]:
    """Make a pending service for each unit that was ordered, within the caller's transaction."""
    services = [
        Service(
            customer_id=order.customer_id,
            order_line=line,
            unit=unit,
            product_id=line.product_id,
            name=line.name,
            mode=order.mode,
            driver=line.product.driver,
            cycle=line.cycle,
            currency=order.currency,
            price_minor=line.price_minor,
        )
        for line in order.lines.select_related("product").order_by("id")
        for unit in range(1, line.quantity + 1)
    ]
    Service.objects.bulk_create(services)
    for service in services:
        SERVICE_STATES.born(service, who=who)
    return services


def demand(*, services: Iterable[Service], invoice: Invoice) -> None:
    """Demand the creation of pending services because an invoice is paid; each once, whoever demands it how often.

    Within the caller's transaction, which holds the services' locks. The jobs start when it commits.
    """
    for service in services:
        if service.state != Service.State.PENDING:
            continue
        made = Operation.objects.exclude(state=Operation.State.CANCELLED)
        operation, fresh = made.get_or_create(service=service, kind=Operation.Kind.CREATE, defaults={"cause": invoice})
        if fresh:
            begin(operation, why=code(invoice.number or ""))


def begin(operation: Operation, *, why: Words) -> None:
    """A new operation's first history row and its job, within the caller's transaction."""
    OPERATION_STATES.born(operation, who="system", why=why)
    enqueue("services.deliver", key=f"deliver:{operation.pk}", args={"operation_id": str(operation.pk)})


def claim(operation_id: uuid.UUID, *, by: str) -> Operation | None:
    """Claim an operation with a lease; None where it is done, where another worker has it, or where it waits and no driver knows of it.

    `asked` of what is returned says whether the driver may have been called before: then it is asked first, also where the service
    shall be something else by now (`is_wanted`, of its `service`): what it may have made is somebody's to end. The lease's holder is
    this claim alone, so that a claim whose lease has ended cannot undo what the next one does. None too while this database
    is not at home here (`whereabouts`): the sweep comes back to it.
    """
    if elsewhere():
        return None
    operation = Operation.objects.select_related("service__customer__user", "service__product").get(pk=operation_id)
    holder = f"{by}/{uuid.uuid4().hex[:8]}"
    try:
        with locks.transaction():
            service, row = locks.take(Service, operation.service_id), locks.take(Operation, operation_id)
            for name in ("state", "wanted", "held_because"):
                setattr(operation.service, name, getattr(service, name))
            operation.state, operation.asked, operation.again = row.state, row.asked, row.again
            if not (steering.is_wanted(service, operation) or operation.asked):
                return None
            if operation.state == Operation.State.WAITING:
                OPERATION_STATES.move(operation, Operation.State.RUNNING, who="system")
            elif not _take_over(operation, holder):
                return None
            Operation.objects.filter(pk=operation_id).update(
                leased_until=_lease(), leased_by=holder, asked=True, tries=models.F("tries") + 1
            )
    except MovedMeanwhileError:
        return None
    operation.leased_by = holder
    return operation


def leave(operation: Operation) -> None:
    """Put back what the driver was never told of and nobody wants now: as if nobody had ever claimed it.

    A second time, or after another worker has gone on, changes nothing.
    """
    with locks.transaction():
        service = locks.take(Service, operation.service_id)
        row = locks.take(Operation, operation.pk)
        if row.state != Operation.State.RUNNING or row.leased_by != operation.leased_by:
            return
        Operation.objects.filter(pk=row.pk).update(asked=False, leased_until=None, leased_by="")
        OPERATION_STATES.move(row, Operation.State.WAITING, who="system")
        steering.pursue(service, who="system")


def _lease() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=LEASE_SECONDS)


def _take_over(operation: Operation, holder: str) -> bool:
    """Take over a running operation whose worker is taken for dead; the conditional UPDATE lets one of many do it."""
    ended = Operation.objects.filter(pk=operation.pk, state=Operation.State.RUNNING, leased_until__lt=timezone.now())
    return bool(ended.update(leased_until=_lease(), leased_by=holder))


def finish(operation: Operation, outcome: Outcome, *, by: str) -> None:
    """Store what the driver said, in one transaction: operation, service, access data, the mail. A second time changes nothing."""
    with locks.transaction():
        service = locks.take(Service, operation.service_id)
        row = locks.take(Operation, operation.pk)
        if row.state in {Operation.State.DONE, Operation.State.CANCELLED}:
            return
        if outcome.status is not DeliveryStatus.DONE and row.leased_by != operation.leased_by:
            return  # our lease has ended and another worker goes on: only a delivery that is done counts
        note = note_of(outcome)
        _note(row, outcome, note)
        if outcome.status is DeliveryStatus.DONE:
            OPERATION_STATES.move(row, Operation.State.DONE, who=by)
            _arrive(service, row, outcome, who=by)
            close_alerts(f"by-hand:{row.pk}", f"delivery:{row.pk}")
        elif outcome.status is DeliveryStatus.FAILED:
            OPERATION_STATES.move(row, Operation.State.FAILED, who=by, why=note)
        else:
            OPERATION_STATES.move(row, Operation.State.WAITING, who=by, why=note)
        if outcome.status in {DeliveryStatus.FAILED, DeliveryStatus.BY_HAND}:
            _ask_people(service, row, note, who=by)


def note_of(outcome: Outcome) -> Words:
    """What a driver or a person noted: a stranger's words, among which no secret of ours may stand."""
    note = outcome.note if isinstance(outcome.note, Words) else verbatim(outcome.note)
    return note.changed(secrets.hidden)


def _note(row: Operation, outcome: Outcome, note: Words) -> None:
    done_at = timezone.now() if outcome.status is DeliveryStatus.DONE else None
    Operation.objects.filter(pk=row.pk).update(
        note=note,
        done_at=done_at,
        leased_until=None,
        leased_by="",
        by_hand=outcome.status is DeliveryStatus.BY_HAND,
    )
    if row.state == Operation.State.WAITING:  # a person finishes what a driver had left to people
        OPERATION_STATES.move(row, Operation.State.RUNNING, who="system")
    elif row.state == Operation.State.FAILED and outcome.status is DeliveryStatus.DONE:
        OPERATION_STATES.move(row, Operation.State.WAITING, who="system")
        OPERATION_STATES.move(row, Operation.State.RUNNING, who="system")


def _ask_people(service: Service, operation: Operation, note: Words, *, who: str) -> None:
    """A driver leaves it to people; none of them is asked for what nobody wants any more."""
    if not steering.is_wanted(service, operation):
        steering.pursue(service, who=who)
    elif operation.state == Operation.State.FAILED:
        alert(f"delivery:{operation.pk}", kinds.failed(service, operation, note))
    else:
        _tell_staff(service, operation)


def _tell_staff(service: Service, operation: Operation) -> None:
    alert(f"by-hand:{operation.pk}", kinds.by_hand(service, operation))
    address = shop().support_email
    if address:
        with override(settings.LANGUAGE_CODE):
            why = str(kinds.why(service))
        mail.queue(
            fact=f"by-hand:{operation.pk}",
            to=address,
            template="by_hand",
            values={
                "kind": operation.kind,
                "service": service.name,
                "customer": service.customer.name,
                "why": why,
                "url": f"{_url()}{page_of(operation)}",
            },
            locale=settings.LANGUAGE_CODE,
        )


def _arrive(service: Service, operation: Operation, outcome: Outcome, *, who: str) -> None:
    """The service is now what the operation was to make of it; whether it shall be something else is seen at once."""
    if operation.kind == Operation.Kind.CREATE:
        _activate(service, operation, outcome, who=who)
    else:
        steering.arrive(service, operation, who=who)
    steering.pursue(service, who=who)


def _activate(service: Service, operation: Operation, outcome: Outcome, *, who: str) -> None:
    now = clock.now()
    length = LENGTHS.get(Cycle(service.cycle))
    Service.objects.filter(pk=service.pk).update(
        access_sealed=secrets.seal(outcome.access),
        activated_at=now,
        paid_until=timezone.localtime(now) + length if length else None,
    )
    SERVICE_STATES.move(service, Service.State.ACTIVE, who=who)
    customer = service.customer
    mail.queue(
        fact=f"delivered:{operation.pk}",
        to=customer.user.email,
        template="delivered",
        values={"name": customer.name, "service": service.name, "url": f"{_url()}/client/services/"},
        locale=customer.locale,
    )


def done_by_hand(*, operation_id: uuid.UUID, access: Mapping[str, str], note: str, who: str) -> None:
    """A member of staff says that a service is delivered, suspended, resumed or ended, as the operation's kind is.

    `access`, of what is delivered, is what the customer is shown, and nobody else.

    Raises:
        SaidError: it is not a person's to do (any more), see `refusal`.
    """
    with locks.transaction():
        operation = _locked(operation_id)
        said = refusal(operation)
        if said:
            raise SaidError(said)
        finish(operation, Outcome(DeliveryStatus.DONE, access=access, note=note), by=who)
        after = {"state": Operation.State.DONE, "note": note}
        verb = kinds.of(operation).verb
        _note_deed(operation, verb, after=after, secret=["access"] if access else [], who=who)


def refusal(operation: Operation) -> _StrOrPromise:
    """Why no person may say now that an operation is done, for them to read; '' where somebody may."""
    if operation.state == Operation.State.CANCELLED:
        return kinds.CALLED_OFF
    if not kinds.is_for_people(operation):
        return kinds.NOT_FOR_PEOPLE
    if not steering.is_wanted(operation.service, operation):
        return kinds.not_now(operation.service)
    return ""


def _locked(operation_id: uuid.UUID) -> Operation:
    """An operation as it stands, its service locked: whoever moves the one holds the other."""
    service_id = Operation.objects.values_list("service_id", flat=True).get(pk=operation_id)
    locks.take(Service, service_id)
    return Operation.objects.select_related("service").get(pk=operation_id)


def _note_deed(
    operation: Operation, verb: str, *, after: Mapping[str, object], who: str, secret: Sequence[str] = ()
) -> None:
    thing = audit.Thing("services.operation", str(operation.pk), operation.service.name)
    audit.record(who=who, verb=verb, on=thing, before={"state": operation.state}, after=after, secret=secret)


def try_again(*, operation_id: uuid.UUID, who: str) -> None:
    """A member of staff has mended the cause why a driver has failed. Raises IllegalMoveError; SaidError: it shall not be made now."""
    with locks.transaction():
        row = _locked(operation_id)
        if row.state == Operation.State.FAILED and not steering.is_wanted(row.service, row):
            raise SaidError(kinds.not_now(row.service))
        _note_deed(row, "service.again", after={"state": Operation.State.WAITING}, who=who)
        OPERATION_STATES.move(row, Operation.State.WAITING, who=who)
        Operation.objects.filter(pk=row.pk).update(again=True)
        enqueue("services.deliver", key=f"deliver:{row.pk}", args={"operation_id": str(row.pk)})


def release(*, by: str) -> int:
    """Let the leases of a worker that is known to be dead end now, and enqueue its operations again; returns how many."""
    with transaction.atomic():
        held = Operation.objects.filter(state=Operation.State.RUNNING, leased_by__startswith=f"{by}/")
        held.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
        return take_up_late(having=models.Q(leased_by__startswith=f"{by}/"))


def take_up_late(*, having: models.Q | None = None) -> int:
    """Enqueue operations that nobody works at: their lease has ended, or they wait for long and no job names them."""
    if elsewhere():
        return 0
    now = timezone.now()
    ended = models.Q(state=Operation.State.RUNNING, leased_until__lt=now)
    free = ~models.Q(kind=Operation.Kind.CREATE, asked=False) | models.Q(service__held_because="", service__wanted="")
    forgotten = free & models.Q(state=Operation.State.WAITING, by_hand=False, created_at__lt=now - FORGOTTEN)
    late = Operation.objects.filter(ended | forgotten).filter(having or models.Q()).extra(where=[_NO_JOB])  # noqa: S610
    names = list(late.order_by("created_at").values_list("pk", flat=True)[:500])
    for operation in names:
        enqueue("services.deliver", key=f"deliver:{operation}", args={"operation_id": str(operation)})
    return len(names)


def _url() -> str:
    address: str = settings.PUBLIC_URL
    return address

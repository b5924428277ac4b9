"""DELIVER: claim the operation, call the driver outside any transaction with the operation's id as key, store what it said."""

from __future__ import annotations

import uuid

import structlog
from django.utils.translation import gettext_noop, override

from comptoir.jobs.app import app
from comptoir.jobs.backoff import Backoff
from comptoir.jobs.worker import name as worker_name
from comptoir.kernel.words import code, words
from comptoir.modules import registry
from comptoir.modules.api import DeliveryDriver, DeliveryRequest, DeliveryStatus, Outcome
from comptoir.services import actions, steering
from comptoir.services.models import Operation

log = structlog.get_logger(__name__)
TRIES = 12


class NotYetError(Exception):
    """The driver does not know yet, or is not installed here yet: the job is tried again later."""


@app.task(name="services.deliver", retry=Backoff(first=2, longest=600, tries=TRIES))
def deliver(operation_id: str) -> None:
    """Deliver one operation. An outcome that nobody knows is asked for before anything is done again, or dropped."""
    by = worker_name()
    operation = actions.claim(uuid.UUID(operation_id), by=by)
    if operation is None:
        return
    with override(operation.service.customer.locale):
        outcome = _carry_out(operation)
    if outcome is None:
        actions.leave(operation)
        return
    actions.finish(operation, outcome, by="system")
    if outcome.status in {DeliveryStatus.UNKNOWN, DeliveryStatus.WAITING}:
        raise NotYetError(actions.note_of(outcome).english)


def _carry_out(operation: Operation) -> Outcome | None:
    """What the driver says; None where it was never told of what nobody wants now."""
    request = _request(operation)
    try:
        driver = registry.driver(operation.service.driver)
        if operation.asked:  # as it stood before this claim: an earlier try may have reached the driver
            answer = driver.ask(request)
            mended = operation.again and answer.status is DeliveryStatus.FAILED  # a person has removed the cause
            if answer.status is not DeliveryStatus.NEVER and not mended:
                return answer
        if not steering.is_wanted(operation.service, operation):
            return None
        return _run(driver, request, operation)
    except Exception as error:
        log.exception("delivery interrupted", operation=str(operation.pk))
        return Outcome(DeliveryStatus.UNKNOWN, note=code(type(error).__name__))


def _run(driver: DeliveryDriver, request: DeliveryRequest, operation: Operation) -> Outcome:
    if request.test and registry.installed()[operation.service.driver].manifest.touches_outside:
        return Outcome(DeliveryStatus.BY_HAND, note=words(gettext_noop("a test order: this driver is not called")))
    return driver.run(request)


def _request(operation: Operation) -> DeliveryRequest:
    service = operation.service
    return DeliveryRequest(
        key=str(operation.pk),
        kind=operation.kind,  # type: ignore[arg-type]  # the column's choices
        service=str(service.pk),
        product=service.name,
        settings={str(name): str(value) for name, value in service.product.driver_settings.items()},
        customer_email=service.customer.user.email,
        test=service.mode == "test",
    )

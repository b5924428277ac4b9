"""What the team is told of an operation, by its kind: who shall suspend or end a service must never read that it is to be delivered.

The mail is in `templates/mail/by_hand.txt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _, gettext_noop, pgettext_lazy

from comptoir.kernel.words import Words, words
from comptoir.services.models import Operation, Service

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Kind = Operation.Kind

# Alerts: what has become of the service, what it means for the money, and what is to be done. A list shows their beginning.
FAILED: dict[str, str] = {
    Kind.CREATE: gettext_noop(
        "%(service)s is paid and could not be delivered (%(note)s): its customer waits. "
        "Mend the cause and have it tried again, or deliver it yourself and mark it as delivered."
    ),
    Kind.RESUME: gettext_noop(
        "%(service)s could not be resumed (%(note)s): it is still suspended, though nothing stands against it any more. "
        "Mend the cause and have it tried again, or switch it on yourself and mark it as resumed. "
        "No money is charged or given back by this."
    ),
}
FAILED_TO_STOP: dict[str, str] = {
    Kind.SUSPEND: gettext_noop(
        "%(service)s could not be suspended (%(note)s): it still runs, though it shall not: %(why)s. "
        "Mend the cause and have it tried again, or shut it off yourself, keep its data and mark it "
        "as suspended. No money is charged or given back by this."
    ),
    Kind.END: gettext_noop(
        "%(service)s could not be ended (%(note)s): it is still in place, though it shall end: %(why)s. "
        "Mend the cause and have it tried again, or shut it down yourself and mark it as ended. "
        "No money is charged or given back by this."
    ),
}
BY_HAND: dict[str, str] = {
    Kind.CREATE: gettext_noop(
        "To be delivered by hand: %(service)s for %(customer)s. It is paid. Deliver it, then mark it as delivered."
    ),
    Kind.RESUME: gettext_noop(
        "To be resumed by hand: %(service)s of %(customer)s. Nothing stands against it any more. Switch it on as it was, "
        "then mark it as resumed. No money is charged or given back by this."
    ),
}
STOP_BY_HAND: dict[str, str] = {
    Kind.SUSPEND: gettext_noop(
        "To be suspended by hand: %(service)s of %(customer)s. Why: %(why)s. "
        "Shut it off and keep its data, then mark it as suspended. No money is charged or given back by this."
    ),
    Kind.END: gettext_noop(
        "To be ended by hand: %(service)s of %(customer)s. Why: %(why)s. "
        "Shut it down and do not deliver it again, then mark it as ended. No money is charged or given back by this."
    ),
}


def failed(service: Service, operation: Operation, note: Words) -> Words:
    """A driver could not do it, for good; `note`: its reason, if it gives one."""
    reason = note or words(gettext_noop("the driver gives no reason"))
    if operation.kind in FAILED_TO_STOP:
        return words(FAILED_TO_STOP[operation.kind], service=service.name, note=reason, why=why(service))
    return words(FAILED[operation.kind], service=service.name, note=reason)


def by_hand(service: Service, operation: Operation) -> Words:
    """It is left to people."""
    whose = str(service.customer)
    if operation.kind in STOP_BY_HAND:
        return words(STOP_BY_HAND[operation.kind], service=service.name, customer=whose, why=why(service))
    return words(BY_HAND[operation.kind], service=service.name, customer=whose)


def why(service: Service) -> Words:
    """Why a service shall be suspended, or end."""
    return service.wanted_because or words(gettext_noop("your team has decided so"))


# ------------------------------------------------------------------ what is not, or no more, a person's to do

# Of the list of what people are asked for: what is held back is asked of nobody.
ASKED_OF_PEOPLE = Q(state=Operation.State.WAITING, by_hand=True) & (
    ~Q(kind=Kind.CREATE) | Q(service__held_because="", service__wanted="")
)
NOT_FOR_PEOPLE = _("This is not waiting for a person (any more). Nothing was changed.")
CALLED_OFF = _(
    "This is not to be done any more: it was called off meanwhile. Nothing was changed here, and no money is charged or given back "
    "by this. If you have done it already, undo it; where something else is to be done instead, your team is told."
)
NOT_NOW = _(
    "This shall not be delivered now: %(why)s. Nothing was changed here, and no money is charged or given back by this. "
    "If you have delivered it already, shut it off; your team is asked again once it may be delivered."
)


def is_for_people(operation: Operation) -> bool:
    """Whether a person may end it: left to people, or failed; what a driver is about to do is the driver's."""
    waits = operation.state == Operation.State.WAITING and operation.by_hand
    return waits or operation.state == Operation.State.FAILED


def why_not_now(service: Service) -> list[Words]:
    """Why a service is not to be delivered for the time being; nothing where it is."""
    said = [each for each in (service.wanted_because, service.held_because) if each]
    if service.wanted and not said:
        return [words(gettext_noop("your team has decided so"))]
    return said


def not_now(service: Service) -> str:
    """The answer to somebody who says that it is delivered."""
    return str(NOT_NOW) % {"why": "; ".join(str(each) for each in why_not_now(service))}


@dataclass(frozen=True, slots=True)
class Said:
    """What the back office says of one kind. `name` has a place for the service; `asked` and `moved` for its name and the state."""

    noun: _StrOrPromise
    name: _StrOrPromise
    asked: _StrOrPromise
    moved: _StrOrPromise
    by_hand: _StrOrPromise
    to_do: _StrOrPromise
    failed: _StrOrPromise
    to_mend: _StrOrPromise
    means: _StrOrPromise  # what the button then does
    button: _StrOrPromise
    done: _StrOrPromise
    verb: str  # of the audit trail


def of(operation: Operation) -> Said:
    """What the back office says of an operation."""
    return SAID[operation.kind]


SAID: dict[str, Said] = {
    Kind.CREATE: Said(
        noun=_("Delivery"),
        name=_("Delivery of %(service)s"),
        asked=_("The delivery of {name} was asked for: {state}"),
        moved=_("Delivery of {name}: {state}"),
        by_hand=_("To be delivered by hand"),
        to_do=_("It is paid, and its customer waits. Deliver it, then say so below."),
        failed=_("This delivery failed"),
        to_mend=_("It is paid. Mend the cause and have it tried again, or deliver it yourself and say so below."),
        means=_(
            "Marked as delivered, the service is active here from now on, and its customer is told by mail. "
            "Nothing more is charged by this."
        ),
        button=_("Mark as delivered"),
        done=_("Delivered. The customer is told by mail."),
        verb="service.delivered",
    ),
    Kind.SUSPEND: Said(
        noun=_("Suspension"),
        name=_("Suspension of %(service)s"),
        asked=_("The suspension of {name} was asked for: {state}"),
        moved=_("Suspension of {name}: {state}"),
        by_hand=_("To be suspended by hand"),
        to_do=_("It shall not run for now. Shut it off and keep its data, then say so below."),
        failed=_("This suspension failed"),
        to_mend=_(
            "It still runs, though it shall not for now. "
            "Mend the cause and have it tried again, or shut it off yourself, keep its data and say so below."
        ),
        means=_(
            "Marked as suspended, the service no longer counts as running, and its customer is told by mail. "
            "No money is charged or given back by this."
        ),
        button=_("Mark as suspended"),
        done=_("Suspended. The customer is told by mail."),
        verb="service.suspended",
    ),
    Kind.RESUME: Said(
        noun=_("Resumption"),
        name=_("Resumption of %(service)s"),
        asked=_("The resumption of {name} was asked for: {state}"),
        moved=_("Resumption of {name}: {state}"),
        by_hand=_("To be resumed by hand"),
        to_do=_(
            "It is suspended, and nothing stands against it any more: its customer may use it again. "
            "Switch it on as it was, then say so below."
        ),
        failed=_("This resumption failed"),
        to_mend=_(
            "It is still suspended, though nothing stands against it any more. "
            "Mend the cause and have it tried again, or switch it on yourself and say so below."
        ),
        means=_(
            "Marked as resumed, the service is active here again, and its customer is told by mail. "
            "No money is charged or given back by this."
        ),
        button=_("Mark as resumed"),
        done=_("Resumed. The customer is told by mail."),
        verb="service.resumed",
    ),
    Kind.END: Said(
        noun=pgettext_lazy("of a service", "End"),
        name=_("End of %(service)s"),
        asked=_("The end of {name} was asked for: {state}"),
        moved=_("End of {name}: {state}"),
        by_hand=_("To be ended by hand"),
        to_do=_("It ends for good. Shut it down and set nothing up again, then say so below."),
        failed=_("The end of this service failed"),
        to_mend=_(
            "It is still in place, though it shall end for good. "
            "Mend the cause and have it tried again, or shut it down yourself and say so below."
        ),
        means=_(
            "Marked as ended, the service is over here for good and cannot be resumed, and its customer is told by mail. "
            "No money is charged or given back by this."
        ),
        button=_("Mark as ended"),
        done=_("Ended. The customer is told by mail."),
        verb="service.ended",
    ),
}

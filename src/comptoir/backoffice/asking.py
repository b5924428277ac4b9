"""An id that nobody here knows: the provider is asked, in each account and mode of which we have the keys."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.urls import reverse

from comptoir.inbox import actions as inbox
from comptoir.inbox.models import Wish
from comptoir.kernel.shown import page_of
from comptoir.kernel.words import Words, code, said
from comptoir.modules import queries, registry
from comptoir.modules.api import Account, CallRefusedError, Mode, OutcomeUnknownError, Subject
from comptoir.payments.models import Foreign, Payment, PaymentReference, Payout

PATIENCE_SECONDS = 15.0  # for a person who waits; no further account is asked then, and a call has its own limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the question in one account and mode: nothing known there, or a problem, or it was not asked in time."""

    account: str
    mode: Mode
    problem: Words | None = None
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the id was found; else what each account answered."""

    found: Subject | None
    answers: tuple[Answer, ...]


def ask(gateway: str, reference: str, *, patience: float = PATIENCE_SECONDS) -> Asked:
    """Ask the provider for an id, the accounts in use first; where it is found, wish for a look. Outside any transaction.

    `patience`: seconds after which no further account is asked.
    """
    until = time.monotonic() + patience
    answers: list[Answer] = []
    for account in queries.accounts(gateway):
        if time.monotonic() > until:
            answers.append(Answer(account.account, account.mode, asked=False))
            continue
        found = _resolved(gateway, account, reference, answers)
        if found is not None:
            inbox.wish(found)
            return Asked(found, tuple(answers))
    return Asked(None, tuple(answers))


def _resolved(gateway: str, account: Account, reference: str, answers: list[Answer]) -> Subject | None:
    problem: Words | None = None
    try:
        found = registry.gateway(gateway).resolve(account, reference)
    except OutcomeUnknownError as error:
        problem = said(error.cause)
    except CallRefusedError as error:
        problem = code(error.code)
    else:
        if found is not None:
            return found
    answers.append(Answer(account.account, account.mode, problem))
    return None


@dataclass(frozen=True, slots=True)
class Awaited:
    """How a look that was asked for stands: `url` where there is something to show; else whether somebody still looks."""

    url: str = ""
    waiting: bool = False
    problem: Words | None = None


def awaited(subject: Subject) -> Awaited | None:
    """What has become of a found subject; None where nobody asked for it."""
    key = {"module": subject.module, "account": subject.account, "mode": subject.mode}
    known = PaymentReference.objects.filter(**key, reference=subject.id).select_related("payment", "attempt").first()
    if known is not None and known.payment is not None:
        return Awaited(url=_url_of(known.payment))
    wish = Wish.objects.filter(**key, kind=subject.kind, external_id=subject.id).first()
    if known is not None and known.attempt is not None and (wish is None or wish.wanted <= wish.done):
        return Awaited(url=page_of(known.attempt))
    foreign = Foreign.objects.filter(**key, reference=subject.id).first()
    if foreign is not None:
        return Awaited(url=reverse("backoffice:foreign", args=[foreign.module, foreign.pk]))
    payout = Payout.objects.filter(**key, reference=subject.id).first()
    if payout is not None:
        return Awaited(url=reverse("backoffice:payout", args=[payout.pk]))
    if wish is None:
        return None
    return Awaited(waiting=wish.wanted > wish.done, problem=wish.problem or None)


def _url_of(payment: Payment) -> str:
    return reverse("backoffice:payment", args=[payment.module, payment.pk])

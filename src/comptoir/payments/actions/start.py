"""OUT: one payable attempt an invoice; the attempt and its random key are stored before the provider is called."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _, gettext_noop, override

from comptoir.inbox import actions as inbox, pace
from comptoir.invoices.models import Invoice
from comptoir.jobs.queue import enqueue
from comptoir.kernel import clock, locks
from comptoir.kernel.errors import SaidError
from comptoir.kernel.money import Money
from comptoir.kernel.records import alert
from comptoir.kernel.secrets import UnsealError
from comptoir.kernel.whereabouts import elsewhere
from comptoir.kernel.words import NOTHING, Words, code, said, words
from comptoir.ledger.queries import owed_on
from comptoir.modules import queries as modules, registry
from comptoir.modules.api import (
    Account,
    Buyer,
    CallRefusedError,
    CheckoutRequest,
    NoOffer,
    OutcomeUnknownError,
    PaymentGateway,
    Started,
    Subject,
)
from comptoir.orders.models import Order
from comptoir.payments.actions import limits
from comptoir.payments.actions.settle import settle
from comptoir.payments.models import ATTEMPT_STATES, PAYABLE, Attempt, Payment, PaymentReference

log = structlog.get_logger(__name__)
PAGE_LIVES = dt.timedelta(hours=1)
PAGE_LEAST = dt.timedelta(minutes=35)  # Stripe makes no page that closes within 30 minutes; clocks differ a little
UNAVAILABLE = _(
    "This way of paying is not available at the moment. Nothing was charged; please choose another one or write to us."
)
NO_ANSWER = _(
    "The payment service does not answer at the moment. Nothing was charged; please try again in a few minutes."
)
NOT_OPENED = _("The payment page could not be opened. Nothing was charged; our team is told. Please try again later.")
CALL_SECONDS = 120  # longer than the slowest start: two calls, each tried twice, 25 s a try


@dataclass(frozen=True, slots=True)
class Ready:
    """An attempt whose page can be visited; `url` is '' while somebody else is still asking for it."""

    attempt: Attempt
    url: str


def start(*, invoice_id: int, gateway: str | None, who: str, network: str | None = None) -> Ready:
    """Have an invoice paid on the provider's page: the open page of its attempt, or a new one. Never inside a transaction.

    `network`: of the visitor who asks (`limits.network`): then how often is limited. None where nobody does.

    Raises:
        SaidError: it cannot be paid now; the sentence says why and what to do. Nothing was charged.
    """
    if home := elsewhere():
        raise SaidError(UNAVAILABLE, cause=f"this database is at home at {home}")
    attempt = _claim(invoice_id, gateway=gateway, who=who, network=network)
    if attempt.state == Attempt.State.OPEN:
        return Ready(attempt, attempt.url if _still_open(attempt) else "")
    if not may_call(attempt):
        return Ready(attempt, "")
    if attempt.expires_at - clock.now() > PAGE_LEAST:
        return call(attempt)
    # Asked for long ago, without an answer: its words cannot be repeated any more. What that call has made is looked for first.
    return _looked_for(attempt) or start(invoice_id=invoice_id, gateway=gateway, who=who, network=network)


def _still_open(attempt: Attempt) -> bool:
    """Whether its page's time has not run out; where it has, somebody looks, and the next click begins anew."""
    subject = subject_of(attempt)
    if attempt.expires_at > clock.now() or subject is None:
        return True
    inbox.wish(subject)
    return False


def _claim(invoice_id: int, *, gateway: str | None, who: str, network: str | None = None) -> Attempt:
    """The invoice's payable attempt: the one that is there, or a new one; the partial unique index lets only one be."""
    with locks.transaction():
        invoice = locks.take(Invoice, invoice_id)
        refuse_unpayable(invoice)
        there = Attempt.objects.filter(invoice=invoice, state__in=PAYABLE).first()
        if there is not None:
            _refuse_other_way(there, gateway)
            _refuse_other_amount(there, owed_on(invoice))
            return there  # a call without answer is repeated with the same key; the sweep ends what is older than a minute or two
        if network is not None:
            limits.refuse_too_many(invoice, of=network)
        account = _willing(invoice, gateway or _gateway_of(invoice))
        now = clock.now()
        attempt = Attempt.objects.create(
            invoice=invoice,
            module=gateway or _gateway_of(invoice),
            account=account.account,
            mode=account.mode,
            amount_minor=owed_on(invoice).minor,
            currency=invoice.currency,
            revision=invoice.revision,
            network=network or "",
            created_at=now,
            expires_at=now + PAGE_LIVES,
        )
        ATTEMPT_STATES.born(attempt, who=who)
        if network is not None:
            limits.note_begun(attempt)
        return attempt


def _willing(invoice: Invoice, gateway: str) -> Account:
    """The account by which what is owed now can be paid: asked under the invoice's lock, whatever a page has shown. Raises SaidError."""
    account = modules.offered_account(gateway)
    if account is None or (invoice.total_minor and account.mode != invoice.mode):
        raise SaidError(UNAVAILABLE, cause="gateway off, not configured, or in another mode than the invoice")
    offer = registry.gateway(gateway).offer(account, owed_on(invoice))
    if isinstance(offer, NoOffer):
        with override("en"):
            cause = str(offer.why)
        raise SaidError(offer.sentence or UNAVAILABLE, cause=cause)
    return account


def _refuse_other_way(there: Attempt, gateway: str | None) -> None:
    if gateway and there.module != gateway:
        raise SaidError(
            _(
                "A payment of this invoice was begun in another way. Nothing was charged; "
                "please finish it there, or come back in an hour, when its page has closed."
            )
        )


def _refuse_other_amount(there: Attempt, owed: Money) -> None:
    """A page over more than is still owed must not be paid any more: it is being closed, then the next one is over the rest."""
    if there.amount != owed and there.state in {Attempt.State.CREATED, Attempt.State.OPEN}:
        raise SaidError(
            _(
                "What you have to pay has changed, and the page over the earlier amount is being closed. Nothing was charged; "
                "please press again in a minute."
            )
        )


def refuse_unpayable(invoice: Invoice) -> None:
    """Refuse what would have an invoice paid that is not to be paid now. Raises SaidError."""
    if invoice.state == Invoice.State.IN_PROGRESS:
        raise SaidError(
            _(
                "A payment of this invoice is in progress. You have nothing to do; we tell you as soon as it is confirmed."
            )
        )
    if invoice.state != Invoice.State.OPEN:
        raise SaidError(_("This invoice is not to be paid (any more). Nothing was charged."))
    if Payment.objects.filter(invoice=invoice, state=Payment.State.HELD).exists():
        raise SaidError(
            _(
                "A payment of this invoice has arrived and is being checked by our team. Please do not pay again; we write to you."
            )
        )


def _gateway_of(invoice: Invoice) -> str:
    return invoice.order.gateway if invoice.order else ""


def may_call(attempt: Attempt) -> bool:
    """Only one process at a time asks for the page of an attempt; a conditional UPDATE says which."""
    now = timezone.now()
    free = models.Q(calling_until=None) | models.Q(calling_until__lt=now)
    rows = Attempt.objects.filter(free, pk=attempt.pk, state=Attempt.State.CREATED)
    return bool(rows.update(calling_until=now + dt.timedelta(seconds=CALL_SECONDS)))


def call(attempt: Attempt) -> Ready:
    """Ask the provider for the page of an attempt that the caller has claimed, with the attempt's own key; store the answer.

    Raises:
        SaidError: refused for good (the attempt is ended), or the outcome is unknown (the attempt stays: the same key is used again).
    """
    gateway, account = _at_provider(attempt)
    where = (attempt.module, attempt.account, attempt.mode)
    try:
        started = gateway.start(account, request_of(attempt))
        pace.answered(*where)
    except CallRefusedError as error:
        ended(attempt, why=code(error.code))
        _tell_refused(attempt, error)
        raise SaidError(error.sentence or NOT_OPENED, cause=error.code) from error
    except OutcomeUnknownError as error:
        pace.note(*where, error)
        return _after_unknown(attempt, gateway, account, error)
    return opened(attempt, started)


def _tell_refused(attempt: Attempt, error: CallRefusedError) -> None:
    """Staff are told; where the amount was the reason (there is a sentence for the customer then), of that invoice alone."""
    told = {"module": registry.title(attempt.module), "code": code(error.code)}
    if not error.sentence:
        text = gettext_noop("Customers cannot pay by %(module)s: it refuses to start payments (%(code)s)")
        alert(f"refused:{attempt.module}:{error.code}", words(text, **told))
        return
    refused = gettext_noop(
        "Invoice %(number)s cannot be paid by %(module)s, which does not take %(amount)s (%(code)s). The customer has read why."
    )
    number = code(attempt.invoice.number or "")
    alert(
        f"refused:{attempt.module}:{error.code}:{attempt.invoice_id}",
        words(refused, number=number, amount=attempt.amount, **told),
    )


def _after_unknown(attempt: Attempt, gateway: PaymentGateway, account: Account, error: OutcomeUnknownError) -> Ready:
    """A stored failure is replayed for ever under its key: look first, then end the attempt. Else the same key serves again."""
    cause = said(error.cause)
    log.warning("outcome unknown", attempt=str(attempt.pk), cause=cause.english)
    if error.replayed:
        why = words(gettext_noop("this call cannot be repeated: %(cause)s"), cause=cause)
        with suppress(OutcomeUnknownError):
            found = find_or_end(attempt, gateway, account, why=why)
            if found is not None:
                return found
    Attempt.objects.filter(pk=attempt.pk).update(failure=cause, calling_until=None)
    raise SaidError(NO_ANSWER, cause=cause.english) from error


def _looked_for(attempt: Attempt) -> Ready | None:
    """What became of a call whose answer nobody knows and that the caller has claimed; None: nothing, the attempt is ended.

    Raises SaidError: the provider does not answer.
    """
    gateway, account = _at_provider(attempt)
    try:
        found = find_or_end(attempt, gateway, account)
    except OutcomeUnknownError as error:
        pace.note(attempt.module, attempt.account, attempt.mode, error)
        Attempt.objects.filter(pk=attempt.pk).update(calling_until=None)
        raise SaidError(NO_ANSWER, cause=said(error.cause).english) from error
    pace.answered(attempt.module, attempt.account, attempt.mode)
    return found


def find_or_end(attempt: Attempt, gateway: PaymentGateway, account: Account, *, why: Words = NOTHING) -> Ready | None:
    """The page that an earlier call has made; where it has made none the attempt is ended. Raises OutcomeUnknownError."""
    found = gateway.find(account, request_of(attempt))
    if found is not None:
        return opened(attempt, found)
    ended(attempt, why=why)
    return None


def _at_provider(attempt: Attempt) -> tuple[PaymentGateway, Account]:
    """Whom to call for an attempt that the caller has claimed; where that cannot be now it is free again. Raises SaidError."""
    try:
        gateway = registry.gateway(attempt.module)
        account = modules.account(module=attempt.module, account=attempt.account, mode=attempt.mode)  # type: ignore[arg-type]
    except (registry.ModuleMissingError, modules.AccountMissingError, UnsealError) as error:
        Attempt.objects.filter(pk=attempt.pk).update(calling_until=None)
        alert(
            f"not-callable:{attempt.module}:{attempt.account}",
            words(
                gettext_noop("Customers cannot pay by %(module)s: %(why)s"),
                module=registry.title(attempt.module),
                why=error.words,
            ),
        )
        raise SaidError(UNAVAILABLE, cause=error.words.english) from error
    if pace.is_silent(attempt.module, attempt.account, attempt.mode):
        # nobody waits half a minute for one more call without an answer
        Attempt.objects.filter(pk=attempt.pk).update(calling_until=None)
        raise SaidError(NO_ANSWER, cause="the provider has not answered several calls; not called again yet")
    return gateway, account


def request_of(attempt: Attempt) -> CheckoutRequest:
    """What the provider is asked for; the same words at every repetition, as idempotency keys demand."""
    invoice = attempt.invoice
    page = f"{settings.PUBLIC_URL}/pay/{invoice.pay_token}/"
    with override(invoice.locale):
        description = gettext("Invoice %(number)s") % {"number": invoice.number}
    return CheckoutRequest(
        attempt=str(attempt.pk),
        key=str(attempt.key),
        amount=attempt.amount,
        description=description,
        buyer=Buyer(
            reference=str(invoice.customer_id),
            email=invoice.billed_to["email"],
            name=invoice.billed_to["name"],
            locale=invoice.locale,
        ),
        return_url=f"{page}?back=done",
        cancel_url=f"{page}?back=cancel",
        created_at=attempt.created_at,
        expires_at=attempt.expires_at,
    )


def opened(attempt: Attempt, started: Started) -> Ready:
    """Store the provider's page. The answer of our own call counts as a look; one that comes twice changes nothing.

    Where the invoice was paid in another way meanwhile, the page is closed at once and nobody is sent to it.
    """
    with locks.transaction():
        invoice = locks.take(Invoice, attempt.invoice_id)
        row = locks.take(Attempt, attempt.pk)
        _store_page(row, started)
        if row.state == Attempt.State.CREATED:
            ATTEMPT_STATES.move(row, Attempt.State.OPEN, who=row.module)
        wanted = invoice.state == Invoice.State.OPEN and row.state == Attempt.State.OPEN
        if not wanted:
            enqueue("payments.end", key=f"end:{row.pk}", args={"attempt_id": str(row.pk)})
    row.refresh_from_db()
    return Ready(row, row.url if wanted else "")


def _store_page(row: Attempt, started: Started) -> None:
    Attempt.objects.filter(pk=row.pk).update(
        subject_kind=started.subject.kind,
        reference=started.subject.id,
        url=started.url,
        calling_until=None,
        expires_at=started.expires_at or row.expires_at,
        failure=NOTHING,
    )
    PaymentReference.objects.get_or_create(
        module=row.module,
        account=row.account,
        mode=row.mode,
        reference=started.subject.id,
        defaults={"kind": started.subject.kind, "attempt": row},
    )


def ended(attempt: Attempt, *, why: Words) -> None:
    """End an attempt on which nothing can be paid, so that another one may begin."""
    with locks.transaction():
        invoice_id, order_id = attempt.invoice_id, attempt.invoice.order_id
        order = locks.take(Order, order_id) if order_id else None
        invoice = locks.take(Invoice, invoice_id)
        row = locks.take(Attempt, attempt.pk)
        if row.state in PAYABLE:
            Attempt.objects.filter(pk=row.pk).update(failure=why, calling_until=None)
            ATTEMPT_STATES.move(row, Attempt.State.ENDED, who=row.module, why=why)
        settle(invoice=invoice, order=order, who=row.module)


def subject_of(attempt: Attempt) -> Subject | None:
    """What to look at for an attempt; None while the provider has made nothing for it, as far as we know."""
    if not attempt.reference:
        return None
    return Subject(attempt.module, attempt.account, attempt.mode, attempt.subject_kind, attempt.reference)  # type: ignore[arg-type]

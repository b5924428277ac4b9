"""What the processes of a race do; each is one function of a few lines, called in a process of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from typing import Any

from comptoir.modules.api import Account, Envelope, Subject


def store(*, event: str, subject: str) -> bool:
    """Store a notice."""
    from comptoir.inbox.actions import store as store_notice

    wished = Subject("stripe", "acct_1", "test", "payment", subject)
    envelope = Envelope(
        event, "payment_intent.succeeded", dt.datetime.now(dt.UTC), "acct_1", "test", wished, "succeeded"
    )
    return store_notice(envelope, module="stripe", payload=b"{}")


def start_due() -> int:
    """Have the provider's list read, as a sweep does."""
    from comptoir.inbox import catchup

    return catchup.start_due()


def claim_wish() -> str:
    """Claim the wish that is due."""
    from comptoir.inbox.actions import claim

    claimed = claim(by=str(uuid.uuid4()))
    return claimed.subject.id if claimed else ""


def look(*, api_base: str, attempt: str, read_at: dt.datetime) -> str:
    """Read an attempt's page afresh and observe it, as a worker does; both were told the same time, so neither read is the older."""
    from comptoir.modules import queries, registry
    from comptoir.payments.actions.observe import observe
    from comptoir.payments.actions.start import subject_of
    from comptoir.payments.models import Attempt

    _use(api_base)
    row = Attempt.objects.get(pk=attempt)
    subject = subject_of(row)
    assert subject is not None
    account = queries.account(module=row.module, account=row.account, mode="test")
    seen = registry.gateway(row.module).look(account, subject)
    observe(seen, read_at=read_at)
    return str(getattr(seen, "status", ""))


def start(*, api_base: str, invoice: int) -> str:
    """Press *pay* on an invoice."""
    from comptoir.payments.actions.start import start as start_payment

    _use(api_base)
    return str(start_payment(invoice_id=invoice, gateway="stripe", who="test").attempt.pk)


def place(*, basket: str, customer: int, total_minor: int) -> str:
    """Press *order* on a basket. A refusal is an answer."""
    from comptoir.catalogue.queries import shop
    from comptoir.customers.models import Customer
    from comptoir.kernel.errors import SaidError
    from comptoir.kernel.money import Money
    from comptoir.payments.actions.place import place as place_order
    from comptoir.payments.queries import choices

    buyer = Customer.objects.get(pk=customer)
    try:
        invoice = place_order(
            basket_key=uuid.UUID(basket),
            customer=buyer,
            shop=shop(),
            choice=choices(customer=buyer, amount=Money(total_minor, "EUR"))[0],
            shown_total_minor=total_minor,
            locale="fr",
            who="test",
        )
    except SaidError:
        return "refused"
    return str(invoice.number)


def deliver(*, operation: str) -> None:
    """Take a delivery job."""
    from comptoir.services.tasks import deliver as deliver_operation

    deliver_operation(operation)


def claim_mail(*, mail: int) -> bool:
    """Claim a mail for sending, as its job does."""
    from comptoir.mail.actions import claim

    return claim(mail) is not None


def decide_mail(*, mail: int, deed: str) -> bool:
    """Decide about an uncertain mail."""
    from comptoir.mail import actions

    decide = actions.send_again if deed == "again" else actions.mark_sent
    return decide(mail_id=mail, who=f"staff:{deed}@example.org")


def number(*, series: str) -> int:
    """Take the next number of a series."""
    from comptoir.kernel import locks
    from comptoir.kernel.records import next_number

    with locks.transaction():
        return next_number(series)


def stripe_customer(*, api_base: str, secret_key: str) -> str:
    """Ask for the Stripe customer of a buyer."""
    from comptoir.modules.api import Buyer
    from comptoir_stripe.checkout import customer

    account = Account("acct_1", "test", "installation", {"secret_key": secret_key}, api_base=api_base)
    return customer(account, Buyer("1", "alice@example.org", "Alice Durand", "fr"))


def use_credit(*, invoice: int) -> int:
    """Use a customer's credit on an invoice; how much was used, in minor units."""
    from comptoir.invoices.models import Invoice
    from comptoir.kernel import locks
    from comptoir.ledger import credit

    with locks.transaction():
        return credit.use(invoice=locks.take(Invoice, invoice), who="test").minor


def use_or_take(*, deed: str, invoice: int, minor: int) -> int:
    """Use a customer's credit on an invoice, or take it because the money that it came from goes back; how much, in minor units."""
    from comptoir.invoices.models import Invoice
    from comptoir.kernel import clock, locks
    from comptoir.kernel.money import Money
    from comptoir.ledger import actions as ledger, credit

    amount = Money(minor, "EUR")
    with locks.transaction():
        row = locks.take(Invoice, invoice)
        if deed == "use":
            return credit.use(invoice=row, who="test").minor
        entry = ledger.record(
            source="stripe",
            account="acct_1",
            mode=row.mode,
            kind="refund",
            reference="re_1",
            payment="pi_1",
            amount=-amount,
            occurred_at=clock.now(),
        )
        taken = credit.take(
            customer_id=row.customer_id, mode=row.mode, amount=amount, reference="taken:re_1", entry=entry, who="stripe"
        )
        return taken.minor


def spend_credit(*, invoice: int, minor: int, who: str) -> int:
    """Press the button that uses credit on an invoice, as a page has shown it; how much was used, in minor units."""
    from comptoir.kernel.money import Money
    from comptoir.payments.actions.spend import use_credit as spend

    return spend(invoice_id=invoice, who=who, agreed=Money(minor, "EUR"), used_before=Money(0, "EUR")).minor


def record_transfer(*, invoice: int, minor: int, who: str) -> str:
    """Record a transfer with the same reference. A refusal is an answer."""
    import datetime as dt

    from comptoir.kernel.errors import SaidError
    from comptoir.kernel.money import Money
    from comptoir.ledger.models import Source
    from comptoir.payments.actions.record import record_payment

    try:
        told = record_payment(
            invoice_id=invoice,
            source=Source.TRANSFER,
            amount=Money(minor, "EUR"),
            reference="VIR 1",
            occurred_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
            who=who,
        )
    except SaidError:
        return "refused"
    return "again" if told.again else "recorded"


def add_credit(*, customer: int, minor: int, reference: str) -> None:
    """Book an overpayment as credit."""
    from comptoir.kernel import locks
    from comptoir.kernel.money import Money
    from comptoir.ledger import credit
    from comptoir.ledger.models import CreditEntry

    with locks.transaction():
        credit.add(
            customer_id=customer,
            mode="test",
            amount=Money(minor, "EUR"),
            kind=CreditEntry.Kind.OVERPAYMENT,
            reference=reference,
            who="test",
        )


def decide(*, payment: int, deed: str) -> str:
    """Decide what becomes of a held payment. A refusal is an answer."""
    from comptoir.kernel.errors import SaidError
    from comptoir.payments.actions import review

    try:
        (review.accept if deed == "accept" else review.keep_as_credit)(payment_id=payment, who=f"staff:{deed}")
    except SaidError as error:
        return "decided" if error.sentence is review.DECIDED else "refused"
    return deed


def at_settings(*, deed: str, account: str = "", values: dict[str, str] | None = None) -> object:
    """Store good keys of an account, store some of its values, or say yes to the account that waits."""
    from comptoir.modules import actions
    from comptoir.modules.api import Connection

    if deed == "yes":
        return actions.use_waiting(module="stripe", mode="test", who="test")
    if deed == "values":
        actions.store_values(module="stripe", account=account, mode="test", values=values or {}, who="test")
        return None
    found = Connection(account=account, findings=())
    return actions.store_tested(module="stripe", mode="test", connection=found, values=values or {}, who="test")


def _use(api_base: str) -> None:
    """Let the modules of this process call the test's simulator."""
    from comptoir.conf import conf
    from comptoir.modules import queries

    settings: Any = conf().model_copy(update={"stripe_api_base": api_base})
    vars(queries)["conf"] = lambda: settings


def ask_refund(*, payment: int, minor: int, who: str) -> str:
    """Ask for a part of a payment to be given back. A refusal is an answer."""
    from comptoir.kernel.errors import SaidError
    from comptoir.kernel.money import Money
    from comptoir.payments.actions.refund import request

    try:
        return request(
            refund_id=uuid.uuid4(),
            payment_id=payment,
            amount=Money(minor, "EUR"),
            reason="",
            note="",
            policy="keep",
            who=who,
        ).state
    except SaidError:
        return "refused"


def see_to_refund(*, refund: str, payment: int, how: str) -> str:
    """See to a failed refund: `again` asks for all of it once more, `aside` says that the customer has it. A refusal is an answer."""
    from comptoir.kernel.errors import SaidError
    from comptoir.payments.actions.refund import put_aside

    if how == "again":
        return ask_refund(payment=payment, minor=9990, who="staff:boris@example.org")
    try:
        put_aside(refund_id=uuid.UUID(refund), who="staff:olive@example.org")
    except SaidError:
        return "refused"
    return "aside"


def call_refund(*, refund: str) -> int:
    """Carry a refund out, as a worker does; how often the till was asked for money."""
    from comptoir_cash.module import GivesBack

    from comptoir.payments.actions.refund_call import NotYetError, carry_out

    with suppress(NotYetError):  # the other one calls
        carry_out(uuid.UUID(refund))
    return len(GivesBack.calls)


def unclaimed_refund(refund_id: uuid.UUID) -> Any:
    """`refund_call._claim` that claims nothing."""
    from comptoir.payments.models import Refund

    return Refund.objects.select_related("payment").get(pk=refund_id)


def send_evidence(*, api_base: str, dispute: int, who: str) -> str:
    """Send a dispute's evidence to the bank. A refusal is an answer."""
    from comptoir.kernel.errors import SaidError
    from comptoir.payments.actions import answer

    _use(api_base)
    try:
        answer.send(dispute_id=dispute, who=who)
    except SaidError:
        return "refused"
    return "sent"


def at_invoice(*, api_base: str, invoice: int, deed: str, minor: int = 0) -> str:
    """Press *pay*, change what its one line costs, give a discount, or cancel its order. A refusal is an answer."""
    from comptoir.invoices.models import Invoice
    from comptoir.kernel.errors import SaidError
    from comptoir.kernel.money import Money
    from comptoir.payments.actions.cancel import cancel
    from comptoir.payments.actions.change import Change, change

    row = Invoice.objects.get(pk=invoice)
    try:
        if deed == "pay":
            start(api_base=api_base, invoice=invoice)
        elif deed == "cancel":
            cancel(order_id=row.order_id or 0, why="", who="test")
        else:
            line = row.lines.earliest("pk").pk
            wanted = Change(line, "discount" if deed == "discount" else "price", Money(minor, "EUR"), "")
            change(invoice_id=invoice, wanted=wanted, revision=0, who="test")
    except SaidError:
        return "refused"
    return deed


def release(*, order: int, who: str) -> str:
    """Let a held order be delivered. A refusal is an answer."""
    from comptoir.kernel.errors import SaidError
    from comptoir.payments.actions import holds

    try:
        holds.release(order_id=order, who=who)
    except SaidError:
        return "refused"
    return "released"


def tally() -> None:
    """Count something that has happened."""
    from comptoir.kernel import locks
    from comptoir.payments.actions import tallies

    with locks.transaction():
        tallies.count("failed:newcomers")

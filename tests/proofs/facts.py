"""What must hold of our own rows whenever a run has settled; each a list of sentences that say what does not."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from tests.proofs.oracle import Books, rows
from tests.proofs.spy import Spy

from comptoir.invoices.models import INVOICE_STATES
from comptoir.kernel.states import States
from comptoir.mail.models import MAIL_STATES
from comptoir.orders.models import ORDER_STATES
from comptoir.payments.models import (
    ATTEMPT_STATES,
    DISPUTE_STATES,
    PAYMENT_STATES,
    PAYOUT_STATES,
    REFUND_STATES,
)
from comptoir.services.models import OPERATION_STATES, SERVICE_STATES

if TYPE_CHECKING:
    from tests.proofs.ground import World


class Watched(Protocol):
    """Whoever has the driver's own memory: the world of a run, or a counter of real processes (`tests/crashes`)."""

    @property
    def spy(self) -> Spy:
        """What the driver has done."""


NOUNS: tuple[tuple[States, str], ...] = (
    (ORDER_STATES, "orders_order"),
    (INVOICE_STATES, "invoices_invoice"),
    (ATTEMPT_STATES, "payments_attempt"),
    (PAYMENT_STATES, "payments_payment"),
    (REFUND_STATES, "payments_refund"),
    (DISPUTE_STATES, "payments_dispute"),
    (PAYOUT_STATES, "payments_payout"),
    (SERVICE_STATES, "services_service"),
    (OPERATION_STATES, "services_operation"),
    (MAIL_STATES, "mail_mail"),
)


def told(world: Watched) -> list[str]:
    """Everything that does not hold."""
    return [
        *histories(),
        *credits_(),
        *invoices(),
        *placed(),
        *accepted(),
        *services(),
        *deliveries(world),
        *mails(),
        *left_undone(),
    ]


def histories() -> list[str]:
    """Every row with a state has its history, each step of which its table allows, and which ends where the row stands."""
    changes: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for noun, name, old, new in rows(
        "SELECT noun, object_id, from_state, to_state FROM kernel_statechange ORDER BY id"
    ):
        changes.setdefault((noun, name), []).append((old, new))
    found = []
    for table, relation in NOUNS:
        for name, state in rows(f"SELECT id::text, state FROM {relation}"):
            path = changes.get((table.noun, name), [])
            steps = [old for old, _new in path[1:]] == [new for _old, new in path[:-1]]
            legal = all(old == new or table.allows(old=old, new=new) for old, new in path[1:])  # or something noted
            if not path or path[0][0] or not steps or not legal or path[-1][1] != state:
                found.append(f"{table.noun} {name} is {state}, its history says {path}")
    return found


def credits_() -> list[str]:
    """A balance is the sum of its rows, and never below zero, now or at any row."""
    found = rows(
        """
        SELECT c.id, c.balance_minor, coalesce(sum(e.amount_minor), 0), coalesce(min(running), 0) FROM ledger_credit c
        LEFT JOIN (SELECT *, sum(amount_minor) OVER (PARTITION BY credit_id ORDER BY id) AS running FROM ledger_creditentry) e
               ON e.credit_id = c.id
        GROUP BY c.id HAVING c.balance_minor <> coalesce(sum(e.amount_minor), 0) OR coalesce(min(running), 0) < 0
        """
    )
    return [f"credit {row}: its rows do not bear its balance" for row in found]


def invoices() -> list[str]:
    """An invoice is called what the ledger makes it, and nobody has paid more on it than was owed."""
    found = rows(
        """
        SELECT i.id, i.state, i.total_minor, coalesce(sum(a.amount_minor), 0),
               coalesce(sum(a.amount_minor) FILTER (WHERE a.amount_minor > 0 AND e.kind = 'payment'), 0),
               EXISTS (SELECT 1 FROM payments_attempt t WHERE t.invoice_id = i.id AND t.state = 'in_progress'),
               (SELECT count(*) FROM payments_attempt t WHERE t.invoice_id = i.id AND t.state IN ('created', 'open', 'in_progress')),
               bool_or(e.currency <> i.currency)
        FROM invoices_invoice i LEFT JOIN ledger_allocation a ON a.invoice_id = i.id LEFT JOIN ledger_entry e ON e.id = a.entry_id
        GROUP BY i.id ORDER BY i.id
        """
    )
    problems = []
    for number, state, total, stands, came, waiting, payable, mixed in found:
        said = f"invoice {number} over {total}: {state}, {stands} stands on it, {came} came"
        if mixed:
            problems.append(f"{said}; in another currency")
        if not 0 <= stands <= total:
            problems.append(f"{said}; that is less than nothing or more than was owed")
        if state not in _may_be(total, stands, waiting=waiting):
            problems.append(f"{said}; so it cannot be called that")
        if payable > 1 or (payable and state in {"paid", "void"} and not waiting):
            problems.append(f"{said}; and {payable} pages can be paid")
    return problems


def _may_be(total: int, stands: int, *, waiting: bool) -> set[str]:
    if stands >= total:
        return {"paid"}
    if stands > 0:
        return {"partially_refunded", "in_progress" if waiting else "open"}
    return {"refunded", "in_progress" if waiting else "open", "void"}


def placed() -> list[str]:
    """All money that has come and stayed pays an invoice or is somebody's credit; what is held is neither, or a part of it, and is told."""
    found = rows(
        """
        WITH came AS (
            SELECT e.payment, e.mode, coalesce(sum(e.amount_minor) FILTER (WHERE e.kind NOT LIKE 'dispute%%'), 0) AS amount,
                   sum((SELECT coalesce(sum(a.amount_minor), 0) FROM ledger_allocation a WHERE a.entry_id = e.id)) AS pays,
                   sum((SELECT coalesce(sum(c.amount_minor), 0) FROM ledger_creditentry c WHERE c.entry_id = e.id)) AS kept
            FROM ledger_entry e WHERE e.source = 'stripe' GROUP BY e.payment, e.mode)
        SELECT p.reference, p.state, came.amount, came.pays, came.kept,
               (SELECT coalesce(sum(d.lost_minor), 0) FROM payments_dispute d WHERE d.payment_id = p.id),
               EXISTS (SELECT 1 FROM kernel_alert k WHERE k.key = 'held:' || p.id AND k.closed_at IS NULL),
               EXISTS (SELECT 1 FROM kernel_alert k JOIN ledger_entry x ON k.key = 'credit-spent:' || x.id
                       WHERE x.payment = p.reference)
        FROM came JOIN payments_payment p ON p.reference = came.payment AND p.mode = came.mode ORDER BY p.id
        """
    )
    problems = []
    for name, state, amount, pays, kept, lost, alerted, spent in found:
        rest = amount - lost - pays - kept
        said = f"payment {name}, {state}: of {amount}, {pays} pays, {kept} is credit and {lost} is lost"
        if state == "held" and (not alerted or ((pays or kept) and rest <= 0)):
            problems.append(f"{said}, though it is held (alert: {alerted})")
        if state != "held" and rest and not (rest < 0 and spent):
            problems.append(f"{said}: {rest} stands nowhere")
    return problems


def accepted() -> list[str]:
    """What is not as its page had asked, or came by no page of ours, pays nothing and is nobody's credit until a person says so."""
    found = rows(
        """
        SELECT p.reference FROM payments_payment p LEFT JOIN payments_attempt t ON t.id = p.attempt_id
        WHERE (t.id IS NULL OR (p.amount_minor, p.currency, p.mode, p.account) <> (t.amount_minor, t.currency, t.mode, t.account))
          AND EXISTS (SELECT 1 FROM ledger_entry e WHERE (e.source, e.mode, e.payment) = (p.module, p.mode, p.reference) AND (
                EXISTS (SELECT 1 FROM ledger_allocation a WHERE a.entry_id = e.id)
                OR EXISTS (SELECT 1 FROM ledger_creditentry c WHERE c.entry_id = e.id)))
          AND NOT EXISTS (SELECT 1 FROM kernel_auditentry k WHERE k.verb LIKE 'held.%%' AND k.key = p.id::text)
        """
    )
    return [f"payment {name} is not what was asked for, and nobody has accepted it" for (name,) in found]


def answers(world: World, books: Books) -> list[str]:
    """What is sent to a bank is sent once: by us, where nobody has sent anything in the dashboard."""
    sent = {
        str(name): sent is not None
        for name, sent in rows("SELECT reference, sent_at FROM payments_dispute WHERE sent_by <> ''")
    }
    problems = []
    for stripe in books.values():
        for name, dispute in stripe.disputes.items():
            count = dispute["evidence_details"]["submission_count"]
            if name in sent and name not in world.sent_there and count > 1:
                problems.append(f"evidence for {name} was sent {count} times")
            if sent.get(name) and not count:
                problems.append(f"evidence for {name} is said to be sent, and Stripe has none")
    return problems


def services() -> list[str]:
    """Who is served has paid, or a written policy says why they are served all the same; who has paid is served, or it says why not."""
    found = rows(
        """
        SELECT s.id, s.state, s.wanted, s.held_because::text, i.state, i.id,
               EXISTS (SELECT 1 FROM services_operation o WHERE o.service_id = s.id AND o.kind = 'create' AND o.state <> 'cancelled'),
               (SELECT count(*) FROM services_operation o WHERE o.service_id = s.id AND o.state = 'failed'),
               (SELECT count(*) FROM services_operation o JOIN kernel_alert k
                    ON k.key = 'delivery:' || o.id AND k.closed_at IS NULL WHERE o.service_id = s.id AND o.state = 'failed'),
               EXISTS (SELECT 1 FROM kernel_auditentry a WHERE a.verb = 'service.steered' AND a.key = s.id::text
                       OR a.verb = 'dispute.services' AND a.key IN (
                           SELECT d.id::text FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
                           WHERE p.invoice_id = i.id)),
               EXISTS (SELECT 1 FROM payments_refund r JOIN payments_payment p ON p.id = r.payment_id
                       WHERE p.invoice_id = i.id AND r.state = 'succeeded' AND r.policy <> 'keep'),
               EXISTS (SELECT 1 FROM payments_dispute d JOIN payments_payment p ON p.id = d.payment_id
                       WHERE p.invoice_id = i.id AND d.state = 'lost' AND d.policy IN ('suspend', 'end'))
        FROM services_service s JOIN orders_orderline l ON l.id = s.order_line_id JOIN invoices_invoice i ON i.order_id = l.order_id
        ORDER BY s.id
        """
    )
    problems = []
    for number, state, wanted, held, invoice, invoice_id, creation, failed, alerted, steered, refunded, lost in found:
        said = f"service {number} is {state} (shall be {wanted or 'as paid'}), invoice {invoice_id} {invoice}"
        settled = invoice in {"paid", "refunded", "partially_refunded"}
        waits = state == "pending" and (wanted or held not in {"", '""'})  # nobody is asked while it shall not be made
        if failed > alerted and not waits:
            problems.append(f"{said}: what failed of it is told to nobody")
        if creation and not settled:
            problems.append(f"{said}: delivered without being paid")
        if settled and state in {"pending", "cancelled"} and not (held not in {"", '""'} or wanted or failed):
            problems.append(f"{said}: paid, and not delivered")
        if held not in {"", '""'} and state not in {"pending", "cancelled"}:
            problems.append(f"{said}: delivered, though it waits for a person")
        if state == "active" and wanted and not failed:
            problems.append(f"{said}: nobody has carried that out")
        if state == "suspended" and not wanted and not failed:
            problems.append(f"{said}: nobody wants it suspended")
        if state == "active" and (refunded or lost) and not steered and not (wanted and failed):
            problems.append(f"{said}: its money is gone, and the policy was to end or to suspend it")
    return problems


def deliveries(world: Watched) -> list[str]:
    """Each unit was made once: by the spy's own memory, and by the records of *instant*."""
    made = Counter((service, key) for service, kind, key in world.spy.effects if kind == "create")
    problems = [f"service {service} was made {count} times" for (service, _key), count in made.items() if count > 1]
    units = Counter(service for service, _key in made)
    problems += [f"service {service} was made by {count} operations" for service, count in units.items() if count > 1]
    repeated = Counter((kind, key) for _service, kind, key in world.spy.effects)
    problems += [f"{kind} {key} was carried out {count} times" for (kind, key), count in repeated.items() if count > 1]
    states: dict[str, str] = dict(rows("SELECT id::text, state FROM services_operation WHERE kind = 'create'"))
    problems += [
        f"service {service} was made, and its creation {key} is {states.get(key)}"
        for service, key in made
        if states.get(key) != "done"
    ]
    instant = rows(
        "SELECT r.service, count(*) FROM services_instantrecord r JOIN services_operation o ON o.id = r.key "
        "WHERE o.kind = 'create' GROUP BY r.service HAVING count(*) > 1"
    )
    problems += [f"service {service} has {count} records" for service, count in instant]
    for number, driver, keys in rows(
        "SELECT s.id::text, s.driver, array_agg(o.id::text) FROM services_service s JOIN services_operation o "
        "ON o.service_id = s.id AND o.kind = 'create' AND o.state = 'done' GROUP BY s.id"
    ):
        if driver == "spy" and not any((number, key) in made for key in keys):
            problems.append(f"service {number} is said to be delivered, and nothing was made")
    return problems


def mails() -> list[str]:
    """No mail was sent twice for a fact; none says that it waits."""
    problems = [
        f"mail {name} was sent {count} times"
        for name, count in rows(
            "SELECT object_id, count(*) FROM kernel_statechange WHERE noun = 'mail' AND to_state = 'sent' "
            "GROUP BY object_id HAVING count(*) > 1"
        )
    ]
    return problems + [
        f"mail {fact} is {state}"
        for fact, state in rows("SELECT fact, state FROM mail_mail WHERE state NOT IN ('sent', 'uncertain')")
    ]


def taken(world: World) -> list[str]:
    """By the mail server's own count: none left twice, but where a person had it sent again; what is said to be sent has left."""
    found = rows(
        """
        SELECT m.id, m.fact, m.state, (SELECT count(*) FROM kernel_auditentry a WHERE a.verb = 'mail.again' AND a.key = m.id::text),
               EXISTS (SELECT 1 FROM kernel_auditentry a WHERE a.verb = 'mail.marked' AND a.key = m.id::text),
               EXISTS (SELECT 1 FROM kernel_alert k WHERE k.key = 'mail:' || m.id AND k.closed_at IS NULL)
        FROM mail_mail m ORDER BY m.id
        """
    )
    problems = []
    for number, fact, state, again, marked, alerted in found:
        left = world.post.taken[number]
        if left > 1 + again:
            problems.append(f"mail {fact} left {left} times")
        if state == "sent" and not left and not marked:
            problems.append(f"mail {fact} is said to be sent, and has not left")
        if state == "uncertain" and not alerted:
            problems.append(f"nobody is told that mail {fact} is uncertain")
    return problems


def left_undone() -> list[str]:
    """No wish, notice or job is left, none was given up, and no alert tells of a fault of ours."""
    problems = [
        f"wish for {kind} {name}: {done}/{wanted}, {problem}"
        for kind, name, wanted, done, problem in rows(
            "SELECT kind, external_id, wanted, done, problem::text FROM inbox_wish WHERE wanted > done"
        )
    ]
    problems += [
        f"operation {name} of service {service} is running, and nobody works at it"
        for name, service in rows("SELECT id::text, service_id FROM services_operation WHERE state = 'running'")
    ]
    problems += [
        f"notice {kind} about {name} claims {claim} and is not done"
        for kind, name, claim in rows("SELECT type, subject_id, claim FROM inbox_notice WHERE done_at IS NULL")
    ]
    problems += [
        f"job {task} {arguments} is {state}"
        for task, arguments, state in rows("SELECT task_name, args::text, status::text FROM procrastinate_jobs")
    ]
    return problems + [
        f"alert {key}: {json.loads(text) if text.startswith('{') else text}"
        for key, text in rows(
            "SELECT key, text::text FROM kernel_alert WHERE key ~ '^(look|job|absent|ledger|credit|(refund|dispute|payment|payout)-odd):'"
        )
    ]

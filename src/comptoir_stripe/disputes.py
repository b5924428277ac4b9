"""OUT: evidence of a dispute is laid with Stripe, sent to the bank, or the dispute is given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from comptoir.modules.api import Account, DisputeSeen, Evidence, Subject
from comptoir_stripe import gateway
from comptoir_stripe.disputed import dispute
from comptoir_stripe.told import Data

# The contract's fields -> Stripe's (docs.stripe.com/api/disputes/object, "evidence"). What the customer was written is a file there:
# as a text it stands with what else there is to say.
FIELDS = {
    "customer_name": "customer_name",
    "customer_email": "customer_email_address",
    "customer_address": "billing_address",
    "customer_address_ip": "customer_purchase_ip",
    "product": "product_description",
    "service_date": "service_date",
    "activity": "access_activity_log",
    "refund_policy": "refund_policy_disclosure",
}
TOGETHER, FREE = ("more", "letters"), "uncategorized_text"
NOTHING = "-"
LONGEST = 20_000  # characters of one text
LONGEST_IN_ALL = 150_000  # of all texts
SHORT = (LONGEST_IN_ALL - LONGEST) // len(
    FIELDS
)  # of each of the others, so that Stripe cannot find the whole too long


def stage_evidence(account: Account, evidence: Evidence) -> DisputeSeen:
    """Lay evidence with Stripe; it may be laid anew until it is sent. Raises CallRefusedError, OutcomeUnknownError."""
    return _update(account, evidence, submit=False)


def send_evidence(account: Account, evidence: Evidence) -> DisputeSeen:
    """Send evidence to the bank, with a key: a repeated call sends nothing more. Raises CallRefusedError, OutcomeUnknownError."""
    return _update(account, evidence, submit=True, options={"idempotency_key": evidence.key})


def accept_dispute(account: Account, subject: Subject) -> DisputeSeen:
    """Close a dispute: it is lost at once. Raises CallRefusedError (it is decided already), OutcomeUnknownError."""
    disputes = gateway.client(account).v1.disputes
    return dispute(gateway.ask(lambda: disputes.close(subject.id)), None)


def _update(
    account: Account, evidence: Evidence, *, submit: bool, options: Mapping[str, str] | None = None
) -> DisputeSeen:
    disputes = gateway.client(account).v1.disputes
    name = evidence.dispute.id
    texts: Data = written(evidence.texts, emptied=evidence.emptied)
    if _is_appeal(account, name):
        texts["appeal"] = {"card": {"reason_for_filing": texts.get(FREE, NOTHING)}}
    params: Any = {"evidence": texts, "submit": submit}
    calling: Any = dict(options or {})
    return dispute(gateway.ask(lambda: disputes.update(name, params, calling)), None)


def _is_appeal(account: Account, name: str) -> bool:
    """Whether the bank was asked once and said no: the network reads an appeal in a place of its own."""
    disputes = gateway.client(account).v1.disputes
    return str(gateway.ask(lambda: disputes.retrieve(name))["status"]).startswith("appeal_")


def written(texts: Mapping[str, str], *, emptied: Collection[str] = ()) -> Data:
    """Evidence in Stripe's fields, none too long. What Stripe has filled in itself stays where we have nothing to say.

    Stripe cannot empty a field: what lay there and is taken out is written over.
    """
    told = {theirs: texts.get(ours, "").strip()[:SHORT] for ours, theirs in FIELDS.items()}
    told[FREE] = "\n\n".join(text for name in TOGETHER if (text := texts.get(name, "").strip()))[:LONGEST]
    over = {theirs for ours, theirs in FIELDS.items() if ours in emptied} | (
        {FREE} if {*TOGETHER} & {*emptied} else set()
    )
    return {name: text or NOTHING for name, text in told.items() if text or name in over}

"""Disputes: read, answered with evidence, given up."""

from typing import Any

from stripe_simulator.emit import emit
from stripe_simulator.errors import invalid, malformed, no_such
from stripe_simulator.find import from_path
from stripe_simulator.lists import matching, page
from stripe_simulator.metadata import merged
from stripe_simulator.payments import claims, disputing, enhanced
from stripe_simulator.registry import Call, operation
from stripe_simulator.types import Json

READ, WRITE = "rak_dispute_read", "rak_dispute_write"
LONGEST_TEXT, LONGEST_IN_ALL = 20_000, 150_000  # characters
PURPOSE = "dispute_evidence"


@operation("GET", "/v1/disputes/{dispute}", permission=READ)
def retrieve(call: Call) -> Json:
    return from_path(call, "dispute", "dispute", param="dispute")


@operation("GET", "/v1/disputes", permission=READ)
def listing(call: Call) -> Json:
    things = matching(call.mode.all("dispute"), call.params, "charge", "payment_intent")
    return page(things, call.params, "/v1/disputes", "dispute")


@operation("POST", "/v1/disputes/{dispute}", permission=WRITE)
def update(call: Call) -> Json:
    """Evidence is sent to the bank at once, unless `submit` is false: then it waits on the dispute."""
    dispute = from_path(call, "dispute", "dispute", param="dispute")
    params = call.params
    sent: Json = params.get("evidence") or {}
    submits = params.get("submit", bool(sent))
    after: Json = {}
    if "metadata" in params:
        after["metadata"] = merged(dispute["metadata"], params["metadata"])
    if "intended_submission_method" in params:
        after["intended_submission_method"] = params["intended_submission_method"]
    if sent or submits:
        _answerable(dispute)
    if sent:
        after["evidence"] = _evidence(call, dispute, sent)
        rated = enhanced.rated(dispute, after["evidence"])
        after["evidence_details"] = {**dispute["evidence_details"], "has_evidence": True, "enhanced_eligibility": rated}
    if submits:
        enhanced.refuse_unpaid(dispute, after.get("evidence") or dispute["evidence"])
    before = {name: dispute[name] for name, value in after.items() if dispute[name] != value}
    dispute.update(after)
    if submits:
        before = disputing.submit(call.mode, dispute) | before
    if before:
        emit(call.mode, "charge.dispute.updated", dispute, before)
    return dispute


def _answerable(dispute: Json) -> None:
    disputing.refuse_closed(dispute)
    if dispute["status"] not in disputing.WAITS:
        raise invalid("You have already submitted evidence for this dispute.", param="evidence")


def _evidence(call: Call, dispute: Json, sent: Json) -> Json:
    """The form after an update. Raises StripeError for what is too long and for files that are not there."""
    after: Json = {**dispute["evidence"], **sent}
    if "enhanced_evidence" in sent:
        after["enhanced_evidence"] = enhanced.written(call.mode, dispute, sent["enhanced_evidence"])
    for name in claims.FILES:
        if sent.get(name):
            _check_file(call, sent[name], f"evidence[{name}]")
    if "appeal" in sent:
        after["appeal"] = _appeal(call, dispute, sent["appeal"])
    texts = [after[name] for name in claims.TEXTS if after[name]]
    for name in claims.TEXTS:
        if len(sent.get(name) or "") > LONGEST_TEXT:
            raise malformed(f"Invalid string: must be at most {LONGEST_TEXT} characters", param=f"evidence[{name}]")
    if sum(map(len, texts)) > LONGEST_IN_ALL:
        raise malformed(f"Your evidence exceeds the limit of {LONGEST_IN_ALL} characters.", param="evidence")
    return after


def _appeal(call: Call, dispute: Json, sent: Any) -> Json | None:
    if dispute["status"] != "appeal_needs_response":
        raise invalid("This dispute cannot be appealed.", param="evidence[appeal]")
    card = (sent or {}).get("card")
    if not card:
        return None
    known = ((dispute["evidence"]["appeal"] or {}).get("card")) or {}
    files = card.get("supporting_files", known.get("supporting_files")) or None
    for index, identifier in enumerate(files or ()):
        _check_file(call, identifier, f"evidence[appeal][card][supporting_files][{index}]")
    reason = card.get("reason_for_filing", known.get("reason_for_filing")) or None
    return {"card": {"reason_for_filing": reason, "supporting_files": files}}


def _check_file(call: Call, identifier: str, param: str) -> None:
    found = call.mode.get("file", identifier)
    if found is None:
        raise no_such("file upload", identifier, param=param, status=400)
    if found["purpose"] != PURPOSE:
        raise invalid(f"The file {identifier} must have the purpose {PURPOSE}.", param=param)


@operation("POST", "/v1/disputes/{dispute}/close", permission=WRITE)
def close(call: Call) -> Json:
    """Give up: the dispute is lost at once."""
    dispute = from_path(call, "dispute", "dispute", param="dispute")
    disputing.refuse_closed(dispute)
    disputing.lose(call.mode, dispute)
    return dispute

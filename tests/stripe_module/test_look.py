"""Objects of every kind are read to the end: refunds with their pages, references, what others made, lists, and ids of any kind."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from tests.stripe import Stripe
from tests.stripe_module.ground import INSTALLATION, account, control, request, restricted, typed

from comptoir.kernel.money import Money
from comptoir.kernel.words import said
from comptoir.modules.api import (
    Absent,
    Account,
    Foreign,
    Observation,
    OutcomeUnknownError,
    PaymentGateway,
    PaymentSeen,
    PaymentStatus,
    RefundStatus,
    Subject,
    Told,
)
from comptoir_stripe import event_types, gateway, lists, seen as reading
from comptoir_stripe.module import module

pytestmark = pytest.mark.django_db(transaction=True)
SINCE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def the() -> PaymentGateway:
    assert module.gateway is not None
    return module.gateway()


def look(held: Account, kind: str, name: str) -> Observation:
    return the().look(held, Subject("stripe", held.account, held.mode, kind, name))


def paid(stripe: Stripe, *, by: str = "card") -> tuple[str, str]:
    """A payment of ours: the ids of its session and its intent."""
    page = the().start(account(stripe), request())
    stripe.pay(page.url) if by == "card" else stripe.pay_by_sepa(page.url)
    return page.subject.id, stripe.api("GET", f"/v1/checkout/sessions/{page.subject.id}")["payment_intent"]


def refund(stripe: Stripe, intent: str, minor: int) -> str:
    return str(stripe.api("POST", "/v1/refunds", data={"payment_intent": intent, "amount": str(minor)})["id"])


def shown(stripe: Stripe, kind: str, name: str) -> PaymentSeen:
    found = look(account(stripe), kind, name)
    assert isinstance(found, PaymentSeen)
    return found


# ------------------------------------------------------------------ refunds and references


def test_every_object_of_a_payment_leads_to_the_whole_of_it(stripe: Stripe) -> None:
    session, intent = paid(stripe)
    stripe.control.advance(10)
    part = refund(stripe, intent, 4000)
    charge = stripe.api("GET", f"/v1/payment_intents/{intent}")["latest_charge"]
    by_intent = shown(stripe, "payment", intent)
    assert (by_intent.payment_id, by_intent.status, by_intent.installation) == (intent, "succeeded", INSTALLATION)
    for kind, name in (("session", session), ("charge", charge), ("refund", part)):
        other = shown(stripe, kind, name)
        assert (other.payment_id, other.charges, other.refunds) == (intent, by_intent.charges, by_intent.refunds)
        assert (other.subject.kind, other.subject.id) == (kind, name)
    (gone,) = by_intent.refunds
    assert (gone.id, gone.charge, gone.amount, gone.status) == (
        part,
        charge,
        Money(4000, "EUR"),
        RefundStatus.SUCCEEDED,
    )
    assert gone.settlement is not None
    assert (gone.settlement.amount, gone.settlement.fee) == (Money(-4000, "EUR"), Money(0, "EUR"))
    names = {(reference.kind, reference.id) for reference in by_intent.references}
    assert {("payment", intent), ("charge", charge), ("refund", part)} <= names
    booked = by_intent.charges[0].settlement
    assert booked is not None
    assert {name for kind, name in names if kind == "settlement"} == {booked.id, gone.settlement.id}
    assert ("session", session) in {(each.kind, each.id) for each in shown(stripe, "session", session).references}


def test_refunds_are_listed_only_when_there_are_some_and_then_all_of_them(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    _session, intent = paid(stripe)
    shown(stripe, "payment", intent)
    assert stripe.calls("GET", "/v1/refunds") == []
    made = {refund(stripe, intent, 100) for _each in range(5)}
    monkeypatch.setattr(gateway, "LISTED", 2)
    found = shown(stripe, "payment", intent)
    assert {each.id for each in found.refunds} == made
    assert len(stripe.calls("GET", "/v1/refunds")) == 3
    assert found.shows >= made | {"refunded, wholly or in part"}


def test_a_refund_that_failed_is_seen_though_it_counts_in_no_amount(stripe: Stripe) -> None:
    _session, intent = paid(stripe)
    back = refund(stripe, intent, 9990)
    control(stripe, f"objects/{back}", do="refund_fail")
    charge = stripe.api("GET", f"/v1/payment_intents/{intent}", params={"expand[]": "latest_charge"})["latest_charge"]
    assert (charge["amount_refunded"], charge["refunded"]) == (0, False)
    found = shown(stripe, "payment", intent)
    assert [(each.id, each.status) for each in found.refunds] == [(back, RefundStatus.FAILED)]
    assert "a refund has failed" in found.shows
    assert not found.charges[0].taken_back


def test_a_refund_of_somebody_elses_payment_leads_to_it_and_is_foreign(stripe: Stripe) -> None:
    made = _of_others(stripe)
    part = refund(stripe, made, 100)
    found = look(account(stripe), "refund", part)
    assert isinstance(found, Foreign)
    assert found.payment is not None
    assert found.payment.id == made


def test_what_is_not_there_is_absent_and_what_may_not_be_read_is_unknown(stripe: Stripe) -> None:
    for kind, name in (
        ("payment", "pi_0"),
        ("session", "cs_test_0"),
        ("charge", "ch_0"),
        ("refund", "re_0"),
        ("dispute", "du_0"),
        ("payout", "po_0"),
    ):
        assert isinstance(look(account(stripe), kind, name), Absent), kind
    assert isinstance(look(account(stripe), "mandate", "mandate_0"), Foreign)
    poor = account(stripe, values=typed(stripe, secret_key=restricted(stripe, ["rak_payment_intent_read"])))
    for kind, name in (("charge", "ch_0"), ("refund", "re_0"), ("dispute", "du_0"), ("payout", "po_0")):
        with pytest.raises(OutcomeUnknownError) as unknown:
            look(poor, kind, name)
        assert "rak_" in str(unknown.value)


# ------------------------------------------------------------------ disputes and warnings


STANDING = {
    "needs_response": True,
    "warning_needs_response": True,
    "appeal_needs_response": True,
    "under_review": True,
    "warning_under_review": True,
    "appeal_under_review": True,
    "lost": True,
    "won": False,
    "warning_closed": False,
    "prevented": False,
    "invented_tomorrow": True,
}


def test_disputes_as_stripe_writes_them(stripe: Stripe) -> None:
    _session, name = paid(stripe)
    expand = {"expand[]": "latest_charge"}
    intent = stripe.api("GET", f"/v1/payment_intents/{name}", params=expand)
    intent["latest_charge"]["disputed"] = True
    subject = Subject("stripe", stripe.account, "test", "payment", name)
    stripe.control.post(f"objects/{name}", do="dispute")
    dispute = stripe.api("GET", "/v1/disputes", params={"payment_intent": name})["data"][0]
    (booked,) = [each["id"] for each in dispute["balance_transactions"]]
    for status, standing in STANDING.items():
        found = reading.payment(
            subject, intent, None, refunds=[], disputes=[{**dispute, "status": status}], warnings=[]
        )
        assert found.disputed is standing, status
        assert {dispute["id"], booked, "disputed at the bank"} <= found.shows
        assert {("dispute", dispute["id"]), ("settlement", booked)} <= {
            (each.kind, each.id) for each in found.references
        }


# ------------------------------------------------------------------ what others made


def _of_others(stripe: Stripe, *, minor: int = 700, confirm: bool = True) -> str:
    paid_now = {
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "receipt_email": "bob@example.org",
    }
    data = {"amount": str(minor), "currency": "eur", **(paid_now if confirm else {})}
    return str(stripe.api("POST", "/v1/payment_intents", data=data)["id"])


def test_a_payment_of_others_is_told_with_what_there_is_to_say(stripe: Stripe) -> None:
    name = _of_others(stripe)
    stripe.control.advance(10)
    found = look(account(stripe), "payment", name)
    assert isinstance(found, Foreign)
    told = found.payment
    assert told is not None
    assert (told.id, told.status, told.amount) == (name, PaymentStatus.SUCCEEDED, Money(700, "EUR"))
    assert (told.payer, told.method.label if told.method else "") == ("bob@example.org", "Visa ·· 4242")
    assert told.settlement is not None
    assert told.settlement.net == told.settlement.amount - told.settlement.fee


def test_a_payment_of_another_counter_is_foreign_and_no_more_is_asked_about_it(stripe: Stripe) -> None:
    session, intent = paid(stripe)
    refund(stripe, intent, 100)
    other = account(stripe, installation="installation-next-door")
    before = len(stripe.calls())
    for kind, name in (("payment", intent), ("session", session)):
        found = look(other, kind, name)
        assert isinstance(found, Foreign)
        assert said(found.why).english == "made by another counter"
        assert found.payment is not None
        assert (found.payment.id, found.payment.payer) == (intent, "Alice Durand")
    assert len(stripe.calls()) == before + 2


def test_a_charge_without_an_intent_is_told_by_itself(stripe: Stripe) -> None:
    name = _of_others(stripe)
    charge = stripe.api("GET", f"/v1/payment_intents/{name}", params={"expand[]": "latest_charge"})["latest_charge"]
    found = reading.foreign(Subject("stripe", stripe.account, "test", "charge", charge["id"]), charge)
    assert found.payment is not None
    assert (found.payment.id, found.payment.status) == (charge["id"], PaymentStatus.SUCCEEDED)
    odd = {**charge, "status": "invented_tomorrow"}
    assert reading.foreign(found.subject, odd).payment is None


# ------------------------------------------------------------------ lists


def test_recent_payments_are_listed_by_pages_each_as_fresh_as_a_look(
    stripe: Stripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    _session, ours = paid(stripe)
    part = refund(stripe, ours, 100)
    _open, begun = paid(stripe, by="sepa")
    others = [_of_others(stripe, minor=800 + number) for number in range(3)]
    stripe.control.advance(10)
    monkeypatch.setattr(lists, "PAGE", 2)
    found: list[Observation] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = the().recent(account(stripe), since=SINCE, cursor=cursor)
        found, cursor, pages = [*found, *page.seen], page.cursor, pages + 1
    assert pages == 3
    assert [each.subject.id for each in found] == [*reversed(others), begun, ours]
    assert [type(each) for each in found] == [Foreign, Foreign, Foreign, PaymentSeen, PaymentSeen]
    for each in found:
        assert each == look(account(stripe), "payment", each.subject.id)
    whole = found[-1]
    assert isinstance(whole, PaymentSeen)
    assert [each.id for each in whole.refunds] == [part]
    after = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert the().recent(account(stripe), since=after).seen == ()


def test_notices_of_every_group_of_types_are_listed_to_the_end(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    _session, intent = paid(stripe)
    for _each in range(3):
        refund(stripe, intent, 100)
    (customer,) = stripe.api("GET", "/v1/customers")["data"]
    stripe.api("POST", f"/v1/customers/{customer['id']}", data={"phone": "1"})  # its type is in the last group
    stripe.control.advance(10)
    monkeypatch.setattr(lists, "PAGE", 2)
    told: list[Told] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = the().notices(account(stripe), since=SINCE, cursor=cursor)
        told, cursor, pages = [*told, *page.told], page.cursor, pages + 1
    kept = stripe.api("GET", "/v1/events", params={"limit": "100"})["data"]
    needed = {event["id"]: event for event in kept if event["type"] in event_types.NEEDED}
    assert {each.envelope.event_id for each in told} == set(needed)
    assert len(told) == len(needed) > pages > 2
    types = {each.envelope.type for each in told}
    assert {"checkout.session.completed", "refund.created", "customer.updated"} <= types
    for each in told:
        assert json.loads(each.payload) == needed[each.envelope.event_id]
        assert each.envelope.proof == ""
        of = each.envelope.subject
        assert (of.id if of else "") == ("" if each.envelope.type == "customer.updated" else intent)
    for call in stripe.calls("GET", "/v1/events"):
        assert str(call["query"]).count("types") <= 20


def test_lists_that_may_not_be_read_are_unknown(stripe: Stripe) -> None:
    poor = account(stripe, values=typed(stripe, secret_key=restricted(stripe, ["rak_customer_read"])))
    with pytest.raises(OutcomeUnknownError, match="rak_payment_intent_read"):
        the().recent(poor, since=SINCE)
    with pytest.raises(OutcomeUnknownError, match="rak_event_read"):
        the().notices(poor, since=SINCE)
    assert the().notices(account(stripe), since=SINCE, cursor="99:").told == ()


# ------------------------------------------------------------------ ids of any kind


def test_any_id_of_a_payment_leads_to_it(stripe: Stripe) -> None:
    session, intent = paid(stripe)
    part = refund(stripe, intent, 100)
    stripe.control.advance(10)
    charge = stripe.api("GET", f"/v1/payment_intents/{intent}")["latest_charge"]
    booked = [each["id"] for each in stripe.api("GET", "/v1/balance_transactions")["data"]]
    events = [each["id"] for each in stripe.api("GET", "/v1/events")["data"] if each["type"] in event_types.PAYMENTS]
    assert len(booked) == 2
    for name in (session, intent, part, charge, *booked, *events):
        found = the().resolve(account(stripe), name)
        assert found == Subject("stripe", stripe.account, "test", "payment", intent), name
        assert the().well_formed(name), name
        assert not the().well_formed(name[:6]), name


def test_a_page_that_nobody_has_paid_on_is_its_own_subject(stripe: Stripe) -> None:
    page = the().start(account(stripe), request())
    assert the().resolve(account(stripe), page.subject.id) == page.subject


def test_a_thin_event_leads_to_what_it_names(stripe: Stripe) -> None:
    control(stripe, "endpoints", url="http://127.0.0.1:9/stripe/api", payload="thin")
    name = _of_others(stripe)
    version = {"Stripe-Version": gateway.API_VERSION}
    listed = stripe.api("GET", "/v2/core/events", params={"object_id": name}, headers=version)["data"]
    assert listed
    for each in listed:
        assert the().resolve(account(stripe), each["id"]) == Subject("stripe", stripe.account, "test", "payment", name)


def test_ids_that_stripe_does_not_know_lead_nowhere(stripe: Stripe) -> None:
    drawn = "3SxKqT2eZvKYlo2C1Nabcdef"
    for prefix in ("pi_", "ch_", "py_", "re_", "pyr_", "du_", "dp_", "po_", "txn_", "evt_", "cs_test_"):
        assert the().well_formed(prefix + drawn), prefix
        assert the().resolve(account(stripe), prefix + drawn) is None, prefix
    asked = len(stripe.calls())
    for text in (
        f"cs_live_{drawn}",
        "pi_",
        "",
        "Alice",
        f"pi_{drawn}_secret_{drawn}",
        f"pi_{drawn}\n",
        f"acct_{drawn}",
        "re_é" + drawn,
    ):
        assert the().resolve(account(stripe), text) is None, text
    assert len(stripe.calls()) == asked  # what cannot be an id of this mode is not asked for


def test_an_id_of_the_other_mode_leads_nowhere(stripe: Stripe) -> None:
    live = control_keys(stripe)
    made = stripe.api("POST", "/v1/payment_intents", data={"amount": "500", "currency": "eur"})
    held = Account(
        account=stripe.account,
        mode="live",
        installation=INSTALLATION,
        values={"secret_key": live},
        api_base=stripe.server.base_url,
    )
    assert the().resolve(held, made["id"]) is None
    assert isinstance(look(held, "payment", made["id"]), Absent)


def control_keys(stripe: Stripe) -> str:
    return str(stripe.control.get("keys")["live"]["secret"])


def test_an_id_that_may_not_be_read_is_unknown(stripe: Stripe) -> None:
    poor = account(stripe, values=typed(stripe, secret_key=restricted(stripe, ["rak_customer_read"])))
    with pytest.raises(OutcomeUnknownError, match="rak_"):
        the().resolve(poor, "txn_3SxKqT2eZvKYlo2C1Nabcdef")


def test_a_debit_says_when_it_is_expected_and_why_it_failed(stripe: Stripe) -> None:
    session, intent = paid(stripe, by="sepa")
    begun = shown(stripe, "payment", intent)
    assert (begun.status, begun.ended, begun.charges) == (PaymentStatus.IN_PROGRESS, False, ())
    assert begun.expected_on is not None
    control(stripe, f"objects/{session}", do="fail", code="account_closed")
    failed = shown(stripe, "payment", intent)
    assert (failed.status, failed.ended, failed.failure) == (PaymentStatus.FAILED, True, "sepa_debit/account_closed")

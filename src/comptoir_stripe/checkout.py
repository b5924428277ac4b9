"""OUT: a Checkout Session is made, found again, closed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext_noop

from comptoir.kernel.words import code, words
from comptoir.modules.api import (
    Account,
    Buyer,
    CallRefusedError,
    CheckoutRequest,
    OutcomeUnknownError,
    Started,
    Subject,
)
from comptoir_stripe import gateway, methods
from comptoir_stripe.amounts import to_stripe
from comptoir_stripe.models import StripeCustomer

MODULE = "stripe"
LISTED = 100


def start(account: Account, request: CheckoutRequest) -> Started:
    """Make the session of an attempt, with the attempt's key. Raises CallRefusedError, OutcomeUnknownError."""
    try:
        return _create(account, request, customer(account, request.buyer))
    except CallRefusedError as error:
        if error.code != "resource_missing":
            raise
    # The customer was deleted at Stripe: the house's customer gets a new one, and the refused call had no effect.
    StripeCustomer.objects.filter(
        account=account.account, mode=account.mode, reference=request.buyer.reference
    ).delete()
    return _create(account, request, customer(account, request.buyer))


def _create(account: Account, request: CheckoutRequest, customer_id: str) -> Started:
    client = gateway.client(account)
    params = session_params(account, request, customer_id)
    try:
        session = gateway.ask(
            lambda: client.v1.checkout.sessions.create(params, {"idempotency_key": request.key})  # type: ignore[arg-type]
        )
    except CallRefusedError as error:  # the least counts in the currency of settlement, which only Stripe knows
        error.sentence = methods.refused(methods.REFUSED.get(error.code), request.amount)
        raise
    return _started(account, session)


def session_params(account: Account, request: CheckoutRequest, customer_id: str) -> dict[str, Any]:
    """What a session is made with. The metadata stand on the session and on its intent: neither passes them to the other."""
    metadata = {"installation": account.installation, "attempt": request.attempt}
    # A filter over what Stripe would offer; without it, Stripe decides. One that has changed since an earlier call of this attempt makes
    # Stripe refuse the key: then what that call has made is looked for, and another attempt begins where there is nothing.
    allowed = {"allowed_payment_method_types": list(account.allowed_methods)} if account.allowed_methods else {}
    return {
        **allowed,
        "mode": "payment",
        "customer": customer_id,
        "client_reference_id": request.attempt,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.amount.currency.lower(),
                    "unit_amount": to_stripe(request.amount),
                    "product_data": {"name": request.description},
                },
            }
        ],
        "payment_intent_data": {"metadata": metadata, "description": request.description},
        "metadata": metadata,
        "adaptive_pricing": {"enabled": False},  # what was shown is what is charged, in this currency
        "locale": request.buyer.locale,
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
    }


def _started(account: Account, session: dict[str, Any]) -> Started:
    return Started(
        subject=Subject(MODULE, account.account, account.mode, "session", session["id"]),
        url=session.get("url") or "",
        expires_at=dt.datetime.fromtimestamp(session["expires_at"], dt.UTC),
    )


def find(account: Account, request: CheckoutRequest) -> Started | None:
    """Find the session that an earlier call has made, by listing (Stripe's search lags behind). Raises OutcomeUnknownError."""
    client = gateway.client(account)
    row = StripeCustomer.objects.filter(
        account=account.account, mode=account.mode, reference=request.buyer.reference
    ).first()
    if row is None or not row.customer_id:
        return None  # no customer, so no session was asked for either
    params: dict[str, Any] = {
        "customer": row.customer_id,
        "created": {"gte": int(request.created_at.timestamp()) - 300},
        "limit": LISTED,
    }
    try:
        listed = gateway.ask(lambda: client.v1.checkout.sessions.list(params))  # type: ignore[arg-type]
    except CallRefusedError as error:
        refused = words(gettext_noop("listing was refused: %(code)s"), code=code(error.code))
        raise OutcomeUnknownError(refused) from error
    for session in listed["data"]:
        if (session.get("metadata") or {}).get("attempt") == request.attempt:
            return _started(account, session)
    return None


def end(account: Account, subject: Subject) -> None:
    """Expire an open session; one that is no longer open is left as it is. Raises OutcomeUnknownError."""
    client = gateway.client(account)
    try:
        gateway.ask(lambda: client.v1.checkout.sessions.expire(subject.id))
    except CallRefusedError as error:
        if error.no_permission:
            refused = words(gettext_noop("closing the page was refused: %(code)s"), code=code(error.code))
            raise OutcomeUnknownError(refused) from error


def customer(account: Account, buyer: Buyer) -> str:
    """The Stripe customer of a buyer, made at the first payment; its key is stored before the call. Raises as `start`."""
    row, _fresh = StripeCustomer.objects.get_or_create(
        account=account.account, mode=account.mode, reference=buyer.reference
    )
    if row.customer_id:
        return row.customer_id
    client = gateway.client(account)
    params: dict[str, Any] = {
        "email": buyer.email,
        "name": buyer.name,
        "preferred_locales": [buyer.locale],
        "metadata": {"installation": account.installation, "customer": buyer.reference},
    }
    try:
        made = gateway.ask(
            lambda: client.v1.customers.create(params, {"idempotency_key": str(row.key)})  # type: ignore[arg-type]
        )
    except OutcomeUnknownError as error:
        # Name or address have changed since a call without answer, or a failure is stored under this key: a new one. At worst Stripe
        # keeps a customer that nobody uses; nothing can be charged on it.
        if error.replayed:
            StripeCustomer.objects.filter(pk=row.pk, key=row.key).update(key=uuid.uuid4())
        raise
    StripeCustomer.objects.filter(pk=row.pk, customer_id="").update(customer_id=made["id"])
    row.refresh_from_db()
    return row.customer_id

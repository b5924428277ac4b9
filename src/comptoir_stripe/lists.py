"""What Stripe lists: the account's payments, and the events that it keeps for thirty days."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import structlog

from comptoir.modules.api import Account, CallRefusedError, SeenPage, Subject, Told, ToldPage
from comptoir_stripe import event_types, gateway, look, webhooks
from comptoir_stripe.told import Data

log = structlog.get_logger(__name__)
PAGE = 100


def recent(account: Account, *, since: dt.datetime, cursor: str = "") -> SeenPage:
    """A hundred payments created since a time, newest first, also those of others; ours as complete as a look. Raises as `look`."""
    params: Data = {
        "limit": PAGE,
        "created": {"gte": int(since.timestamp())},
        "expand": [f"data.{part}" for part in look.CHARGE],
    }
    if cursor:
        params["starting_after"] = cursor
    client = gateway.client(account)
    try:
        listed = gateway.ask(lambda: client.v1.payment_intents.list(params))  # type: ignore[arg-type]
        found = tuple(look.complete(account, _payment(account, each), each) for each in listed["data"])
    except CallRefusedError as error:
        raise look.unread(error) from error
    return SeenPage(found, cursor=listed["data"][-1]["id"] if listed.get("has_more") and listed["data"] else "")


def _payment(account: Account, intent: Data) -> Subject:
    return Subject(webhooks.MODULE, account.account, account.mode, "payment", intent["id"])


def notices(account: Account, *, since: dt.datetime, cursor: str = "") -> ToldPage:
    """A hundred of the events since a time, oldest last, of the types that we need. Raises as `look`.

    Stripe lists twenty types at a time: the cursor is the number of the group of types and, after a colon, the last event of it.
    """
    groups = event_types.groups()
    number, _colon, after = cursor.partition(":")
    group = int(number) if number.isdecimal() else 0
    if group >= len(groups):
        return ToldPage(())
    params: Data = {"limit": PAGE, "types": groups[group], "created": {"gte": int(since.timestamp())}}
    if after:
        params["starting_after"] = after
    client = gateway.client(account)
    try:
        listed = gateway.ask(lambda: client.v1.events.list(params))  # type: ignore[arg-type]
    except CallRefusedError as error:
        raise look.unread(error) from error
    told = tuple(each for event in listed["data"] if (each := _told(event, account)) is not None)
    if listed.get("has_more") and listed["data"]:
        return ToldPage(told, cursor=f"{group}:{listed['data'][-1]['id']}")
    return ToldPage(told, cursor=f"{group + 1}:" if group + 1 < len(groups) else "")


def _told(event: dict[str, Any], account: Account) -> Told | None:
    """One event as it would have come; one that cannot be read must not hide the others."""
    try:
        payload = json.dumps(event, ensure_ascii=False, default=str).encode()
        return Told(webhooks.envelope(event, account), payload)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        log.warning("an event of Stripe's cannot be read", event_id=str(event.get("id"))[:80])
        return None

"""What an answer that is no success means: Stripe's own advice counts first."""

from __future__ import annotations

import pytest
import stripe as library

from comptoir.modules.api import CallRefusedError, OutcomeUnknownError
from comptoir_stripe import gateway


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (429, {"Retry-After": "7"}, ("busy", 7.0)),
        (429, {"Retry-After": "86400"}, ("busy", 60.0)),
        (429, {}, ("busy", 0.0)),
        (500, {"Stripe-Should-Retry": "false"}, ("replayed", True)),
        (500, {"stripe-should-retry": "true"}, ("silent", True)),
        (500, {"Idempotent-Replayed": "true"}, ("replayed", True)),
        (400, {"Stripe-Should-Retry": "true"}, ("silent", False)),
        (400, {}, ("refused", "InvalidRequestError")),
        (409, {}, ("replayed", False)),
    ],
)
def test_what_stripe_advises_is_heeded(status: int, headers: dict[str, str], outcome: tuple[str, object]) -> None:
    kinds = {429: library.RateLimitError, 400: library.InvalidRequestError}
    body = {"error": {"type": "api_error"}}
    more = {"param": None} if status == 400 else {}
    error = kinds.get(status, library.APIError)("text", http_status=status, json_body=body, headers=headers, **more)
    told = gateway.told(error)
    if outcome[0] == "refused":
        assert isinstance(told, CallRefusedError)
        assert told.code == outcome[1]
    else:
        assert isinstance(told, OutcomeUnknownError)
        assert getattr(told, outcome[0]) == outcome[1]


def test_a_page_of_a_proxy_is_no_refusal_of_stripes() -> None:
    error = library.APIError("Invalid response body", http_body="<html>", http_status=403, json_body=None, headers={})
    told = gateway.told(error)
    assert isinstance(told, OutcomeUnknownError)
    assert told.silent

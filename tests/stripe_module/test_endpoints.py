"""Subscriptions: all that send to our address are seen with what they lack; made, mended, removed at Stripe itself."""

from __future__ import annotations

import pytest
from tests.stripe import Stripe
from tests.stripe_module.ground import INSTALLATION, account, control, restricted, typed

from comptoir.modules.api import CallRefusedError, EndpointSeen
from comptoir_stripe import endpoint, event_types, gateway

ADDRESS = "https://shop.example.org/stripe/api"
KEY = "9b5c0f0e-0000-4000-8000-000000000001"


def made_by_hand(stripe: Stripe, url: str = ADDRESS, **more: object) -> str:
    """An endpoint as a person makes it in the dashboard; its id."""
    return str(control(stripe, "endpoints", url=url, **more)["id"])


def seen(stripe: Stripe, address: str = ADDRESS) -> dict[str, EndpointSeen]:
    return {each.id: each for each in endpoint.endpoints(account(stripe), address=address)}


def test_the_types_that_we_need_are_those_of_the_pinned_version_and_no_more() -> None:
    assert len(event_types.NEEDED) == len(set(event_types.NEEDED)) == 35
    assert [len(group) <= 20 for group in event_types.groups()] == [True, True]
    assert [name for group in event_types.groups() for name in group] == list(event_types.NEEDED)


def test_one_click_makes_an_endpoint_with_just_the_types_at_our_version_and_its_secret_is_told(stripe: Stripe) -> None:
    made = endpoint.make_endpoint(account(stripe), address=ADDRESS, key=KEY)
    stored = stripe.api("GET", f"/v1/webhook_endpoints/{made.endpoint.id}")
    assert (stored["url"], stored["api_version"], stored["status"]) == (ADDRESS, gateway.API_VERSION, "enabled")
    assert (sorted(stored["enabled_events"]), stored["metadata"]) == (
        sorted(event_types.NEEDED),
        {"installation": INSTALLATION},
    )
    assert made.values["webhook_secret"].startswith("whsec_")
    assert made.values["webhook_secret"] not in repr(made)
    assert seen(stripe) == {made.endpoint.id: made.endpoint}
    assert (made.endpoint.missing, made.endpoint.superfluous, made.endpoint.ours, made.endpoint.enabled) == (
        (),
        (),
        True,
        True,
    )


def test_the_same_call_again_makes_no_second_endpoint_and_tells_the_same_secret(stripe: Stripe) -> None:
    stripe.fault("drop_after", method="POST", path="/v1/webhook_endpoints", times=1)
    first = endpoint.make_endpoint(account(stripe), address=ADDRESS, key=KEY)
    again = endpoint.make_endpoint(account(stripe), address=ADDRESS, key=KEY)
    assert first == again
    assert len(seen(stripe)) == 1


def test_endpoints_of_any_kind_at_our_address_are_seen_with_what_they_lack(stripe: Stripe) -> None:
    every = made_by_hand(stripe, api_version="2019-09-09", enabled_events=["*"])
    few = made_by_hand(stripe, "https://SHOP.example.org:443/stripe/api/", enabled_events=["payment_intent.succeeded"])
    more = made_by_hand(stripe, enabled_events=[*event_types.NEEDED, "invoice.paid", "charge.succeeded"])
    thin = made_by_hand(stripe, payload="thin", enabled_events=["v1.payment_intent.succeeded"])
    for elsewhere in (
        "https://other.example.org/stripe/api",
        "https://shop.example.org/stripe",
        "http://shop.example.org/stripe/api",
    ):
        made_by_hand(stripe, elsewhere)
    found = seen(stripe)
    assert set(found) == {every, few, more, thin}
    assert (found[every].version, found[every].missing, found[every].superfluous) == ("2019-09-09", (), ("*",))
    assert (len(found[few].missing), "payment_intent.succeeded" in found[few].missing) == (34, False)
    assert (found[more].missing, found[more].superfluous) == ((), ("charge.succeeded", "invoice.paid"))
    assert (found[thin].thin, found[thin].version, len(found[thin].missing)) == (True, "", 34)
    assert found[thin].missing[0] == "v1.checkout.session.completed"
    assert not any(each.ours for each in found.values())
    assert seen(stripe, ADDRESS + "/").keys() == found.keys()


def test_every_page_of_endpoints_is_read(stripe: Stripe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "LISTED", 2)
    ids = {made_by_hand(stripe) for _each in range(5)} | {made_by_hand(stripe, payload="thin") for _each in range(3)}
    assert set(seen(stripe)) == ids


@pytest.mark.parametrize("payload", ["snapshot", "thin"])
def test_an_endpoint_is_mended_to_what_it_misses_and_keeps_what_it_has(stripe: Stripe, payload: str) -> None:
    prefix = "v1." if payload == "thin" else ""
    had = [f"{prefix}customer.created", f"{prefix}payment_intent.succeeded"]
    name = made_by_hand(stripe, payload=payload, enabled_events=had)
    _disable(stripe, name)
    assert not seen(stripe)[name].enabled
    mended = endpoint.mend_endpoint(account(stripe), endpoint=name)
    assert (mended.enabled, mended.missing, mended.superfluous) == (True, (), (f"{prefix}customer.created",))
    assert seen(stripe)[name] == mended


def test_one_with_all_events_is_only_enabled(stripe: Stripe) -> None:
    name = made_by_hand(stripe, enabled_events=["*"])
    _disable(stripe, name)
    assert endpoint.mend_endpoint(account(stripe), endpoint=name).superfluous == ("*",)
    assert seen(stripe)[name].enabled


def _disable(stripe: Stripe, name: str) -> None:
    if name.startswith("we_"):
        stripe.api("POST", f"/v1/webhook_endpoints/{name}", data={"disabled": "true"})
    else:
        stripe.api(
            "POST", f"/v2/core/event_destinations/{name}/disable", headers={"Stripe-Version": gateway.API_VERSION}
        )


@pytest.mark.parametrize("payload", ["snapshot", "thin"])
def test_an_endpoint_is_removed_and_one_that_is_gone_is_fine(stripe: Stripe, payload: str) -> None:
    name = made_by_hand(stripe, payload=payload)
    for _time in range(2):
        endpoint.remove_endpoint(account(stripe), endpoint=name)
        assert seen(stripe) == {}


def test_a_key_that_may_not_is_told_with_the_permission(stripe: Stripe) -> None:
    poor = account(stripe, values=typed(stripe, secret_key=restricted(stripe, ["rak_webhook_read"])))
    assert endpoint.endpoints(poor, address=ADDRESS) == ()
    with pytest.raises(CallRefusedError) as refused:
        endpoint.make_endpoint(poor, address=ADDRESS, key=KEY)
    assert (refused.value.code, refused.value.no_permission) == ("rak_webhook_write", True)

"""`Stripe-Version` on a request: the answer at that version, and the inputs that it still knew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.simulator.inside import Inside

if TYPE_CHECKING:
    from collections.abc import Iterator

PINNED, ENDIVE, BEFORE = "2026-10-28.endive", "2026-09-30.endive", "2026-08-26.dahlia"
OLDEST = "2011-01-01"
SESSION = {
    "mode": "payment",
    "success_url": "https://shop.example/done",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "9990",
    "line_items[0][price_data][product_data][name]": "VPS Lanterne",
}
INTENT = {"amount": "9990", "currency": "eur"}
BY_CARD = {
    "payment_method": "pm_card_visa",
    "confirm": "true",
    "automatic_payment_methods[enabled]": "true",
    "automatic_payment_methods[allow_redirects]": "never",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Inside]:
    made = Inside()
    yield made
    made.close()


@pytest.fixture
def inside(running: Inside) -> Inside:
    running.app.state.world.reset()
    return running


def ask(inside: Inside, version: str, named: str, sent: dict[str, Any] | None = None, status: int = 200) -> Any:
    """`named` is "POST /v1/..."; the answer's JSON, or its error."""
    method, path = named.split(" ")
    body = urlencode(sent or {}, doseq=True)
    if method != "POST":
        path, body = f"{path}?{body}", ""
    answer = inside(method, path, body, headers={"Stripe-Version": version})
    assert answer.status == status, answer.raw
    assert answer.headers["stripe-version"] == version
    found = answer.json()
    return found if status < 400 else found["error"]


def paid(inside: Inside) -> Any:
    """A payment by card of today, its customer known."""
    customer = ask(inside, PINNED, "POST /v1/customers", {"email": "camille@example.com"})
    sent = {**INTENT, **BY_CARD, "customer": customer["id"]}
    return ask(inside, PINNED, "POST /v1/payment_intents", sent)


def test_every_known_version_is_taken_and_echoed(inside: Inside) -> None:
    made = ask(inside, PINNED, "POST /v1/customers", {})
    versions = inside.app.state.world.known.versions
    assert len(versions) == 129
    for version in versions:
        found = ask(inside, version, f"GET /v1/customers/{made['id']}")
        assert ("account_balance" in found) == (version < "2019-10-17"), version
        assert ("sources" in found) == (version < "2020-08-27"), version


@pytest.mark.parametrize("version", ["2020-02-30", "endive", "2026-10-28", "", "é"])
def test_a_version_that_never_was(inside: Inside, version: str) -> None:
    answer = inside("GET", "/v1/customers", headers={"Stripe-Version": version})
    assert answer.status == 400
    assert answer.error["message"].startswith("Invalid Stripe API version: ")
    assert "code" not in answer.error


def test_an_object_a_list_and_what_is_expanded_in_it(inside: Inside) -> None:
    intent = paid(inside)
    old = ask(inside, "2022-08-01", f"GET /v1/payment_intents/{intent['id']}")
    assert "latest_charge" not in old
    (charge,) = old["charges"]["data"]
    assert (charge["id"], charge["refunds"]["total_count"]) == (intent["latest_charge"], 0)

    sent = {"expand[]": ["data.charges.data.payment_intent", "data.customer"]}
    (row,) = ask(inside, "2019-09-09", "GET /v1/payment_intents", sent)["data"]
    assert row["customer"]["account_balance"] == 0
    assert row["charges"]["data"][0]["payment_intent"]["charges"]["total_count"] == 1
    (charge,) = ask(inside, "2022-08-01", "GET /v1/charges", {"expand[]": "data.payment_intent"})["data"]
    assert "charges" in charge["payment_intent"]
    assert "invoice" in charge


def test_what_a_version_does_not_know_cannot_be_expanded_at_it(inside: Inside) -> None:
    intent = paid(inside)
    path = f"GET /v1/payment_intents/{intent['id']}"
    assert "cannot be expanded" in ask(inside, "2022-08-01", path, {"expand[]": "latest_charge"}, 400)["message"]
    assert "cannot be expanded" in ask(inside, PINNED, path, {"expand[]": "charges"}, 400)["message"]


def test_what_is_stored_stays_of_today(inside: Inside) -> None:
    intent = paid(inside)
    before = ask(inside, PINNED, f"GET /v1/payment_intents/{intent['id']}")
    ask(inside, OLDEST, f"GET /v1/payment_intents/{intent['id']}", {"expand[]": "customer"})
    assert ask(inside, PINNED, f"GET /v1/payment_intents/{intent['id']}") == before


def test_events_keep_the_version_that_they_were_made_with(inside: Inside) -> None:
    ask(inside, "2019-09-09", "POST /v1/customers", {})
    (event,) = ask(inside, "2019-09-09", "GET /v1/events")["data"]
    assert event["api_version"] == PINNED
    assert "account_balance" not in event["data"]["object"]


def test_the_object_inside_an_error(inside: Inside) -> None:
    sent = {**INTENT, **BY_CARD, "payment_method": "pm_card_visa_chargeDeclined"}
    failed = ask(inside, "2022-08-01", "POST /v1/payment_intents", sent, 402)
    assert failed["payment_intent"]["charges"]["data"][0]["status"] == "failed"
    assert "latest_charge" not in failed["payment_intent"]


def test_a_deleted_object_is_a_stub_at_every_version(inside: Inside) -> None:
    made = ask(inside, PINNED, "POST /v1/customers", {})
    gone = ask(inside, OLDEST, f"DELETE /v1/customers/{made['id']}")
    assert gone == {"id": made["id"], "object": "customer", "deleted": True}


def test_a_repeated_request_is_answered_as_it_was_the_first_time(inside: Inside) -> None:
    headers = {"Idempotency-Key": "k1", "Stripe-Version": "2019-09-09"}
    first = inside("POST", "/v1/customers", "email=a@example.com", headers=headers)
    assert "account_balance" in first.json()
    assert inside("POST", "/v1/customers", "email=a@example.com", headers=headers).raw == first.raw


@pytest.mark.parametrize("path", ["/v1/checkout/sessions", "/v1/payment_intents"])
def test_a_forced_list_of_types(inside: Inside, path: str) -> None:
    sent = SESSION if "checkout" in path else INTENT
    forced = {**sent, "payment_method_types[]": ["ideal", "card"]}
    made = ask(inside, BEFORE, f"POST {path}", forced)
    assert made["payment_method_types"] == ["ideal", "card"]
    assert made["payment_method_configuration_details"] is None
    for version in (ENDIVE, PINNED):
        refused = ask(inside, version, f"POST {path}", forced, 400)
        assert refused["param"] == "payment_method_types"
        wanted = "parameter_unknown" if "checkout" in path else "payment_method_types_no_longer_supported"
        assert refused["code"] == wanted


BAD = [
    ({"payment_method_types[]": "klarna"}, "payment_method_types", 'The payment method type "klarna" is invalid'),
    ({"payment_method_types[]": "nope"}, "payment_method_types[0]", "must be one of"),
    ({"payment_method_types": "card"}, "payment_method_types", "Invalid array"),
    ({"payment_method_types[]": "ideal", "currency": "usd"}, "currency", "Payments with ideal support"),
    (
        {"payment_method_types[]": "card", "automatic_payment_methods[enabled]": "true"},
        None,
        "only specify one of these parameters: automatic_payment_methods, payment_method_types",
    ),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case[2])
def test_a_forced_list_that_cannot_be(inside: Inside, case: tuple[dict[str, str], str | None, str]) -> None:
    sent, param, message = case
    refused = ask(inside, BEFORE, "POST /v1/payment_intents", {**INTENT, **sent}, 400)
    assert refused.get("param") == param
    assert message in refused["message"]


def test_a_forced_list_is_nothing_automatic_and_asks_no_configuration(inside: Inside) -> None:
    (configuration,) = ask(inside, PINNED, "GET /v1/payment_method_configurations")["data"]
    off = {"ideal[display_preference][preference]": "off"}
    ask(inside, PINNED, f"POST /v1/payment_method_configurations/{configuration['id']}", off)
    made = ask(inside, BEFORE, "POST /v1/payment_intents", {**INTENT, "payment_method_types[]": "ideal"})
    assert (made["payment_method_types"], made["automatic_payment_methods"]) == (["ideal"], None)
    changed = {"payment_method_types[]": "card"}
    again = ask(inside, BEFORE, f"POST /v1/payment_intents/{made['id']}", changed)
    assert again["payment_method_types"] == ["card"]
    assert ask(inside, PINNED, f"GET /v1/payment_intents/{made['id']}")["payment_method_types"] == ["card"]
    done = ask(inside, BEFORE, f"POST /v1/payment_intents/{made['id']}/confirm", {"payment_method": "pm_card_visa"})
    assert done["status"] == "succeeded"


def test_a_forced_list_and_a_large_amount(inside: Inside) -> None:
    large = {**INTENT, "amount": "100000000"}
    assert (
        ask(inside, BEFORE, "POST /v1/payment_intents", {**large, "payment_method_types[]": "card"})["amount"] == 10**8
    )
    forced = {"payment_method_types[]": ["card", "ideal"]}
    refused = ask(inside, BEFORE, "POST /v1/payment_intents", {**large, **forced}, 400)
    assert (refused["code"], refused["message"]) == ("amount_too_large", "Amount must be no more than €999,999.99")
    made = ask(inside, BEFORE, "POST /v1/payment_intents", {**INTENT, **forced})
    path = f"POST /v1/payment_intents/{made['id']}"
    assert ask(inside, PINNED, path, {"amount": "100000000"}, 400)["code"] == "amount_too_large"
    assert ask(inside, PINNED, path, {"amount": "5000"})["payment_method_types"] == ["card", "ideal"]


def test_a_forced_list_of_a_setup_intent(inside: Inside) -> None:
    forced = {"payment_method_types[]": "card"}
    made = ask(inside, BEFORE, "POST /v1/setup_intents", forced)
    assert (made["payment_method_types"], made["automatic_payment_methods"]) == (["card"], None)
    path = f"POST /v1/setup_intents/{made['id']}"
    other = ask(inside, BEFORE, path, {"payment_method_types[]": ["sepa_debit", "card"]})
    assert other["payment_method_types"] == ["sepa_debit", "card"]
    assert set(other["payment_method_options"]) == {"sepa_debit", "card"}
    assert ask(inside, PINNED, f"GET /v1/setup_intents/{made['id']}")["payment_method_types"] == ["sepa_debit", "card"]
    assert ask(inside, BEFORE, path, {"payment_method_types[]": "klarna"}, 400)["param"] == "payment_method_types"
    assert ask(inside, BEFORE, f"{path}/confirm", forced, 400)["code"] == "parameter_unknown"
    refused = ask(inside, PINNED, "POST /v1/setup_intents", forced, 400)
    assert refused["code"] == "payment_method_types_no_longer_supported"


@pytest.mark.parametrize(("old", "new"), [("hosted", "hosted_page"), ("embedded", "embedded_page")])
def test_the_old_names_of_ui_mode(inside: Inside, old: str, new: str) -> None:
    built = old == "hosted"
    sent = {**SESSION, "ui_mode": old}
    found = ask(inside, "2026-02-25.clover", "POST /v1/checkout/sessions", sent, 200 if built else 501)
    if built:
        assert found["ui_mode"] == old
        assert ask(inside, PINNED, f"GET /v1/checkout/sessions/{found['id']}")["ui_mode"] == new
    refused = ask(inside, "2026-02-25.clover", "POST /v1/checkout/sessions", {**sent, "ui_mode": new}, 400)
    assert refused["message"] == "Invalid ui_mode: must be one of custom, embedded, or hosted"
    assert ask(inside, PINNED, "POST /v1/checkout/sessions", sent, 400)["param"] == "ui_mode"


def test_a_new_intent_of_old(inside: Inside) -> None:
    old = ask(inside, "2022-11-15", "POST /v1/payment_intents", INTENT)
    assert (old["payment_method_types"], old["capture_method"]) == (["card"], "automatic")
    later = ask(inside, "2023-10-16", "POST /v1/payment_intents", INTENT)
    assert "ideal" in later["payment_method_types"]
    assert later["capture_method"] == "automatic"
    assert ask(inside, "2024-04-10", "POST /v1/payment_intents", INTENT)["capture_method"] == "automatic_async"


def test_the_balance_of_a_customer_by_its_older_name(inside: Inside) -> None:
    made = ask(inside, "2019-09-09", "POST /v1/customers", {"account_balance": "-500"})
    assert (made["account_balance"], made["balance"]) == (-500, -500)
    refused = ask(inside, "2019-10-17", "POST /v1/customers", {"account_balance": "-500"}, 400)
    assert refused["code"] == "parameter_unknown"


BEFORE_PRICES = "2020-08-27"
OLD_LINE = {
    "success_url": "https://shop.example/done",
    "line_items[0][amount]": "4500",
    "line_items[0][currency]": "eur",
    "line_items[0][name]": "VPS Lanterne",
    "line_items[0][description]": "One month",
    "line_items[0][quantity]": "2",
}


@pytest.mark.parametrize("version", ["2019-09-09", BEFORE_PRICES])
def test_a_line_that_says_what_it_costs(inside: Inside, version: str) -> None:
    made = ask(inside, version, "POST /v1/checkout/sessions", OLD_LINE)
    assert (made["mode"], made["amount_total"], made["currency"]) == ("payment", 9000, "eur")
    (line,) = ask(inside, PINNED, f"GET /v1/checkout/sessions/{made['id']}/line_items")["data"]
    assert (line["description"], line["price"]["unit_amount"], line["quantity"]) == ("VPS Lanterne", 4500, 2)
    if version < "2020-08-27":
        (item,) = made["display_items"]
        assert (item["amount"], item["quantity"]) == (4500, 2)
        assert item["custom"] == {"description": "One month", "images": None, "name": "VPS Lanterne"}


@pytest.mark.parametrize(
    ("change", "param", "message"),
    [
        ({"line_items[0][name]": None}, "line_items[0][name]", "Missing required param"),
        ({"line_items[0][currency]": None}, "line_items[0][currency]", "Missing required param"),
        ({"line_items[0][amount]": "x"}, "line_items[0][amount]", "Invalid integer"),
        ({"line_items[0][price]": "price_1"}, None, "You may only specify one of these parameters"),
        ({"line_items[0][nope]": "1"}, "line_items[0][nope]", "Received unknown parameter"),
    ],
)
def test_such_a_line_that_cannot_be(
    inside: Inside, change: dict[str, str | None], param: str | None, message: str
) -> None:
    sent = {name: value for name, value in {**OLD_LINE, **change}.items() if value is not None}
    refused = ask(inside, BEFORE_PRICES, "POST /v1/checkout/sessions", sent, 400)
    assert refused.get("param") == param
    assert message in refused["message"]


def test_such_a_line_is_unknown_since(inside: Inside) -> None:
    for version in ("2022-08-01", PINNED):
        refused = ask(inside, version, "POST /v1/checkout/sessions", {"mode": "payment", **OLD_LINE}, 400)
        assert refused["code"] == "parameter_unknown"
        assert refused["param"] == "line_items[0][amount]"


def test_the_payment_of_a_session_was_made_with_it(inside: Inside) -> None:
    assert ask(inside, "2022-08-01", "POST /v1/checkout/sessions", SESSION)["payment_intent"] is None
    data = {"payment_intent_data[metadata][order]": "7", "payment_intent_data[description]": "Invoice 7"}
    made = ask(inside, BEFORE_PRICES, "POST /v1/checkout/sessions", {**SESSION, **data})
    assert made["customer_creation"] == "always"
    intent = ask(inside, PINNED, f"GET /v1/payment_intents/{made['payment_intent']}")
    assert (intent["status"], intent["amount"], intent["description"]) == ("requires_payment_method", 9990, "Invoice 7")
    assert intent["metadata"] == {"order": "7"}
    assert intent["customer"] is None
    types = [event["type"] for event in ask(inside, PINNED, "GET /v1/events")["data"]]
    assert types == ["payment_intent.created"]
    setup = {"mode": "setup", "currency": "eur", "success_url": "https://shop.example/done"}
    assert ask(inside, BEFORE_PRICES, "POST /v1/checkout/sessions", setup)["payment_intent"] is None


def test_it_is_that_one_which_the_customer_pays(inside: Inside) -> None:
    made = ask(inside, BEFORE_PRICES, "POST /v1/checkout/sessions", SESSION)
    page = f"/c/pay/{made['id']}"
    for number in ("4000000000000002", "4242424242424242"):  # declined, then paid
        card = {"number": number, "expiry": "12/40", "cvc": "123", "name_card": "Alice Durand"}
        inside("POST", page, urlencode({"method": "card", "email": "alice@example.com", **card}))
    done = ask(inside, PINNED, f"GET /v1/checkout/sessions/{made['id']}", {"expand[]": "payment_intent"})
    assert (done["status"], done["payment_status"]) == ("complete", "paid")
    assert (done["payment_intent"]["id"], done["payment_intent"]["status"]) == (made["payment_intent"], "succeeded")
    assert done["customer"] == done["payment_intent"]["customer"]
    assert [each["id"] for each in ask(inside, PINNED, "GET /v1/customers")["data"]] == [done["customer"]]
    assert len(ask(inside, PINNED, "GET /v1/payment_intents")["data"]) == 1


def test_features_of_a_product_by_their_older_name(inside: Inside) -> None:
    sent = {"name": "VPS", "features[0][name]": "Two cores"}
    made = ask(inside, "2023-10-16", "POST /v1/products", sent)
    assert made["features"] == [{"name": "Two cores"}]
    assert "marketing_features" not in made
    changed = ask(inside, "2023-10-16", f"POST /v1/products/{made['id']}", {"features[0][name]": "Four cores"})
    assert changed["features"] == [{"name": "Four cores"}]
    assert ask(inside, "2024-04-10", f"GET /v1/products/{made['id']}")["marketing_features"] == [{"name": "Four cores"}]
    assert ask(inside, "2024-04-10", "POST /v1/products", sent, 400)["code"] == "parameter_unknown"


def test_a_promotion_code_held_its_coupon(inside: Inside) -> None:
    coupon = ask(inside, PINNED, "POST /v1/coupons", {"percent_off": "10"})
    made = ask(inside, "2025-08-27.basil", "POST /v1/promotion_codes", {"coupon": coupon["id"], "code": "SPRING"})
    assert made["coupon"] == coupon
    assert "promotion" not in made
    today = ask(inside, "2025-09-30.clover", f"GET /v1/promotion_codes/{made['id']}")
    assert today["promotion"] == {"coupon": coupon["id"], "type": "coupon"}
    assert "coupon" not in today
    missing = ask(inside, "2025-08-27.basil", "POST /v1/promotion_codes", {}, 400)
    assert (missing["code"], missing["param"]) == ("parameter_missing", "coupon")
    unknown = ask(inside, "2025-09-30.clover", "POST /v1/promotion_codes", {"coupon": coupon["id"]}, 400)
    assert unknown["code"] == "parameter_unknown"

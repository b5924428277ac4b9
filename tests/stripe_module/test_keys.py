"""Keys judged by their form: each wrong one gets a sentence at its field, in both languages, that never repeats the key."""

from __future__ import annotations

import itertools

import pytest
from django.utils.translation import override

from comptoir.modules.api import Mode, Problem
from comptoir_stripe.module import module

BODY = "51Hq7RmEa0bTzWk3uVdYp9sLx2Cn8Jf4"
SECRET, PUBLISHABLE, WEBHOOK = f"sk_test_{BODY}", f"pk_test_{BODY}", f"whsec_{BODY}"
GOOD = {"secret_key": SECRET, "publishable_key": PUBLISHABLE, "webhook_secret": WEBHOOK}


def problems(mode: Mode = "test", /, **other: str) -> tuple[Problem, ...]:
    assert module.setup is not None
    return module.setup().check({**GOOD, **other}, mode=mode)


def test_good_settings_have_no_problem() -> None:
    assert problems() == ()
    assert problems(secret_key=f"rk_test_{BODY}") == ()
    assert problems(webhook_secret="") == ()
    assert problems(webhook_secret="whsec_8Jx/Ab+" + BODY + "=") == ()
    assert problems("live", secret_key=f"sk_live_{BODY}", publishable_key=f"pk_live_{BODY}") == ()


WRONG = [
    pytest.param("secret_key", "", "missing", id="no secret key"),
    pytest.param("publishable_key", "", "missing", id="no publishable key"),
    pytest.param("secret_key", PUBLISHABLE, "This is a publishable key", id="publishable for secret"),
    pytest.param("secret_key", WEBHOOK, "This is a webhook secret", id="webhook for secret"),
    pytest.param("publishable_key", SECRET, "This is a secret key", id="secret for publishable"),
    pytest.param("publishable_key", f"rk_test_{BODY}", "This is a secret key", id="restricted for publishable"),
    pytest.param("publishable_key", WEBHOOK, "This is a webhook secret", id="webhook for publishable"),
    pytest.param("webhook_secret", SECRET, "This is a secret key, not a webhook", id="secret for webhook"),
    pytest.param("webhook_secret", PUBLISHABLE, "This is a publishable key, not", id="publishable for webhook"),
    pytest.param("webhook_secret", f"we_{BODY}", "the id of a webhook endpoint", id="endpoint for webhook"),
    pytest.param("secret_key", f"sk_live_{BODY}", "This is a live key", id="live secret in test"),
    pytest.param("publishable_key", f"pk_live_{BODY}", "This is a live key", id="live publishable in test"),
    pytest.param("secret_key", f"sk_org_test_{BODY}", "key of a Stripe organisation", id="organisation"),
    pytest.param("secret_key", f"acct_{BODY}", "the id of something", id="an account's id"),
    pytest.param("publishable_key", f"cus_{BODY}", "the id of something", id="a customer's id"),
    pytest.param("secret_key", BODY, "begins with sk_test_", id="no prefix"),
    pytest.param("secret_key", f"SK_TEST_{BODY}", "begins with sk_test_", id="upper case"),
    pytest.param("publishable_key", BODY, "begins with pk_test_", id="no prefix of the publishable"),
    pytest.param("webhook_secret", BODY, "begins with whsec_", id="no prefix of the webhook secret"),
    pytest.param("secret_key", f" {SECRET}", "a space", id="space before"),
    pytest.param("secret_key", f"{SECRET}\n", "a line break", id="line break after"),
    pytest.param("secret_key", f"{SECRET[:20]} {SECRET[20:]}", "a space", id="space within"),
    pytest.param("webhook_secret", f"{WEBHOOK}\t", "a space", id="tabulator"),
    pytest.param("secret_key", f'"{SECRET}"', "quotation marks", id="straight quotes"),
    pytest.param("publishable_key", f"« {PUBLISHABLE} »", "quotation marks", id="French quotes"),
    pytest.param("secret_key", f"{SECRET[:12]}\u200b{SECRET[12:]}", "invisible", id="zero-width space"),
    pytest.param("secret_key", f"\ufeff{SECRET}", "invisible", id="byte order mark"),
    pytest.param("webhook_secret", f"{WEBHOOK}\u00ad", "invisible", id="soft hyphen"),
    pytest.param("publishable_key", f"{PUBLISHABLE}\x00", "invisible", id="NUL"),
    pytest.param("secret_key", "sk_test_…4242", "shortened display", id="our own masked one"),
    pytest.param("secret_key", "sk_test_...4242", "shortened display", id="three dots"),
    pytest.param("secret_key", "sk_test_••••••••4242", "shortened display", id="dots of the dashboard"),
    pytest.param("webhook_secret", "whsec_****************", "shortened display", id="asterisks"),
    pytest.param("secret_key", "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx", "an example", id="example"),
    pytest.param("secret_key", "<sk_test_your_key>", "an example", id="placeholder"),
    pytest.param("secret_key", SECRET.replace("a", "\u0430"), "a letter", id="Cyrillic a"),
    pytest.param("publishable_key", f"{PUBLISHABLE}é", "a letter", id="accent"),
    pytest.param("secret_key", f"{SECRET}-{BODY}", "a character", id="a character of no key"),
    pytest.param("secret_key", f"sk_test_{BODY * 9}", "much longer", id="too long"),
    pytest.param("secret_key", "sk_test_51Hq7", "too short", id="cut off"),
    pytest.param("webhook_secret", "whsec_8Jx", "too short", id="cut off webhook secret"),
]


@pytest.mark.parametrize(("field", "value", "says"), WRONG)
def test_a_wrong_key_gets_one_sentence_at_its_field(field: str, value: str, says: str) -> None:
    found = problems(**{field: value})
    assert [problem.field for problem in found] == [field]
    with override("en"):
        english = str(found[0].text)
    with override("fr"):
        french = str(found[0].text)
    assert says in english
    assert french != english
    for text in (english, french):
        assert text.endswith((".", ")."))
        assert BODY[:12] not in text
        assert not value or value not in text
        assert "%(" not in text


def test_a_test_key_in_the_live_form_is_named() -> None:
    found = problems("live", publishable_key=f"pk_live_{BODY}")
    with override("en"):
        assert [(each.field, str(each.text)[:18]) for each in found] == [("secret_key", "This is a test key")]


def test_keys_of_different_modes_are_named_at_the_one_of_the_other_mode() -> None:
    assert [each.field for each in problems("test", publishable_key=f"pk_live_{BODY}")] == ["publishable_key"]
    assert [each.field for each in problems("live", secret_key=f"sk_live_{BODY}")] == ["publishable_key"]


def test_swapped_keys_are_named_at_both_fields() -> None:
    found = problems(secret_key=PUBLISHABLE, publishable_key=SECRET)
    with override("en"):
        assert [(each.field, "it belongs in the field of the" in str(each.text)) for each in found] == [
            ("secret_key", True),
            ("publishable_key", True),
        ]


def test_no_genuine_form_of_a_key_is_taken_for_an_example() -> None:
    drawn = ("".join(each) for each in itertools.permutations(["yourHome", "XxXxXx", "hereAnd", "0exaMpl", BODY]))
    assert [body for body in drawn if problems(secret_key=f"sk_test_{body}")] == []

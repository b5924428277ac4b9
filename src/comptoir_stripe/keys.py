"""What was typed or pasted as a key, judged by its form alone. No sentence repeats any of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _, gettext_noop

from comptoir.modules.api import Mode, Problem, Text
from comptoir_stripe.texts import filled

SECRET, PUBLISHABLE, WEBHOOK = "secret_key", "publishable_key", "webhook_secret"
REQUIRED = (SECRET, PUBLISHABLE)
LONGEST = 255  # Stripe's keys have about 110 characters
SHORTEST = 16  # after the prefix; the shortest of Stripe's have 24

QUOTES = "\"'`´«»‹›“”„‘’‚"
MASK = re.compile(r"[…•*●·]|\.\.\.")
EXAMPLE = re.compile(
    r"[<>{}\[\]]|x{8,}|your[_-]|[_-]here$|example", re.IGNORECASE
)  # none of these comes up in a drawn key
PLAIN = re.compile(r"[A-Za-z0-9_]+")
PLAIN_WEBHOOK = re.compile(r"[A-Za-z0-9_+/=-]+")  # they are drawn from a wider alphabet
KINDS = (
    (re.compile(r"[sr]k_org_"), "organisation"),
    (re.compile(r"[sr]k_test_"), "test secret"),
    (re.compile(r"[sr]k_live_"), "live secret"),
    (re.compile(r"pk_test_"), "test publishable"),
    (re.compile(r"pk_live_"), "live publishable"),
    (re.compile(r"whsec_"), "webhook"),
    (re.compile(r"(?:we|ed)_"), "endpoint"),
    (re.compile(r"(?:acct|ca|cus|pi|cs|ch|py|evt|pm|price|prod|sub|in|re|txn|ek|ak|mk)_"), "thing"),
)

MISSING = {
    SECRET: _("The secret key is missing. In Stripe it stands under Developers › API keys and begins with sk_ or rk_."),
    PUBLISHABLE: _(
        "The publishable key is missing. In Stripe it stands under Developers › API keys and begins with pk_."
    ),
}
INVISIBLE = _(
    "There is an invisible character in this text, as copying from a mail or a document brings along. "
    "Copy it once more, directly from Stripe's page."
)
QUOTED = _("There are quotation marks in this text. Paste it without them.")
SPACED = _(
    "There is a space or a line break in this text, perhaps from copying. Paste it in one piece, without any space."
)
MASKED = _(
    "This is the shortened display of a key, not the key itself. Leave the field empty to keep the stored one, "
    "or copy the whole key from Stripe (there: reveal, then copy)."
)
AN_EXAMPLE = _("This is an example out of a text, not a key of yours. Copy your own from Stripe's page.")
LOOK_ALIKE = _(
    "There is a letter in this text that no key of Stripe's has, perhaps one that only looks like a Latin one. "
    "Copy it once more, directly from Stripe's page."
)
ODD = _(
    "There is a character in this text that no key of Stripe's has. Copy it once more, directly from Stripe's page."
)
LONG = _("This text is much longer than any key of Stripe's. Paste the key alone.")
CUT_OFF = _("This key is too short: a part of it is missing. Copy the whole key from Stripe's page.")

TEST_KEY_IN_LIVE = _(
    "This is a test key, and these are the settings of live mode. Paste the live key here, or enter this one in the test settings."
)
LIVE_KEY_IN_TEST = _(
    "This is a live key, and these are the settings of test mode. Paste the test key here, or enter this one in the live settings."
)
ORGANISATION = _(
    "This is the key of a Stripe organisation, which opens several accounts. Use a key of the one account that is to be paid: "
    "choose that account in Stripe, then Developers › API keys."
)
A_THING = _("This is the id of something at Stripe, not a key. The keys stand under Developers › API keys.")
AN_ENDPOINT = _(
    "This is the id of a webhook endpoint, not its secret. Open it in Stripe and reveal its signing secret: it begins with whsec_."
)
WRONG_KIND: dict[tuple[str, str], Text] = {
    (SECRET, "publishable"): _(
        "This is a publishable key: it belongs in the field of the publishable key. The secret key begins with sk_ or rk_."
    ),
    (SECRET, "webhook"): _(
        "This is a webhook secret: it belongs in the field of the webhook secret. The secret key begins with sk_ or rk_."
    ),
    (PUBLISHABLE, "secret"): _(
        "This is a secret key: it belongs in the field of the secret key and nowhere else. The publishable key begins with pk_."
    ),
    (PUBLISHABLE, "webhook"): _(
        "This is a webhook secret: it belongs in the field of the webhook secret. The publishable key begins with pk_."
    ),
    (WEBHOOK, "secret"): _(
        "This is a secret key, not a webhook secret: it belongs in the field of the secret key. "
        "The webhook secret begins with whsec_ and stands on the page of the endpoint in Stripe."
    ),
    (WEBHOOK, "publishable"): _(
        "This is a publishable key, not a webhook secret. "
        "The webhook secret begins with whsec_ and stands on the page of the endpoint in Stripe."
    ),
    (SECRET, "endpoint"): AN_ENDPOINT,
    (PUBLISHABLE, "endpoint"): AN_ENDPOINT,
    (WEBHOOK, "endpoint"): AN_ENDPOINT,
    (SECRET, "organisation"): ORGANISATION,
    (PUBLISHABLE, "organisation"): ORGANISATION,
    (WEBHOOK, "organisation"): _(
        "This is a key of a Stripe organisation, not a webhook secret. "
        "The webhook secret begins with whsec_ and stands on the page of the endpoint in Stripe."
    ),
    (SECRET, "thing"): A_THING,
    (PUBLISHABLE, "thing"): A_THING,
    (WEBHOOK, "thing"): _(
        "This is the id of something at Stripe, not a webhook secret. "
        "The webhook secret begins with whsec_ and stands on the page of the endpoint in Stripe."
    ),
}


def check(values: Mapping[str, str], *, mode: Mode) -> tuple[Problem, ...]:
    """What is wrong with settings by their form: at most one sentence a field. No network."""
    found = ((name, _judge(name, values.get(name, ""), mode)) for name in (SECRET, PUBLISHABLE, WEBHOOK))
    return tuple(Problem(name, text) for name, text in found if text is not None)


def _judge(name: str, typed: str, mode: Mode) -> Text | None:
    if not typed:
        return MISSING[name] if name in REQUIRED else None
    return _copied(typed) or _kind(name, typed, mode) or _characters(name, typed)


def _copied(typed: str) -> Text | None:
    """What copying brings along, or leaves out."""
    told = (
        (any(_is_invisible(character) for character in typed), INVISIBLE),
        (any(character in QUOTES for character in typed), QUOTED),
        (any(character.isspace() for character in typed), SPACED),
        (MASK.search(typed) is not None, MASKED),
        (EXAMPLE.search(typed) is not None, AN_EXAMPLE),
        (not typed.isascii(), LOOK_ALIKE),
        (len(typed) > LONGEST, LONG),
    )
    return next((text for is_so, text in told if is_so), None)


def _is_invisible(character: str) -> bool:
    """Zero-width, byte-order and direction marks, soft hyphens, controls; plain white space is judged for itself."""
    return unicodedata.category(character) in {"Cf", "Cc", "Cn", "Co", "Cs"} and character not in "\t\n\r\v\f"


def _kind(name: str, typed: str, mode: Mode) -> Text | None:
    kind = next((kind for prefix, kind in KINDS if prefix.match(typed)), "")
    of_mode, _space, sort = kind.rpartition(" ")
    if not of_mode and sort == "webhook" and name == WEBHOOK:
        return None
    if of_mode and sort == {SECRET: "secret", PUBLISHABLE: "publishable"}.get(name):
        if of_mode == mode:
            return None
        return LIVE_KEY_IN_TEST if of_mode == "live" else TEST_KEY_IN_LIVE
    return WRONG_KIND.get((name, sort)) or _expected(name, mode)


def _expected(name: str, mode: Mode) -> Text:
    """The text looks like nothing of Stripe's that we know."""
    if name == WEBHOOK:
        return _(
            "A webhook secret begins with whsec_. It stands on the page of the endpoint in Stripe, under signing secret. "
            "Leave the field empty to have one made later by a click."
        )
    if name == PUBLISHABLE:
        return filled(
            gettext_noop(
                "Here, the publishable key begins with pk_%(mode)s_. Copy it from Developers › API keys in Stripe."
            ),
            mode=mode,
        )
    return filled(
        gettext_noop(
            "Here, the secret key begins with sk_%(mode)s_, or with rk_%(mode)s_ where it is a restricted key. "
            "Copy it from Developers › API keys in Stripe."
        ),
        mode=mode,
    )


def _characters(name: str, typed: str) -> Text | None:
    if not (PLAIN_WEBHOOK if name == WEBHOOK else PLAIN).fullmatch(typed):
        return ODD
    prefix = next(found for pattern, _kind in KINDS if (found := pattern.match(typed)))
    return CUT_OFF if len(typed) - prefix.end() < SHORTEST else None

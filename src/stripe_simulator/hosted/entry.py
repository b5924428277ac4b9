"""What a customer typed: read, checked, and made into a payment method."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from stripe_simulator.payments import cards, sepa
from stripe_simulator.resources.payment_methods import billing, new_bancontact, new_card, new_ideal, new_link, new_sepa
from stripe_simulator.types import Json
from stripe_simulator.world import Mode

EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/-]?\s*(?:20)?([0-9]{2})")
CVC = re.compile(r"[0-9]{3,4}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
NUMBER = re.compile(r"[0-9]{12,19}")
LONGEST = 200  # characters of any field
PLAIN = {"bancontact": new_bancontact, "ideal": new_ideal, "link": new_link}  # nothing to type but a name
SECRETS = ("number", "cvc")  # never written back into the page


@dataclass(slots=True)
class Entry:
    """The fields, and by field the name of the sentence that says what is wrong."""

    fields: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.fields.get("method", "")

    def shown(self) -> dict[str, str]:
        return {name: value for name, value in self.fields.items() if name not in SECRETS}


def read(sent: Json) -> Entry:
    return Entry({key: value.strip()[:LONGEST] for key, value in sent.items() if isinstance(value, str)})


def check_email(entry: Entry, session: Json) -> None:
    """Fill in `wrong` where nobody has said yet whom to write to."""
    if not (session["customer_details"] or {}).get("email") and not EMAIL.fullmatch(entry.fields.get("email", "")):
        entry.wrong["email"] = "email_invalid"


def check(entry: Entry, session: Json, now: float) -> None:
    """Fill in `wrong`. `now` is Unix seconds of the simulator's clock."""
    if entry.kind not in session["payment_method_types"]:
        entry.wrong["method"] = "method_missing"
        return
    check_email(entry, session)
    if entry.kind != "link" and not entry.fields.get(f"name_{entry.kind}"):
        entry.wrong[f"name_{entry.kind}"] = "name_missing"
    if entry.kind == "card":
        _check_card(entry, now)
    elif entry.kind == "sepa_debit":
        _check_iban(entry)


def _check_card(entry: Entry, now: float) -> None:
    number = re.sub(r"[\s-]", "", entry.fields.get("number", ""))
    entry.fields["number"] = number
    if not number:
        entry.wrong["number"] = "number_missing"
    elif not NUMBER.fullmatch(number) or not cards.luhn(number):
        entry.wrong["number"] = "incorrect_number"
    expiry = _expiry(entry)
    today = datetime.fromtimestamp(now, UTC)
    if expiry is None:
        entry.wrong["expiry"] = "invalid_expiry"
    elif expiry < (today.year, today.month):
        entry.wrong["expiry"] = "past_expiry"
    if not CVC.fullmatch(entry.fields.get("cvc", "")):
        entry.wrong["cvc"] = "invalid_cvc"


def _expiry(entry: Entry) -> tuple[int, int] | None:
    found = EXPIRY.fullmatch(entry.fields.get("expiry", ""))
    return (2000 + int(found[2]), int(found[1])) if found else None


def _check_iban(entry: Entry) -> None:
    iban = re.sub(r"[\s-]", "", entry.fields.get("iban", "")).upper()
    if not sepa.valid(iban):
        entry.wrong["iban"] = "invalid_iban"
    elif sepa.scenario(iban).refused:
        entry.wrong["iban"] = "refused_iban"


def email(entry: Entry, session: Json) -> str | None:
    """Whom to write to: as the session knows it, or as it was typed."""
    known: str | None = (session["customer_details"] or {}).get("email")
    return known or entry.fields.get("email")


def method(mode: Mode, entry: Entry, session: Json) -> Json:
    """The payment method of a checked entry."""
    details = billing(email=email(entry, session), name=entry.fields.get(f"name_{entry.kind}"))
    if entry.kind == "sepa_debit":
        return new_sepa(mode, re.sub(r"[\s-]", "", entry.fields["iban"]).upper(), billing_details=details)
    plain = PLAIN.get(entry.kind)
    if plain is not None:
        return plain(mode, billing_details=details)
    year, month = _expiry(entry) or (0, 0)
    return new_card(mode, entry.fields["number"], month=month, year=year, billing_details=details)

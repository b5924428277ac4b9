"""What is stored for staff, on every page that shows it: in the reader's language, and no word of the other one beside it.

The sentences are collected from the code, so that a new one is tried here from its first day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest
from django.test import Client
from django.utils.translation import override
from tests import builders
from tests.backoffice import scenes
from tests.backoffice.reading import Reading, plain
from tests.jobs import run_jobs
from tests.journeys.words import strangers
from tests.sentences import sentences

from comptoir.customers.models import Customer
from comptoir.inbox.models import Notice, Wish
from comptoir.kernel import clock
from comptoir.kernel.admin import PER_PAGE, AlertAdmin
from comptoir.kernel.models import Alert, StateChange
from comptoir.kernel.words import Words
from comptoir.mail.models import Mail
from comptoir.payments.models import Attempt, Foreign, Payment
from comptoir.services.models import Operation

pytestmark = pytest.mark.django_db
Language = Literal["fr", "en"]
BOTH: tuple[Language, ...] = ("fr", "en")


@pytest.fixture
def payment(alice: Customer) -> Payment:
    """Something paid by Alice and delivered, held afterwards: whatever can be said of it."""
    row = scenes.paid(alice, builders.product("Lanterne"), name="held")
    run_jobs()
    Payment.objects.update(state=Payment.State.HELD)
    return row


def said() -> list[Words]:
    """Each sentence of the code, with a value in each of its places."""
    return [each.said() for each in sentences()]


def read(staff: Client, path: str, language: Language) -> list[str]:
    """The texts of a page of the back office, which holds no word of the other language."""
    answer = staff.get(f"/admin/{path}", headers={"accept-language": language})
    assert answer.status_code == 200, path
    texts = Reading(answer.content.decode()).texts
    assert strangers(language, texts) == [], path
    return texts


def shows(texts: Sequence[str], words: Words, language: Language, *, most: int | None = None) -> None:
    """A page has a sentence in its language, and not in the other."""
    for each in BOTH:
        with override(each):
            text = str(words)
        if most is not None and len(text) > most:
            text = text[:most]
        found = any(plain(text) in one for one in texts)
        assert found == (each == language), f"{text!r} on a page in {language}"


@pytest.mark.parametrize("language", BOTH)
def test_alerts(owner: Client, language: Language) -> None:
    builders.shop()
    alerts = {Alert.objects.create(key=f"key {number}", text=each).pk: each for number, each in enumerate(said())}
    listed = [
        text
        for page in range(1, len(alerts) // PER_PAGE + 2)
        for text in read(owner, f"kernel/alert/?p={page}", language)
    ]
    for pk, words in alerts.items():
        shows(listed, words, language, most=AlertAdmin.LONGEST)
        shows(read(owner, f"kernel/alert/{pk}/", language), words, language)


@pytest.mark.parametrize("language", BOTH)
def test_objects_to_look_at(owner: Client, language: Language) -> None:
    builders.shop()
    for number, words in enumerate(said()):
        kind = ("payment", "session")[number % 2]
        wish = {"module": "stripe", "account": "acct_1", "mode": "test", "external_id": f"pi_{number}"}
        Wish.objects.create(**wish, kind=kind, tries=number, problem=words)
    pages = range(1, len(said()) // PER_PAGE + 2)
    listed = [text for page in pages for text in read(owner, f"inbox/wish/?show=problem&p={page}", language)]
    for words in said():
        shows(listed, words, language)
    row = Wish.objects.latest("pk")
    shows(read(owner, f"inbox/wish/{row.pk}/", language), row.problem, language)


@pytest.mark.parametrize("language", BOTH)
def test_other_peoples_objects(owner: Client, language: Language) -> None:
    builders.shop()
    for number, words in enumerate(said()):
        thing = {
            "module": "stripe",
            "account": "acct_1",
            "mode": "live",
            "kind": "payment",
            "reference": f"pi_{number}",
        }
        Foreign.objects.create(**thing, why=words, seen_at=clock.now())
    pages = range(1, len(said()) // PER_PAGE + 2)
    listed = [text for page in pages for text in read(owner, f"payments/foreign/?p={page}", language)]
    for words in said():
        shows(listed, words, language)
    row = Foreign.objects.latest("pk")
    shows(read(owner, f"payments/foreign/{row.pk}/", language), row.why, language)


@pytest.mark.parametrize("language", BOTH)
def test_a_payments_story(owner: Client, payment: Payment, language: Language) -> None:
    for words in said():
        move = {"noun": "payment", "object_id": str(payment.pk), "to_state": "held", "who": "system"}
        StateChange.objects.create(**move, why=words, at=payment.created_at)
    story = read(owner, f"billing/stripe/{payment.pk}/", language)
    for words in said():
        shows(story, words, language)


@pytest.mark.parametrize("language", BOTH)
def test_every_page_that_shows_one_sentence(owner: Client, payment: Payment, language: Language) -> None:
    """Why it is held, what an event came to, why an attempt ended, a delivery's note, a mail's trouble, histories."""
    words = next(each for each in said() if "%(reference)s" in each.text and "%(why)s" in each.text)
    Payment.objects.update(held_because=words)
    Attempt.objects.update(failure=words)
    Notice.objects.update(note=words)
    Operation.objects.update(note=words)
    Mail.objects.update(problem=words)
    StateChange.objects.update(why=words)
    operation = Operation.objects.get()
    for path in (
        f"billing/stripe/{payment.pk}/",
        f"payments/attempt/{payment.attempt_id}/",
        f"inbox/notice/{Notice.objects.get().pk}/",
        f"services/operation/{operation.pk}/",
        f"services/service/{operation.service_id}/",
        f"invoices/invoice/{payment.invoice_id}/",
        *(f"mail/mail/{pk}/" for pk in Mail.objects.values_list("pk", flat=True)),
    ):
        shows(read(owner, path, language), words, language)


@pytest.mark.parametrize("language", BOTH)
def test_a_code_is_shown_as_one(owner: Client, payment: Payment, language: Language) -> None:
    """A provider's code has no language; it is marked as an id."""
    from comptoir.kernel.words import code

    StateChange.objects.update(why=code("insufficient_funds"))
    Payment.objects.update(failure="sepa_debit/account_closed")
    page = owner.get(f"/admin/billing/stripe/{payment.pk}/", headers={"accept-language": language}).content.decode()
    assert '<span class="id">insufficient_funds</span>' in page
    said = {
        "en": ("There is not enough money", "The bank account is closed"),
        "fr": ("pas assez d’argent", "compte bancaire est clos"),
    }
    for sentence in said[language]:
        assert sentence in page
    assert '<span class="id">sepa_debit/account_closed</span>' in page

"""What the team is told of an operation that failed or that is left to people: never to deliver what shall be shut down."""

from __future__ import annotations

from typing import Literal

import pytest
from django.utils.translation import override
from tests import builders
from tests.jobs import run_jobs

from comptoir.catalogue.models import Shop
from comptoir.invoices.models import Invoice
from comptoir.kernel.errors import SaidError
from comptoir.kernel.models import Alert
from comptoir.kernel.words import code
from comptoir.mail import actions as mails
from comptoir.mail.models import Mail
from comptoir.modules import registry
from comptoir.modules.api import DeliveryRequest, DeliveryStatus, Outcome
from comptoir.services import actions, steering
from comptoir.services.models import Operation, Service
from comptoir.services.queries import delivery_of

pytestmark = pytest.mark.django_db(transaction=True)
Language = Literal["fr", "en"]
WANTED = {"create": [], "suspend": ["suspended"], "resume": ["suspended", ""], "end": ["ended"]}  # what leads to a kind
MOVES_NO_MONEY = {"en": "No money is charged or given back by this", "fr": "Rien n’est débité ni rendu"}

# What must be said of each kind: what has become of the service or shall, and what one does.
FAILED: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "create": ("is paid and could not be delivered (no room)", "mark it as delivered"),
        "suspend": ("could not be suspended (no room): it still runs", "mark it as suspended"),
        "resume": ("could not be resumed (no room): it is still suspended", "mark it as resumed"),
        "end": ("could not be ended (no room): it is still in place", "mark it as ended"),
    },
    "fr": {
        "create": ("est payé et n’a pas pu être livré (no room)", "comme livré"),
        "suspend": ("n’a pas pu être suspendu (no room) : il fonctionne encore", "comme suspendu"),
        "resume": (
            "n’a pas pu être rétabli (no room) : il est toujours suspendu, alors que plus rien ne justifie la suspension.",
            "comme rétabli",
        ),
        "end": ("n’a pas pu être arrêté (no room) : il est toujours en place", "comme terminé"),
    },
}
BY_HAND: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "create": ("To be delivered by hand: Essai", "mark it as delivered"),
        "suspend": ("To be suspended by hand: Essai", "keep its data", "mark it as suspended"),
        "resume": ("To be resumed by hand: Essai", "mark it as resumed"),
        "end": ("To be ended by hand: Essai", "do not deliver it again", "mark it as ended"),
    },
    "fr": {
        "create": ("À livrer à la main : Essai", "comme livré"),
        "suspend": ("À suspendre à la main : Essai", "gardez ses données", "comme suspendu"),
        "resume": ("À rétablir à la main : Essai", "comme rétabli"),
        "end": ("À arrêter à la main : Essai", "ne le livrez pas de nouveau", "comme terminé"),
    },
}
OF_A_DELIVERY = {"en": ("delivered", "has paid", "is paid"), "fr": ("livré", "à livrer", "a payé", "est payé")}


class Stopping:
    """A driver that does everything but one kind of thing."""

    def __init__(self) -> None:
        self.stops = ""
        self.outcome = Outcome(DeliveryStatus.DONE)

    def run(self, request: DeliveryRequest) -> Outcome:
        """As told."""
        return self.outcome if request.kind == self.stops else Outcome(DeliveryStatus.DONE)

    def ask(self, request: DeliveryRequest) -> Outcome:
        """As before."""
        return self.run(request)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Stopping:
    """The driver of whatever is sold."""
    stopping = Stopping()
    monkeypatch.setattr(registry, "driver", lambda _name: stopping)
    return stopping


def reach(driver: Stopping, kind: str, outcome: Outcome) -> Operation:
    """An operation of a kind that has come to this, in a shop that has an address for its team."""
    driver.stops, driver.outcome = kind, outcome
    builders.shop()
    Shop.objects.update(support_email="team@example.org")
    builders.invoice(builders.customer("Alice"), builders.product("Essai", prices={"annually": 0}), total_minor=0)
    run_jobs()
    for wanted in WANTED[kind]:
        steering.steer(service_id=Service.objects.get().pk, wanted=wanted, why=code("dp_1"), who="owner@example.org")
        run_jobs()
    return Operation.objects.get(kind=kind)


def alerted(key: str, language: Language) -> str:
    text = Alert.objects.get(key=key).text
    with override(language):
        return plain(str(text))


def written(operation: Operation, language: Language) -> str:
    mail = Mail.objects.get(fact=f"by-hand:{operation.pk}")
    mail.subject, mail.locale = "", language
    mails.render(mail)
    return plain(f"{mail.subject}\n{mail.body}")


def plain(text: str) -> str:
    return " ".join(text.split())


def of_no_delivery(said: str, kind: str, language: Language) -> bool:
    """Whether nobody who reads it would deliver something; an end says that nothing is to be delivered again."""
    said = said.replace("do not deliver it again", "").replace("ne le livrez pas de nouveau", "")
    return kind == "create" or not any(word in said.lower() for word in OF_A_DELIVERY[language])


@pytest.mark.parametrize("kind", WANTED)
def test_what_failed_is_told_by_its_kind(driver: Stopping, kind: str) -> None:
    operation = reach(driver, kind, Outcome(DeliveryStatus.FAILED, note="no room"))
    for language, sentences in FAILED.items():
        said = alerted(f"delivery:{operation.pk}", language)
        assert all(each in said for each in sentences[kind]), said
        assert of_no_delivery(said, kind, language), said
        assert (MOVES_NO_MONEY[language] in said) == (kind != "create"), said


@pytest.mark.parametrize("kind", WANTED)
def test_a_driver_that_gives_no_reason_is_said_to(driver: Stopping, kind: str) -> None:
    operation = reach(driver, kind, Outcome(DeliveryStatus.FAILED))
    assert "(the driver gives no reason)" in alerted(f"delivery:{operation.pk}", "en")
    assert "(son mode de livraison ne donne pas de raison)" in alerted(f"delivery:{operation.pk}", "fr")


@pytest.mark.parametrize("kind", WANTED)
def test_what_is_left_to_people_is_told_by_its_kind(driver: Stopping, kind: str) -> None:
    operation = reach(driver, kind, Outcome(DeliveryStatus.BY_HAND))
    for language, sentences in BY_HAND.items():
        for said in (alerted(f"by-hand:{operation.pk}", language), written(operation, language)):
            assert all(each in said for each in sentences[kind]), said
            assert "Alice" in said
            assert of_no_delivery(said, kind, language), said
            assert (MOVES_NO_MONEY[language] in said) == (kind != "create"), said
        assert f"/admin/services/operation/{operation.pk}/" in written(operation, language)


def test_nobody_reads_that_nothing_stands_against_a_suspension(driver: Stopping) -> None:
    said = written(reach(driver, "resume", Outcome(DeliveryStatus.BY_HAND)), "fr")
    assert "est suspendu, et plus rien ne justifie la suspension." in said


def test_a_mail_that_was_queued_without_a_kind_is_of_a_delivery(driver: Stopping) -> None:
    operation = reach(driver, "create", Outcome(DeliveryStatus.BY_HAND))
    values = {"service": "Essai", "customer": "Alice Durand", "url": "https://shop.example.org"}
    Mail.objects.filter(fact=f"by-hand:{operation.pk}").update(values=values)
    assert "Alice Durand has paid for Essai" in written(operation, "en")


def test_what_shall_not_be_made_any_more_asks_nobody_to_make_it(driver: Stopping) -> None:
    """Its money went back before anybody had delivered it by hand."""
    operation = reach(driver, "create", Outcome(DeliveryStatus.BY_HAND))
    steering.steer(service_id=operation.service_id, wanted="ended", why=code("re_1"), who="owner@example.org")
    operation.refresh_from_db()
    assert operation.state == "cancelled"
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_customers_payment_page_tells_of_the_delivery_alone(driver: Stopping) -> None:
    reach(driver, "suspend", Outcome(DeliveryStatus.FAILED, note="no room"))
    assert delivery_of(Invoice.objects.get()) == "done"


@pytest.mark.parametrize("kind", ["suspend", "resume", "end"])
def test_by_hand_it_is_marked_once_and_noted_as_what_it_is(driver: Stopping, kind: str) -> None:
    from comptoir.kernel.models import AuditEntry

    operation = reach(driver, kind, Outcome(DeliveryStatus.BY_HAND))
    actions.done_by_hand(operation_id=operation.pk, access={}, note="", who="staff:vera@example.org")
    with pytest.raises(SaidError):
        actions.done_by_hand(operation_id=operation.pk, access={}, note="", who="staff:vera@example.org")
    state = {"suspend": "suspended", "resume": "active", "end": "ended"}[kind]
    assert Service.objects.get().state == state
    assert Mail.objects.filter(fact=f"{kind}:{operation.pk}").count() == 1
    verbs = AuditEntry.objects.filter(who="staff:vera@example.org").values_list("verb", flat=True)
    assert list(verbs) == [f"service.{'resumed' if kind == 'resume' else state}"]
    assert not Alert.objects.filter(closed_at=None).exists()
